import { dayInTokyo } from "../dates.ts";
import type { LetterAttachment } from "../letters.ts";
import type { Orderer, Registered } from "../registry.ts";
import type { Day, Instant } from "../terms.ts";
import { ANSWERS_PER_LETTER_MAX, QUERIES_PER_LETTER_MAX } from "../verification/limits.ts";
import { type Examined, examineAll } from "./examine.ts";
import { forStaff, type LetterAtWork, type LetterOutcome } from "./receive.ts";
import { sendLetter } from "./send.ts";

/**
 * Answers a letter that asks with numbers and keys. The result goes to the registered mailbox itself, whoever
 * asked. A sender registered for no orderer learns nothing: no look-up, one neutral line a day, staff are told.
 */
export async function answerQueries(work: LetterAtWork): Promise<LetterOutcome> {
  const { tx, reading, from, desk, trust } = work;
  const orderers = await tx.orderersAtAddress(from);
  const mailbox = answerMailbox(orderers, from, dayInTokyo(work.at));
  const trusted = desk.policy.mailTrust === "registered" || trust === "authenticated";
  if (orderers.length === 0 || !trusted) return answerStranger(work);
  if (mailbox === null) return forStaff(work, "orderer_without_address");
  if (reading.queries.length > QUERIES_PER_LETTER_MAX) return forStaff(work, "too_many_queries");
  if (reading.queries.length === 0) return forStaff(work, "no_query");
  const examined = await examineAll(work, orderers);
  await recordAttempts(work, examined, orderers);
  await tellCases(work, examined, orderers[0]?.name ?? "");
  await sendAnswers(work, examined, mailbox, orderers[0]?.name ?? "");
  return { state: "answered", caseId: null, reason: null };
}

/** The confirmed address that asked; for a trusted domain the orderer's first confirmed address. */
function answerMailbox(orderers: readonly Registered<Orderer>[], from: string, today: Day): string | null {
  const addresses = orderers
    .flatMap((o) => o.mailboxes)
    .filter((m) => m.confirmed && m.address !== null && inForce(m, today));
  const own = addresses.find((m) => m.address?.toLowerCase() === from.toLowerCase());
  return (own ?? addresses[0])?.address ?? null;
}

function inForce({ from, until }: { from: string | null; until: Day | null }, today: Day): boolean {
  return (from === null || today >= from) && (until === null || today <= until);
}

async function answerStranger(work: LetterAtWork): Promise<LetterOutcome> {
  const { desk, tx, facts, from, at } = work;
  const content = { event: "stranger_asked" as const, from, letterId: facts.id };
  await tx.addSlack({ kind: "desk", cause: `letter:${facts.id}`, content }, at);
  const firstToday = await tx.noteStranger(from.toLowerCase(), dayInTokyo(at));
  if (!firstToday) return { state: "for_staff", caseId: null, reason: "stranger" };
  const replyTo = { messageId: facts.messageId, references: facts.references, subject: null };
  await sendLetter(
    desk,
    tx,
    {
      cause: `letter:${facts.id}`,
      to: from,
      caseId: null,
      replyTo,
      content: { template: "not_registered" },
      attachments: [],
    },
    at,
  );
  return { state: "answered", caseId: null, reason: "stranger" };
}

async function recordAttempts(
  work: LetterAtWork,
  examined: readonly Examined[],
  orderers: readonly Registered<Orderer>[],
) {
  const { desk, tx, facts, from, at } = work;
  await tx.saveAttempts(
    examined.map(({ query, answer, confirmed, failed }) => ({
      id: desk.newId(),
      at,
      letterId: facts.id,
      address: from,
      ordererId: confirmed?.ordererId ?? orderers[0]?.id ?? null,
      number: query.number ?? "",
      outcome: answer.outcome,
      failed,
      guaranteeId: confirmed?.guarantee.id ?? null,
    })),
  );
}

/** The case's thread says that the orderer has seen it; a number that runs out of tries is told to staff once. */
async function tellCases(
  work: LetterAtWork,
  examined: readonly Examined[],
  ordererName: string,
): Promise<void> {
  const { tx, facts, from, at } = work;
  const told = new Set<string>();
  for (const { query, answer, confirmed } of examined) {
    const number = query.number ?? "";
    if (told.has(number)) continue;
    if (confirmed !== null) {
      told.add(number);
      const content = { event: "verified" as const, number, ordererName };
      await tx.addSlack(
        { kind: "thread", cause: `letter:${facts.id}:${number}`, caseId: confirmed.caseId, content },
        at,
      );
    } else if (answer.outcome === "locked") {
      told.add(number);
      const content = {
        event: "number_paused" as const,
        number,
        failures: work.desk.policy.verifyFailuresMax,
        from,
      };
      await tx.addSlack({ kind: "desk", cause: `paused:${number}:${dayInTokyo(at)}`, content }, at);
    }
  }
}

async function sendAnswers(
  work: LetterAtWork,
  examined: readonly Examined[],
  to: string,
  ordererName: string,
): Promise<void> {
  const { desk, tx, facts, at } = work;
  for (let start = 0; start < examined.length; start += ANSWERS_PER_LETTER_MAX) {
    const part = examined.slice(start, start + ANSWERS_PER_LETTER_MAX);
    await sendLetter(
      desk,
      tx,
      {
        cause: start === 0 ? `letter:${facts.id}` : `letter:${facts.id}:${start}`,
        to,
        caseId: null,
        replyTo: { messageId: facts.messageId, references: facts.references, subject: null },
        content: {
          template: "verification",
          answeredAt: at,
          ordererName,
          answers: part.map((e) => e.answer),
        },
        attachments: [verificationJson(at, part), ...certificatesOf(part)],
      },
      at,
    );
  }
}

function verificationJson(answeredAt: Instant, part: readonly Examined[]): LetterAttachment {
  const answers = part.map(({ answer: { number, outcome, status, amendmentSerial, asOf, comparison } }) => ({
    number,
    outcome,
    status,
    amendmentSerial,
    asOf,
    comparison,
  }));
  const content = new TextEncoder().encode(
    `${JSON.stringify({ version: 1, answeredAt, answers }, null, 2)}\n`,
  );
  return { filename: "verification.json", contentType: "application/json", content };
}

/** One certificate for each confirmed guarantee, in the version that the answer speaks of. */
function certificatesOf(part: readonly Examined[]): LetterAttachment[] {
  const attached = new Map<string, LetterAttachment>();
  for (const { confirmed, answer } of part) {
    const certificate = confirmed?.certificates.find((c) => c.serial === answer.amendmentSerial);
    if (certificate === undefined) continue;
    attached.set(certificate.documentId, {
      filename: certificate.filename,
      contentType: "application/pdf",
      content: certificate.bytes,
    });
  }
  return [...attached.values()];
}
