import { createHash } from "node:crypto";
import { canonicalJson } from "../../core/canonical.ts";
import type { AuditEntry } from "../../core/store.ts";

/**
 * The chain of the audit log as arithmetic: each entry's hash covers the one before it. What is altered, removed, put
 * in or moved shows, as long as somebody outside the database knows a hash of the chain (`core/desk/audit-head.ts`):
 * whoever may write every row can compute the whole chain anew.
 */

/** What stands before the first entry. */
export const FIRST_HASH = "0".repeat(64);

/** An entry in its place of the chain. */
export interface Hashed {
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

export type Chained = Hashed & { hash: string };

/** SHA-256 over the entry's facts and the hash before it. */
export function hashOf(entry: Hashed): string {
  const { serial, at, actor, action, caseId, guaranteeId, cause, data, previousHash } = entry;
  const facts = [
    ...[Number(serial), at.toISOString(), actor, action, caseId, guaranteeId, cause, data],
    previousHash,
  ];
  return createHash("sha256").update(canonicalJson(facts)).digest("hex");
}

/** Entries in the order they were made, put behind entry `before`, whose hash is `previousHash`. */
export function chained(entries: readonly AuditEntry[], before: number, previousHash: string): Chained[] {
  let last = previousHash;
  return entries.map(({ at, actor, action, caseId, guaranteeId, cause, data }, index) => {
    const place = { serial: BigInt(before + 1 + index), at: new Date(at), previousHash: last };
    const entry = { ...place, actor, action, caseId, guaranteeId, cause, data };
    last = hashOf(entry);
    return { ...entry, hash: last };
  });
}

/**
 * Holds rows, in order of serial, against what stands before them.
 * @returns where the chain has come to, and the serial of the first row that is not what it was.
 */
export function walk(
  rows: readonly Chained[],
  from: { entries: number; hash: string },
): { entries: number; hash: string; broken: number | null } {
  let { entries, hash } = from;
  for (const row of rows) {
    const intact =
      Number(row.serial) === entries + 1 && row.previousHash === hash && hashOf(row) === row.hash;
    if (!intact) return { entries, hash, broken: Number(row.serial) };
    [entries, hash] = [entries + 1, row.hash];
  }
  return { entries, hash, broken: null };
}
