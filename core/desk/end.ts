import type { Case } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Transaction } from "../store.ts";
import type { GuaranteeKind, Instant } from "../terms.ts";
import { changeCase, each, stillOpen } from "./change.ts";
import type { Target } from "./find.ts";
import { keptReason } from "./reason.ts";
import { applicantMailbox, sendLetter } from "./send.ts";
import { actor } from "./settle.ts";
import { noteVoid } from "./void.ts";

/** The early ends of an application, before anything was issued. */
type Ending = "declined" | "withdrawn";
interface EndingInput {
  reason: string;
  expectedVersion?: number;
}

/** Refuses the targeted products (謝絶) and tells the sender why, in the words staff chose. */
export function declineGuarantees(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: EndingInput,
): Promise<Result<Case>> {
  return end(desk, by, target, "declined", input);
}

/** The applicant takes the targeted products back (取下); he is told that it was done. */
export function withdrawGuarantees(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: EndingInput,
): Promise<Result<Case>> {
  return end(desk, by, target, "withdrawn", input);
}

async function end(
  desk: Desk,
  by: StaffMember,
  target: Target,
  how: Ending,
  input: EndingInput,
): Promise<Result<Case>> {
  const deed = how === "declined" ? "decline" : "withdraw";
  const { expectedVersion } = input;
  const reason = keptReason(input.reason);
  const found = await desk.store.transact((tx) => tx.caseById(target.caseId));
  if (found?.guarantees.length === 0)
    return endWithoutProduct(desk, by, target.caseId, how, { ...input, reason });
  return changeCase(desk, by, deed, target, async ({ tx, found, guarantees, at }) => {
    // Ends that cannot be undone are not decided about a case that has moved on behind the screen.
    if (expectedVersion !== undefined && found.version !== expectedVersion) return refuse("stale_screen");
    const ended = each(stillOpen(guarantees), (g): Result<Guarantee> => decide(g, { type: deed, reason }));
    if (!ended.ok) return ended;
    const over = ended.value.map(({ id }) => id);
    await noteVoid(
      { desk, tx, by, at },
      found.guarantees.filter(({ id }) => over.includes(id)),
    );
    const kinds = ended.value.map((g) => g.kind);
    await tellSender(
      desk,
      tx,
      found,
      { how, kinds, reason, cause: ended.value.map((g) => g.id).join(",") },
      at,
    );
    return ok({
      guarantees: ended.value,
      action: how,
      event: { event: how, by: by.name, kinds, reason },
      data: { reason },
    });
  });
}

/** A case in which no product was asked for ends as a whole. */
function endWithoutProduct(
  desk: Desk,
  by: StaffMember,
  caseId: string,
  how: Ending,
  { reason, expectedVersion }: EndingInput,
): Promise<Result<Case>> {
  const deed = how === "declined" ? "decline" : "withdraw";
  return desk.store.transact(async (tx) => {
    if (!mayDo(by, deed)) return refuse("role_missing", { deed });
    if (reason === "") return refuse("reason_missing");
    const found = await tx.lockCase(caseId);
    if (found === null) return refuse("case_not_found", { reference: "" });
    // A correction may have asked for a product meanwhile.
    if (found.guarantees.length > 0) return refuse("stale_screen");
    if (found.ended !== null) return refuse("wrong_status", { status: found.ended.how });
    if (expectedVersion !== undefined && found.version !== expectedVersion) return refuse("stale_screen");
    const at = desk.now();
    const cause = `end:${found.id}`;
    await tx.endCase(found.id, { how, reason, at });
    await tx.addSlack({ kind: "card", caseId: found.id }, at);
    const content = { event: how, by: by.name, kinds: [], reason };
    await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
    await tellSender(desk, tx, found, { how, kinds: [], reason, cause: found.id }, at);
    await tx.audit({
      at,
      actor: { kind: "staff", actor: actor(by) },
      action: "case_closed",
      caseId: found.id,
      guaranteeId: null,
      cause,
      data: { how, reason },
    });
    return ok((await tx.caseById(found.id)) ?? found);
  });
}

async function tellSender(
  desk: Desk,
  tx: Transaction,
  found: Case,
  ended: { how: Ending; kinds: GuaranteeKind[]; reason: string; cause: string },
  at: Instant,
): Promise<void> {
  const { how, kinds, reason } = ended;
  const to = applicantMailbox(found);
  if (to === null) return;
  await sendLetter(
    desk,
    tx,
    {
      cause: `${how === "declined" ? "decline" : "withdraw"}:${ended.cause}`,
      ...{ to, caseId: found.id, answers: null, replyTo: null, attachments: [] },
      content: {
        template: how,
        ...{ receiptNumber: found.receiptNumber, application: found.application, kinds, reason },
      },
    },
    at,
  );
}
