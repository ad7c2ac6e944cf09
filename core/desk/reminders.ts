import type { Case } from "../case.ts";
import { standingOf, waitsForApplicant } from "../case-state.ts";
import { later } from "../dates.ts";
import type { Desk } from "../ports.ts";
import { type IdleCase, reminderCause } from "../rows/home.ts";
import type { Instant } from "../terms.ts";
import { isWaiting, waitingSince } from "./waiting.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Reminders of one round; Slack takes about one message a second, and the next round comes within the hour. */
const ROUND_MAX = 50;

/**
 * Reminds staff, in the case's thread, of cases that wait for longer than so many hours: once for each state they are
 * left in. The case itself is not touched, so it goes on waiting since the same day.
 * @param hours 0 = off. @returns how many were reminded of. @throws the first failure, when all have been tried.
 */
export async function remindIdle(desk: Pick<Desk, "store" | "now">, hours: number): Promise<number> {
  if (hours <= 0) return 0;
  const since = later(desk.now(), -hours * HOUR_MS);
  const idle = await desk.store.transact((tx) => tx.casesToRemind(since, ROUND_MAX));
  const failures: unknown[] = [];
  let reminded = 0;
  for (const one of idle) {
    try {
      if (await remindOf(desk, one, since)) reminded += 1;
    } catch (error) {
      // One that cannot be read holds up no other: it would be the first of every round.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return reminded;
}

/** Since it was looked for, somebody may have taken it up, or another process reminded of it. */
function remindOf(desk: Pick<Desk, "store" | "now">, idle: IdleCase, since: Instant): Promise<boolean> {
  return desk.store.transact(async (tx) => {
    const found = await tx.lockCase(idle.id);
    if (found === null || found.version !== idle.version || found.changedAt > since) return false;
    // What is sent again or closed in 復旧 leaves the version as it was.
    if (!isWaiting(found) || waitingSince(found) > since) return false;
    if (await tx.wasReminded(idle)) return false;
    const at = desk.now();
    const cause = reminderCause(idle);
    const days = Math.floor((Date.parse(at) - Date.parse(waitingSince(found))) / DAY_MS);
    const content = { event: "reminded" as const, days, waitsFor: waitsFor(found) };
    await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: "reminded",
      caseId: found.id,
      guaranteeId: null,
      cause,
      data: { days, waitsFor: content.waitsFor, since: waitingSince(found) },
    });
    return true;
  });
}

/** The applicant's turn is only what nobody here can go on with: sent back, or questions without an answer. */
function waitsFor(found: Case): "staff" | "applicant" {
  if (found.undelivered !== null || found.tasks.some(({ done }) => done === null)) return "staff";
  const asked = waitsForApplicant(found);
  const ours = found.guarantees.filter((guarantee) => {
    const standing = standingOf(guarantee);
    if (standing === "returned" || (standing === "applied" && asked)) return false;
    return !["in_force", "cancelled", "released", "declined", "withdrawn"].includes(standing);
  });
  if (found.guarantees.length === 0) return asked ? "applicant" : "staff";
  return ours.length > 0 ? "staff" : "applicant";
}
