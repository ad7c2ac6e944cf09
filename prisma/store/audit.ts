import { createHash } from "node:crypto";
import type { AuditEntry } from "../../core/store.ts";
import type { Prisma } from "../generated/client.ts";
import type { Context } from "./context.ts";
import { json } from "./rows.ts";

/**
 * The audit log is a chain: each entry's hash covers the one before it, so that a changed, removed or inserted entry
 * shows. The chain is one row's lock long, therefore entries are written last in their transaction.
 */
const CHAIN = "audit";
const FIRST = "0".repeat(64);

/** Writes the transaction's entries in the order they were made. */
export async function writeAudit({ tx, audit }: Context): Promise<void> {
  if (audit.length === 0) return;
  const [counter] = await tx.$queryRaw<{ value: bigint }[]>`
    INSERT INTO counters (name, value) VALUES (${CHAIN}, ${audit.length})
    ON CONFLICT (name) DO UPDATE SET value = counters.value + ${audit.length} RETURNING value`;
  const before = Number(counter?.value ?? 0) - audit.length;
  const last =
    before === 0
      ? null
      : await tx.auditEntry.findUnique({ where: { serial: before }, select: { hash: true } });
  let previousHash = before === 0 ? FIRST : (last?.hash ?? "missing");
  const data = audit.map((entry, index) => {
    const row = { serial: BigInt(before + 1 + index), ...columns(entry), previousHash };
    const hash = hashOf(row);
    previousHash = hash;
    return { ...row, hash };
  });
  await tx.auditEntry.createMany({ data });
}

/**
 * Walks the chain in steps.
 * @returns how many entries there are and the serial of the first that was altered, or null.
 */
export async function checkAudit(
  db: Pick<Prisma.TransactionClient, "auditEntry">,
): Promise<{ entries: number; broken: number | null }> {
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
    if (page.length === 0) return { entries, broken: null };
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
