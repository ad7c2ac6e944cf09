import { createHash } from "node:crypto";
import type { AuditEntry } from "../../core/store.ts";
import type { Prisma } from "../generated/client.ts";
import type { Step } from "../step.ts";
import { json } from "./rows.ts";

/**
 * The audit log is a chain: each entry's hash covers the one before it, so that a changed, removed or inserted entry
 * shows. The chain is one row's lock long, therefore entries are written last in their transaction.
 */
const CHAIN = "audit";
const FIRST = "0".repeat(64);

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
  const known = Number(last?.serial ?? 0) === before ? last?.hash : "missing";
  let previousHash = before === 0 ? FIRST : (known ?? "missing");
  const rows = audit.map((entry, index) => {
    const row = { serial: BigInt(before + 1 + index), ...columns(entry), previousHash };
    const hash = hashOf(row);
    const { serial, caseId, guaranteeId, ...rest } = row;
    const chained = { ...rest, serial: Number(serial), case_id: caseId, guarantee_id: guaranteeId };
    const entryRow = { ...chained, previous_hash: previousHash, hash };
    previousHash = hash;
    return entryRow;
  });
  later(ADD_ENTRIES, [JSON.stringify(rows)]);
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
  let [entries, previousHash] = [0, FIRST];
  for (;;) {
    const page = await db.auditEntry.findMany({
      where: { serial: { gt: entries } },
      orderBy: { serial: "asc" },
      take: 1000,
    });
    for (const row of page) {
      const intact =
        Number(row.serial) === entries + 1 && row.previousHash === previousHash && hashOf(row) === row.hash;
      if (!intact) return { entries, broken: Number(row.serial) };
      [entries, previousHash] = [entries + 1, row.hash];
    }
    // A cut end leaves a whole chain behind, shorter than was counted.
    if (page.length === 0)
      return { entries, broken: entries < Number(counted?.value ?? 0) ? entries + 1 : null };
  }
}

function columns({ at, actor, action, caseId, guaranteeId, cause, data }: AuditEntry) {
  return { at: new Date(at), actor: json(actor), action, caseId, guaranteeId, cause, data: json(data) };
}

interface Hashed {
  serial: bigint;
  at: Date;
  actor: unknown;
  action: string;
  caseId: string | null;
  guaranteeId: string | null;
  cause: string;
  data: unknown;
  previousHash: string;
}

function hashOf({
  serial,
  at,
  actor,
  action,
  caseId,
  guaranteeId,
  cause,
  data,
  previousHash,
}: Hashed): string {
  const facts = [
    Number(serial),
    at.toISOString(),
    actor,
    action,
    caseId,
    guaranteeId,
    cause,
    data,
    previousHash,
  ];
  return createHash("sha256").update(canonical(facts)).digest("hex");
}

/** JSON with sorted members: the database keeps values, not their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
