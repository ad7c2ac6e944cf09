import type { AuditEntry } from "../../core/store.ts";
import type { Prisma } from "../generated/client.ts";
import type { Step } from "../step.ts";
import { chained, FIRST_HASH, walk } from "./audit-chain.ts";

/**
 * The audit log is a chain (`audit-chain.ts`). It is one row's lock long, therefore entries are written last in their
 * transaction.
 */
const CHAIN = "audit";
/** Entries that are walked at once: a few megabytes. */
const PAGE = 1000;

/** The row of the chain is locked by the first; the second, done after it, sees what the one before had committed. */
const LOCK_CHAIN = `
  INSERT INTO counters (name, value) VALUES ($1, $2)
  ON CONFLICT (name) DO UPDATE SET value = counters.value + $2 RETURNING value`;
const LAST_ENTRY = "SELECT serial, hash FROM audit_entries ORDER BY serial DESC LIMIT 1";
const ADD_ENTRIES = `
  INSERT INTO audit_entries
    (serial, at, actor, action, case_id, guarantee_id, cause, data, previous_hash, hash)
  SELECT serial, at, actor, action, case_id, guarantee_id, cause, data, previous_hash, hash
  FROM json_to_recordset($1::json) AS entry (serial bigint, at timestamptz, actor jsonb, action text,
    case_id text, guarantee_id text, cause text, data jsonb, previous_hash text, hash text)`;

/** Writes the transaction's entries in the order they were made. */
export async function writeAudit({ sql, later }: Step, audit: readonly AuditEntry[]): Promise<void> {
  if (audit.length === 0) return;
  const [[counter], [last]] = await Promise.all([
    sql<{ value: string }>(LOCK_CHAIN, [CHAIN, audit.length]),
    sql<{ serial: string; hash: string }>(LAST_ENTRY),
  ]);
  const before = Number(counter?.value ?? 0) - audit.length;
  // A chain whose end is gone goes on visibly broken.
  const known = Number(last?.serial ?? 0) === before ? last?.hash : "missing";
  const rows = chained(audit, before, before === 0 ? FIRST_HASH : (known ?? "missing"));
  const columns = rows.map(({ serial, caseId, guaranteeId, previousHash, ...rest }) => ({
    ...rest,
    ...{ serial: Number(serial), case_id: caseId, guarantee_id: guaranteeId, previous_hash: previousHash },
  }));
  later(ADD_ENTRIES, [JSON.stringify(columns)]);
}

/**
 * Walks the chain in steps.
 * @returns how many entries there are and the serial of the first that was altered, or null.
 */
export async function checkAudit(
  db: Pick<Prisma.TransactionClient, "auditEntry" | "counter">,
): Promise<{ entries: number; broken: number | null }> {
  // Read first: entries that are written meanwhile only make the chain longer.
  const counted = await db.counter.findUnique({ where: { name: CHAIN } });
  let at = { entries: 0, hash: FIRST_HASH };
  for (;;) {
    const page = await db.auditEntry.findMany({
      where: { serial: { gt: at.entries } },
      orderBy: { serial: "asc" },
      take: PAGE,
    });
    const { broken, ...reached } = walk(page, at);
    at = reached;
    if (broken !== null) return { entries: at.entries, broken };
    // A cut end leaves a whole chain behind, shorter than was counted.
    if (page.length === 0)
      return {
        entries: at.entries,
        broken: at.entries < Number(counted?.value ?? 0) ? at.entries + 1 : null,
      };
  }
}
