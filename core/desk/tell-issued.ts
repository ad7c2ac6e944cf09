import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { type IssuedGuarantee, latestCertificate } from "../guarantee/guarantee.ts";
import type { LetterAttachment, LetterContent } from "../letters.ts";
import { submissionDrafts } from "../orderers/draft.ts";
import type { Desk } from "../ports.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { contractorMailbox, sendLetter } from "./send.ts";

/** What was issued together, for the letter about it. */
interface Issued {
  guarantee: IssuedGuarantee;
  /** `null` for a guarantee on paper: it has no key. */
  notice: Uint8Array | null;
}

/** The key goes only to an address registered for the contractor. */
export async function tellIssued(
  desk: Desk,
  tx: Transaction,
  found: Case,
  drawn: readonly Issued[],
  notices: LetterAttachment[],
  at: Instant,
): Promise<void> {
  const to = contractorMailbox(found, found.application.completionEmail);
  const cause = `issue:${drawn.map((d) => d.guarantee.id).join(",")}`;
  if (to === null) {
    for (const { guarantee } of drawn) {
      const content = { event: "contractor_not_told" as const, number: guarantee.number };
      await tx.addSlack({ kind: "thread", cause: `not_told:${guarantee.id}`, caseId: found.id, content }, at);
    }
    return;
  }
  const content: LetterContent = {
    template: "issued",
    receiptNumber: found.receiptNumber,
    certificates: drawn.map(({ guarantee, notice }) => ({
      number: guarantee.number,
      kind: guarantee.kind,
      version: latestCertificate(guarantee),
      electronic: notice !== null,
    })),
    drafts: submissionDrafts(
      found,
      drawn.map((d) => d.guarantee),
      notices.map((n) => n.filename),
      desk.documents.productName,
      dayInTokyo(at),
    ),
  };
  await sendLetter(
    desk,
    tx,
    { cause, to, caseId: found.id, answers: null, replyTo: null, content, attachments: notices },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "desk" },
    action: "key_sent",
    caseId: found.id,
    guaranteeId: null,
    cause,
    data: { to, notices: notices.map((n) => n.filename) },
  });
}
