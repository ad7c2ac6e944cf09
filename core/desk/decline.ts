import type { Case } from "../case.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result } from "../result.ts";
import { changeCase, each, stillOpen } from "./change.ts";
import type { Target } from "./find.ts";
import { sendLetter } from "./send.ts";

/** Refuses the targeted products (謝絶) and tells the sender why, in the words staff chose. */
export function declineGuarantees(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { reason: string },
): Promise<Result<Case>> {
  return changeCase(desk, by, "decline", target, async ({ tx, found, guarantees, at }) => {
    const declined = each(stillOpen(guarantees), (g) => decide(g, { type: "decline", reason: input.reason }));
    if (!declined.ok) return declined;
    const kinds = declined.value.map((g) => g.kind);
    await sendLetter(
      desk,
      tx,
      {
        cause: `decline:${declined.value.map((g) => g.id).join(",")}`,
        to: found.senderAddress,
        caseId: found.id,
        answers: null,
        replyTo: null,
        content: {
          template: "declined",
          receiptNumber: found.receiptNumber,
          application: found.application,
          kinds,
          reason: input.reason.trim(),
        },
        attachments: [],
      },
      at,
    );
    return ok({
      guarantees: declined.value,
      action: "declined",
      event: { event: "declined", by: by.name, kinds, reason: input.reason.trim() },
      data: { reason: input.reason.trim() },
    });
  });
}
