import type { Case } from "../case.ts";
import { addDays, dayInTokyo } from "../dates.ts";
import { latestCertificate } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import { expiryCause } from "../rows/expiry.ts";
import { tellOfChange } from "./tell-change.ts";

/** Time enough for a changed works contract and an amendment, and not so early that it is forgotten again. */
const TOLD_DAYS_BEFORE = 30;
/** A desk's first day has a month of them at once; what is left over comes the next day, nearest first. */
const TOLD_AT_ONCE_MAX = 2_000;

/**
 * Tells the contractor, the orderers that have looked at it and the case's thread that a 保証期限 is near (contract
 * section 6, before expiry): once for each guarantee and day; a day that an amendment has moved is told anew. One step
 * a guarantee: one that cannot be told holds up no other, and comes again.
 * @returns how many were told. @throws the first failure, when all have been tried.
 */
export async function tellExpiring(desk: Desk): Promise<number> {
  const today = dayInTokyo(desk.now());
  const until = addDays(today, TOLD_DAYS_BEFORE);
  const near = await desk.store.transact((tx) => tx.expiringUntold(today, until, TOLD_AT_ONCE_MAX));
  const failures: unknown[] = [];
  let told = 0;
  for (const { caseId, guaranteeId } of near) {
    try {
      if (await tellOne(desk, caseId, guaranteeId)) told += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return told;
}

/** @returns false when it has changed since it was listed: then another day has it on its list, or none. */
async function tellOne(desk: Desk, caseId: string, guaranteeId: string): Promise<boolean> {
  return desk.store.transact(async (tx) => {
    const found = await tx.lockCase(caseId);
    const guarantee = found === null ? undefined : inForce(found, guaranteeId);
    if (found === null || guarantee === undefined) return false;
    const at = desk.now();
    const { kind, number } = guarantee;
    const version = latestCertificate(guarantee);
    const until = version.content.guaranteeUntil;
    if (until > addDays(dayInTokyo(at), TOLD_DAYS_BEFORE)) return false;
    const cause = expiryCause(guarantee.id, until);
    const content = { event: "expiring" as const, kind, number, until };
    await tx.addSlack({ kind: "thread", cause, caseId, content }, at);
    const told = { guarantee, change: "expire" as const, version, before: null, certificate: null };
    await tellOfChange(desk, tx, found, told, at);
    await tx.audit({
      ...{ at, actor: { kind: "desk" }, action: "expiry_told", caseId, guaranteeId, cause },
      data: { number, guaranteeUntil: until },
    });
    return true;
  });
}

function inForce(found: Case, guaranteeId: string) {
  const guarantee = found.guarantees.find(({ id }) => id === guaranteeId);
  return guarantee?.status === "in_force" ? guarantee : undefined;
}
