import type { Case } from "../case.ts";
import { awaited } from "../guarantee/awaited.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import { type Change, type Changed, changeCase, each } from "./change.ts";
import type { Target } from "./find.ts";
import { keptReason } from "./reason.ts";
import { applicantMailbox, sendLetter } from "./send.ts";
import { noteVoid } from "./void.ts";

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

/** One kind of request at a time, as with approvals; its versions can never be approved any more. */
async function backToMaker(desk: Desk, change: Change, reason: string): Promise<Result<Changed>> {
  const { tx, by, at } = change;
  const all = change.guarantees.flatMap((one) => awaited(one) ?? []);
  const [first] = all;
  if (first === undefined) return refuse("stale_screen");
  const waiting = all.filter(({ what }) => what === first.what);
  const back: Guarantee[] = [];
  for (const { guarantee, what } of waiting) {
    const result = decide(guarantee, { type: what === "issue" ? "send_back" : "drop_change" });
    if (!result.ok) return result;
    back.push(result.value);
  }
  await noteVoid(
    { desk, tx, by, at },
    waiting.map(({ guarantee }) => guarantee),
  );
  const kinds = back.map(({ kind }) => kind);
  if (first.what === "issue")
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
