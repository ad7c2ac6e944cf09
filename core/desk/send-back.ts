import type { Case } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import { awaited } from "./approve.ts";
import { type Change, type Changed, changeCase, each } from "./change.ts";
import type { Target } from "./find.ts";
import { keptReason } from "./reason.ts";
import { applicantMailbox, sendLetter } from "./send.ts";
import { actor } from "./settle.ts";

/**
 * 差戻. What only the applicant can put right goes back to him, with the reason in a letter. What waits for a checker
 * goes back to its maker without a letter: a request to issue (the fee stays settled), or a change (the guarantee stays
 * as it is). Where a case has both, the applicant's comes first.
 */
export function sendBack(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { reason: string; expectedVersion?: number },
): Promise<Result<Case>> {
  const reason = keptReason(input.reason);
  return changeCase(desk, by, "return", target, async (change) => {
    // What was written to the maker must not go to the applicant because the case has moved on meanwhile.
    if (input.expectedVersion !== undefined && change.found.version !== input.expectedVersion)
      return refuse("stale_screen");
    if (reason === "") return refuse("reason_missing");
    if (!change.guarantees.some(({ status }) => status === "applied") && change.guarantees.some(awaited))
      return backToMaker(desk, change, reason);
    return backToApplicant(desk, change, reason);
  });
}

async function backToApplicant(desk: Desk, change: Change, reason: string): Promise<Result<Changed>> {
  const { tx, found, by, at } = change;
  const returned = each(change.guarantees, (one) => decide(one, { type: "return", reason }));
  if (!returned.ok) return returned;
  const kinds = returned.value.map(({ kind }) => kind);
  const to = applicantMailbox(found);
  const letter = {
    cause: `return:${found.id}:${found.version}`,
    ...{ caseId: found.id, answers: null, replyTo: null, attachments: [] },
    content: {
      template: "returned" as const,
      ...{ receiptNumber: found.receiptNumber, application: found.application, kinds, reason },
    },
  };
  if (to !== null) await sendLetter(desk, tx, { ...letter, to }, at);
  return ok({
    guarantees: returned.value,
    action: "returned",
    event: { event: "returned", by: by.name, kinds, reason },
    data: { reason },
  });
}

/** The decision is noted like an approval: this version of the request can never be approved any more. */
async function backToMaker(
  desk: Desk,
  { tx, guarantees, by, at }: Change,
  reason: string,
): Promise<Result<Changed>> {
  const waiting = guarantees.flatMap((one) => awaited(one) ?? []);
  const back: Guarantee[] = [];
  for (const { guarantee, what, version, contentHash, maker } of waiting) {
    const result = decide(guarantee, { type: what === "issue" ? "send_back" : "drop_change" });
    if (!result.ok) return result;
    back.push(result.value);
    const verdict = maker.employee === by.employee ? "taken_back" : "refused";
    await tx.saveDecision({
      ...{ subject: guarantee.id, version, verdict, what, contentHash, maker },
      ...{ checker: actor(by), at, approvals: desk.policy.approvals },
    });
  }
  const kinds = back.map(({ kind }) => kind);
  const [first] = waiting;
  if (first === undefined || first.what === "issue")
    return ok({
      guarantees: back,
      action: "sent_back",
      event: { event: "sent_back", by: by.name, kinds, reason },
      data: { reason },
    });
  return ok({
    guarantees: back,
    action: "change_refused",
    event: { event: "change_refused", by: by.name, change: first.what, kinds, reason },
    data: { reason, changes: waiting.map(({ what, version }) => ({ what, version })) },
  });
}
