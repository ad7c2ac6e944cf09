import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import type { LetterContent } from "../letters.ts";
import type { Contractor, Orderer, Registered } from "../registry.ts";
import type { NewCase } from "../rows/cases.ts";
import type { Transaction } from "../store.ts";
import type { Application, Problem } from "../terms.ts";
import { foldForComparison } from "../text.ts";
import { checkApplication, workKindOf } from "./checks.ts";
import type { LetterAtWork, LetterOutcome } from "./receive.ts";
import { sendLetter } from "./send.ts";

/** Opens the case of an application: number, checks, card, and the receipt or the questions to its sender. */
export async function openCase(work: LetterAtWork, application: Application): Promise<LetterOutcome> {
  const { desk, tx, facts, reading, from, trust, at } = work;
  const id = desk.newId();
  const receiptNumber = await tx.nextReceiptNumber();
  const assessed = await assess(work, application, reading.problems, from);
  const guarantees = application.guarantees.map(
    (requested): Guarantee => ({ id: desk.newId(), kind: requested.kind, requested, status: "applied" }),
  );
  const opened = {
    id,
    receiptNumber,
    openedAt: at,
    origin: "mail" as const,
    letterId: facts.id,
    senderAddress: from,
    trust,
    guarantees,
  };
  await tx.insertCase({ ...opened, ...assessed });
  const cause = `letter:${facts.id}`;
  await tx.addSlack({ kind: "card", caseId: id }, at);
  await tx.addSlack(
    {
      kind: "thread",
      cause,
      caseId: id,
      content: { event: "opened", letterId: facts.id, problems: reading.problems.length },
    },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "sender", address: from },
    action: "case_opened",
    caseId: id,
    guaranteeId: null,
    cause,
    data: { receiptNumber, application, problems: reading.problems, checks: assessed.checks },
  });
  await confirmToSender(work, { id, receiptNumber, ...assessed });
  return { state: "answered", caseId: id, reason: null };
}

/** What registry and rules say of an application as it stands. */
export type Assessed = Pick<NewCase, "application" | "problems" | "checks" | "ordererId" | "contractorId">;

/** @param standing the case that is looked at again; null while it has none. */
export async function assess(
  { desk, tx, at }: Pick<LetterAtWork, "desk" | "tx" | "at">,
  application: Application,
  problems: Problem[],
  senderAddress: string,
  standing: Case | null = null,
): Promise<Assessed> {
  const { orderer, contractor } = await parties(tx, application, standing);
  const workKind = workKindOf(application.worksTitle, desk.policy.workKindWords);
  const input = {
    application,
    problems,
    senderAddress,
    orderer,
    contractor,
    workKind,
    followed: await followedCase(tx, application),
    today: dayInTokyo(at),
  };
  return {
    application,
    problems,
    checks: checkApplication(input),
    ordererId: orderer?.id ?? null,
    contractorId: contractor?.id ?? null,
  };
}

/**
 * Orderer and contractor as the registry has them. Those of a case with something accepted stay while it names them as
 * before: who may ask about a guarantee, and who gets its key, must not change because a namesake was registered.
 */
async function parties(tx: Transaction, { ordererName, contractorName }: Application, standing: Case | null) {
  const was = standing?.guarantees.some(isAccepted) ? standing : null;
  const orderer = ordererName === was?.application.ordererName ? was.orderer : null;
  const contractor = contractorName === was?.application.contractorName ? was.contractor : null;
  return {
    orderer: orderer ?? (await findOrderer(tx, ordererName)),
    contractor: contractor ?? (await findContractor(tx, contractorName)),
  };
}

function isAccepted({ status }: Guarantee): boolean {
  return !["applied", "returned", "declined", "withdrawn"].includes(status);
}

/** The orderer by its name or its name on certificates. Two of the same name in different prefectures are no match. */
async function findOrderer(tx: Transaction, name: string | null): Promise<Registered<Orderer> | null> {
  if (name === null) return null;
  const matches = await tx.ordererNamed(foldForComparison(name));
  return matches.length === 1 ? (matches[0] ?? null) : null;
}

async function findContractor(tx: Transaction, name: string | null): Promise<Registered<Contractor> | null> {
  return name === null ? null : tx.contractorNamed(foldForComparison(name));
}

/** The case of the advance guarantee that an interim application names. */
async function followedCase(tx: Transaction, { guarantees }: Application): Promise<Case | null> {
  const interim = guarantees.find(({ kind }) => kind === "interim_advance_payment");
  const number = interim?.advanceGuaranteeNumber ?? null;
  return number === null ? null : tx.caseByGuaranteeNumber(number);
}

/** Receipt, or the precise list of what is missing: what the applicant is told of an application as it stands. */
export function confirmation({
  receiptNumber,
  application,
  problems,
  checks,
}: Assessed & { receiptNumber: string }): LetterContent {
  const senderRegistered = !checks.some((c) => c.code === "sender_registered" && c.verdict === "fail");
  return problems.length === 0
    ? { template: "receipt", receiptNumber, application, senderRegistered }
    : { template: "questions", receiptNumber, application, problems, senderRegistered };
}

/** The same as an answer to the letter at work; both carry the receipt number. */
export async function confirmToSender(
  work: LetterAtWork,
  opened: Assessed & { id: string; receiptNumber: string },
): Promise<void> {
  const { desk, tx, facts, from, at } = work;
  await sendLetter(
    desk,
    tx,
    {
      cause: `letter:${facts.id}`,
      to: from,
      caseId: opened.id,
      answers: from,
      replyTo: { messageId: facts.messageId, references: facts.references, subject: facts.subject },
      content: confirmation(opened),
      attachments: [],
    },
    at,
  );
}
