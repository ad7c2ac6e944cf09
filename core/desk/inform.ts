import type { Case } from "../case.ts";
import { stateWord } from "../case-state.ts";
import { later } from "../dates.ts";
import type { LetterContent } from "../letters.ts";
import type { Reading } from "../terms.ts";
import { type Quote, quote, reliableFee } from "./quote.ts";
import { forStaff, type LetterAtWork, type LetterOutcome } from "./receive.ts";
import { sendLetter } from "./send.ts";

/** Letters that want to know something, or sent the wrong thing: answers that change nothing. */

/** Cases that one answer about their state tells of; who has more asks with a receipt number. */
const CASES_TOLD_MAX = 10;
/** A wrong document is explained once in so long: whoever sends the next one needs a person. */
const EXPLAINED_ONCE_MS = 24 * 3_600_000;

/** The blank application form, for anybody who asks: it says nothing of anybody. */
export async function answerFormRequest(work: LetterAtWork): Promise<LetterOutcome> {
  await answer(work, { template: "blank_form" }, null, await work.desk.documents.blankForm());
  return { state: "answered", caseId: null, reason: null };
}

/**
 * Where a case stands, told to the sender who applied and to nobody else. Without a receipt number: of all his open
 * cases. Whoever names somebody else's case learns nothing, not even whether it exists.
 */
export async function answerStatus(work: LetterAtWork): Promise<LetterOutcome> {
  const { tx, reading, from } = work;
  // Of two numbers one may be closed, and an answer about the open cases would pass over it without a word.
  if (reading.problems.some(({ field }) => field === "reference"))
    return forStaff(work, "status_of_which_case");
  const named = reading.reference === null ? null : await tx.caseByReceipt(reading.reference);
  if (reading.reference !== null && named?.senderAddress !== from)
    return forStaff(work, "status_not_of_sender");
  const cases = named === null ? await tx.openCasesOf(from, CASES_TOLD_MAX + 1) : [named];
  const [only] = cases;
  if (only === undefined || cases.length > CASES_TOLD_MAX) return forStaff(work, "status_of_which_case");
  const caseId = cases.length === 1 ? only.id : null;
  await answer(work, { template: "status", cases: cases.map(statusOf) }, caseId);
  return { state: "answered", caseId, reason: null };
}

const statusOf = ({ receiptNumber, application, problems, guarantees }: Case) => ({
  receiptNumber,
  application,
  // Once somebody has decided, what the letters left open is no longer the sender's to answer.
  problems: guarantees.every((g) => g.status === "applied") ? problems : [],
  products: guarantees.map((one) => ({ kind: one.kind, state: stateWord(one) })),
});

/**
 * What guarantees would cost, told to whoever asks: a table says nothing of anybody. Only where every product and amount
 * was read without doubt and has a table of real rates; staff see the letter all the same, it may ask for more.
 * A letter about a case, and one that answers another letter (thanks for a fee statement quote its amounts), is theirs.
 */
export async function answerFee(work: LetterAtWork): Promise<LetterOutcome> {
  const { desk, reading, facts } = work;
  const { application } = reading;
  const asksAnew = reading.reference === null && facts.references.length === 0;
  if (application === null || !asksAnew) return forStaff(work, "kind_fee_inquiry");
  const { worksFrom, worksUntil } = application;
  const quotes = application.guarantees.map(({ kind, guaranteedYen }) =>
    quote(desk, { kind, guaranteedYen, worksFrom, worksUntil }),
  );
  const fees = quotes.flatMap((one) => {
    const feeYen = reliableFee(one);
    const { kind, guaranteedYen } = one.asked;
    return feeYen === null || guaranteedYen === null || isDoubtful(one, reading)
      ? []
      : [{ kind, guaranteedYen, feeYen }];
  });
  const day = quotes[0]?.asked.day;
  if (day === undefined || fees.length < quotes.length) return forStaff(work, "kind_fee_inquiry");
  const totalYen = fees.reduce((sum, { feeYen }) => sum + feeYen, 0);
  await answer(work, { template: "fee_inquiry", application, fees, totalYen, day }, null);
  const { caseId } = await forStaff(work, "fee_told", true);
  return { state: "answered", caseId, reason: "fee_told" };
}

/** Was something that this fee rests on not read for sure? */
function isDoubtful({ asked: { kind }, answer }: Quote, { problems }: Reading): boolean {
  const period = answer.table?.periods == null ? [] : ["worksFrom", "worksUntil"];
  const needed = [
    "application",
    "guarantees",
    `guarantees.${kind}`,
    `guarantees.${kind}.guaranteedYen`,
    ...period,
  ];
  return problems.some(({ field }) => needed.includes(field));
}

/** What to send instead of a certificate, a link or a picture: once, and staff see every such letter. */
export async function explainWrongDocument(work: LetterAtWork): Promise<LetterOutcome> {
  const { tx, from, at } = work;
  if (await tx.answeredWith("wrong_document", from, later(at, -EXPLAINED_ONCE_MS)))
    return forStaff(work, "wrong_document_again");
  await answer(work, { template: "wrong_document" }, null);
  const { caseId } = await forStaff(work, "wrong_document_explained", true);
  return { state: "answered", caseId, reason: "wrong_document" };
}

/** An application of which no case can be made, as one letter about two works: its sender hears why. */
export async function askToSendAgain(work: LetterAtWork): Promise<LetterOutcome> {
  await answer(work, { template: "send_again", problems: work.reading.problems }, null);
  const { caseId } = await forStaff(work, "sent_back", true);
  return { state: "answered", caseId, reason: "sent_back" };
}

async function answer(
  work: LetterAtWork,
  content: LetterContent,
  caseId: string | null,
  attachments: Parameters<typeof sendLetter>[2]["attachments"] = [],
): Promise<void> {
  const { desk, tx, facts, from, at } = work;
  const replyTo = { messageId: facts.messageId, references: facts.references, subject: facts.subject };
  const letter = {
    cause: `letter:${facts.id}`,
    to: from,
    caseId,
    answers: from,
    replyTo,
    content,
    attachments,
  };
  await sendLetter(desk, tx, letter, at);
}
