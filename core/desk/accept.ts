import type { Case } from "../case.ts";
import { hinderingProblems } from "../case-state.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { Refusal } from "../refusals.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { GuaranteeKind, Yen } from "../terms.ts";
import { changeCase, each, stillOpen } from "./change.ts";
import type { Target } from "./find.ts";
import { contractorMailbox, sendLetter } from "./send.ts";
import { actor } from "./settle.ts";

/**
 * Accepts the targeted products (引受) and tells the contractor the fee that staff entered. For a contractor with a
 * monthly lump arrangement the fee counts as settled with that.
 */
export function acceptCase(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { expectedVersion: number; fees: { guaranteeId: string; feeYen: Yen }[] },
): Promise<Result<Case>> {
  return changeCase(desk, by, "accept", target, async ({ tx, found, guarantees, at, version }) => {
    if (found.version !== input.expectedVersion) return refuse("stale_screen");
    const open = stillOpen(guarantees);
    const hindrance = whyNotAcceptable(
      found,
      open.map((g) => g.kind),
    );
    if (hindrance !== null) return { ok: false, refusal: hindrance };
    const to = contractorMailbox(found);
    const lump = found.contractor?.lumpFee === true;
    const accepted = each(open, (guarantee) => {
      const fee = input.fees.find((f) => f.guaranteeId === guarantee.id);
      if (guarantee.status !== "applied") return wrongStatus(guarantee);
      if (fee === undefined) return refuse("fee_not_entered", { kind: guarantee.kind });
      const told = decide(guarantee, { type: "accept", feeYen: fee.feeYen, at });
      return told.ok && lump ? decide(told.value, { type: "settle", how: "lump", by: actor(by), at }) : told;
    });
    if (!accepted.ok) return accepted;
    const fees = accepted.value.map((g) => ({
      kind: g.kind,
      guaranteedYen: g.requested.guaranteedYen ?? 0,
      feeYen: g.status === "accepted" ? g.fee.feeYen : 0,
    }));
    if (to === null)
      await tx.addSlack(
        {
          ...{ kind: "thread", cause: `fee_not_told:${found.id}:${version}`, caseId: found.id },
          content: { event: "fee_not_told" },
        },
        at,
      );
    else
      await sendLetter(
        desk,
        tx,
        {
          // A fee may be told anew, when what was applied for has changed: each acceptance has its own letter.
          cause: `accept:${found.id}:${version}`,
          to,
          caseId: found.id,
          answers: null,
          replyTo: null,
          content: {
            template: "fee_due",
            receiptNumber: found.receiptNumber,
            application: found.application,
            fees,
            totalYen: fees.reduce((sum, f) => sum + f.feeYen, 0),
            lump,
          },
          attachments: [],
        },
        at,
      );
    return ok({
      guarantees: accepted.value,
      action: "accepted",
      event: { event: "accepted", by: by.name, kinds: accepted.value.map((g) => g.kind) },
      data: { fees },
    });
  });
}

/** What stands in the way of accepting these products; `null` when nothing does. */
export function whyNotAcceptable(found: Case, kinds: readonly GuaranteeKind[]): Refusal | null {
  const open = hinderingProblems(found.problems, kinds);
  if (open.length > 0)
    return { code: "application_incomplete", detail: { problems: open.map((p) => p.text).join(" / ") } };
  if (found.orderer === null)
    return { code: "orderer_not_registered", detail: { name: found.application.ordererName ?? "" } };
  if (found.contractor === null)
    return { code: "contractor_not_registered", detail: { name: found.application.contractorName ?? "" } };
  // Whoever has no mail address at all applies on paper for paper, and is called; a key goes to a registered address only.
  if (found.senderAddress === "" && found.contractor.addresses.length === 0) {
    const electronic = found.guarantees.find(
      ({ kind, requested }) => kinds.includes(kind) && requested.form !== "paper",
    );
    return electronic === undefined
      ? null
      : {
          code: "contractor_without_address",
          detail: { name: found.contractor.name, kind: electronic.kind },
        };
  }
  // By telephone or on paper without an address: letters go to a registered one, if there is any.
  const registered = found.contractor.addresses.some(
    (a) => found.senderAddress === "" || a.toLowerCase() === found.senderAddress.toLowerCase(),
  );
  if (!registered) return { code: "sender_not_registered", detail: { address: found.senderAddress } };
  return null;
}
