import { dayInTokyo } from "../dates.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
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

export async function assess(
  { desk, tx, at }: Pick<LetterAtWork, "desk" | "tx" | "at">,
  application: Application,
  problems: Problem[],
  senderAddress: string,
): Promise<Assessed> {
  const orderer = await findOrderer(tx, application.ordererName);
  const contractor = await findContractor(tx, application.contractorName);
  const workKind = workKindOf(application.worksTitle, desk.policy.workKindWords);
  const input = {
    application,
    problems,
    senderAddress,
    orderer,
    contractor,
    workKind,
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

/** The orderer by its name or its name on certificates. Two of the same name in different prefectures are no match. */
async function findOrderer(tx: Transaction, name: string | null): Promise<Registered<Orderer> | null> {
  if (name === null) return null;
  const matches = await tx.ordererNamed(foldForComparison(name));
  return matches.length === 1 ? (matches[0] ?? null) : null;
}

async function findContractor(tx: Transaction, name: string | null): Promise<Registered<Contractor> | null> {
  return name === null ? null : tx.contractorNamed(foldForComparison(name));
}

/** Receipt, or the precise list of what is missing; both carry the receipt number and answer the letter. */
export async function confirmToSender(
  work: LetterAtWork,
  opened: Assessed & { id: string; receiptNumber: string },
): Promise<void> {
  const { desk, tx, facts, from, at } = work;
  const { receiptNumber, application, problems, checks } = opened;
  const senderRegistered = !checks.some((c) => c.code === "sender_registered" && c.verdict === "fail");
  await sendLetter(
    desk,
    tx,
    {
      cause: `letter:${facts.id}`,
      to: from,
      caseId: opened.id,
      answers: from,
      replyTo: { messageId: facts.messageId, references: facts.references, subject: facts.subject },
      content:
        problems.length === 0
          ? { template: "receipt", receiptNumber, application, senderRegistered }
          : { template: "questions", receiptNumber, application, problems, senderRegistered },
      attachments: [],
    },
    at,
  );
}
