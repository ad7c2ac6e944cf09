import type { Case } from "../case.ts";
import { PDF_TYPE } from "../documents.ts";
import { type Guarantee, holding, isIssued } from "../guarantee/guarantee.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import type { LetterAttachment } from "../letters.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import { type Change, changeCase } from "./change.ts";
import type { Target } from "./find.ts";
import { keptReason } from "./reason.ts";
import { requestChange } from "./request-change.ts";
import { sendLetter } from "./send.ts";
import { actor } from "./settle.ts";

/**
 * The key notice once more (再送), to an address registered for the contractor. An address that was registered after
 * the guarantee was issued may be somebody else's doing: then another person has to approve first.
 */
export async function resendNotice(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { expectedVersion: number; guaranteeIds: readonly string[]; to: string; reason: string },
): Promise<Result<Case>> {
  const { expectedVersion, to } = input;
  const reason = keptReason(input.reason);
  const judged = await desk.store.transact(async (tx) => {
    const found = await tx.caseById(target.caseId);
    return found === null ? null : { found, since: await addressSince(tx, found, to) };
  });
  if (judged === null) return refuse("case_not_found", { reference: "" });
  const chosen = judged.found.guarantees.filter(({ id }) => input.guaranteeIds.includes(id));
  if (judged.since === "never") return refuse("address_not_registered", { address: to });
  const isNew = chosen.some((one) => isIssued(one) && issuedAt(one) < judged.since);
  if (isNew)
    return requestChange(desk, by, target, {
      ...{ expectedVersion, change: "resend" },
      proposals: chosen.map(({ id }) => ({
        guaranteeId: id,
        proposed: { change: "resend", to, reason: reason === "" ? "-" : reason },
      })),
    });
  return changeCase(desk, by, "resend", target, async (change) => {
    if (change.found.version !== expectedVersion) return refuse("stale_screen");
    const guarantees = change.guarantees.filter(({ id }) => input.guaranteeIds.includes(id));
    const since = await addressSince(change.tx, change.found, to);
    const old = guarantees.length > 0 && guarantees.every((one) => isIssued(one) && since <= issuedAt(one));
    if (since === "never" || !old) return refuse("stale_screen");
    const sent = await resendKey(desk, change, guarantees, to);
    if (!sent.ok) return sent;
    const kinds = guarantees.map(({ kind }) => kind);
    return ok({
      ...{ guarantees, action: "resend_requested", data: { to, reason } },
      event: { event: "key_resent", by: by.name, to, kinds },
    });
  });
}

function issuedAt(guarantee: Guarantee & { number: string }): string {
  const first = "certificates" in guarantee ? guarantee.certificates[0] : undefined;
  return first?.issuedAt ?? "";
}

/** Since when it has been registered for the contractor; `never` when it is not. */
async function addressSince(tx: Change["tx"], found: Case, to: string): Promise<string> {
  if (found.contractor === null) return "never";
  const since = await tx.addressesSince(found.contractor.id);
  return since.get(to.toLowerCase()) ?? "never";
}

/** One letter with the notices of these guarantees as they hold now. It says in the audit log who got which key. */
export async function resendKey(
  desk: Desk,
  { tx, found, by, at }: Change,
  guarantees: readonly Guarantee[],
  to: string,
): Promise<Result<null>> {
  if ((await addressSince(tx, found, to)) === "never")
    return refuse("address_not_registered", { address: to });
  const attachments: LetterAttachment[] = [];
  const told: { number: string; kind: Guarantee["kind"] }[] = [];
  for (const guarantee of guarantees) {
    // A key of what has ended opens nothing that an orderer could rely on (core/case-state.ts: no deed is left).
    if (guarantee.status !== "in_force") return wrongStatus(guarantee);
    const positions = holding(guarantee).map(({ position }) => position);
    const notice = await tx.noticeOf(guarantee.id, positions);
    if (notice === null) return refuse("paper_has_no_key", { kind: guarantee.kind });
    attachments.push({
      ...{ filename: notice.filename, contentType: PDF_TYPE },
      content: desk.sealer.unseal(notice.bytes),
    });
    told.push({ number: guarantee.number, kind: guarantee.kind });
  }
  // Several addresses may be written to in one step; each product goes to one of them.
  const cause = `resend:${found.id}:${found.version}:${guarantees.map(({ kind }) => kind).join(",")}`;
  await sendLetter(
    desk,
    tx,
    {
      ...{ cause, to, caseId: found.id, answers: null, replyTo: null, attachments },
      content: {
        template: "key_resent",
        receiptNumber: found.receiptNumber,
        contractorName: found.contractor?.name ?? "",
        guarantees: told,
      },
    },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "staff", actor: actor(by) },
    action: "key_sent",
    caseId: found.id,
    guaranteeId: guarantees[0]?.id ?? null,
    cause,
    data: { to, notices: attachments.map(({ filename }) => filename) },
  });
  return ok(null);
}
