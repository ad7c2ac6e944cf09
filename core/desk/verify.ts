import { dayInTokyo } from "../dates.ts";
import type { LetterAttachment } from "../letters.ts";
import type { Orderer, Registered } from "../registry.ts";
import type { Instant } from "../terms.ts";
import { ANSWERS_PER_LETTER_MAX, QUERIES_PER_LETTER_MAX } from "../verification/limits.ts";
import { isOwnAddress, resultAddress } from "../verification/mailboxes.ts";
import { type Examined, examineAll } from "./examine.ts";
import { forStaff, type LetterAtWork, type LetterOutcome } from "./receive.ts";
import { sendLetter } from "./send.ts";

/**
 * Answers a letter that asks with numbers and keys. Results go to a registered address of the orderer whose guarantee
 * it is, whoever asked. A sender registered for no orderer learns nothing: no look-up, one neutral line a day, staff
 * are told.
 */
export async function answerQueries(work: LetterAtWork): Promise<LetterOutcome> {
  const { tx, reading, from, desk, trust } = work;
  const orderers = await tx.orderersAtAddress(from);
  const trusted = desk.policy.mailTrust === "registered" || trust === "authenticated";
  if (orderers.length === 0 || !trusted) return answerStranger(work);
  // The reader keeps the first pairs and reports the rest: answering a part would look like the whole.
  const cut = reading.problems.some((p) => p.field === "queries" && p.code === "out_of_range");
  if (cut || reading.queries.length > QUERIES_PER_LETTER_MAX) return forStaff(work, "too_many_queries");
  if (reading.queries.length === 0) return forStaff(work, "no_query");
  const examined = await examineAll(work, orderers);
  await recordAttempts(work, examined, orderers);
  await tellCases(work, examined, orderers);
  const groups = groupByAddress(work, examined, orderers);
  if (groups === null) return forStaff(work, "orderer_without_address");
  for (const [index, group] of groups.entries()) await sendAnswers(work, group, index);
  return { state: "answered", caseId: null, reason: null };
}

/** Answers that leave together: to one address, in the name of one orderer. */
interface AnswerGroup {
  to: string;
  ordererName: string;
  examined: Examined[];
}

/**
 * Confirmed answers go to their own orderer; what was not confirmed goes to the orderer that asked. Several orderers
 * behind one domain cannot be told apart without a confirmed guarantee: then, and without an address, `null`.
 */
function groupByAddress(
  { from, at }: LetterAtWork,
  examined: readonly Examined[],
  orderers: readonly Registered<Orderer>[],
): AnswerGroup[] | null {
  const today = dayInTokyo(at);
  const byId = new Map(orderers.map((orderer) => [orderer.id, orderer]));
  const confirmedOnes = examined.flatMap(({ confirmed }) => byId.get(confirmed?.ordererId ?? "") ?? []);
  const own = orderers.filter((orderer) => isOwnAddress(orderer, from, today));
  const home = confirmedOnes[0] ?? own[0] ?? (orderers.length === 1 ? orderers[0] : undefined);
  const groups = new Map<string, AnswerGroup>();
  for (const one of examined) {
    const orderer = byId.get(one.confirmed?.ordererId ?? "") ?? home;
    const to = orderer && resultAddress(orderer, from, one.confirmed?.guarantee.kind ?? null, today);
    if (orderer === undefined || !to) return null;
    const key = `${orderer.id} ${to}`;
    const group = groups.get(key) ?? { to, ordererName: orderer.name, examined: [] };
    group.examined.push(one);
    groups.set(key, group);
  }
  return [...groups.values()];
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
      answers: from,
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
  orderers: readonly Registered<Orderer>[],
): Promise<void> {
  const { tx, facts, from, at } = work;
  const told = new Set<string>();
  for (const { query, answer, confirmed } of examined) {
    const number = query.number ?? "";
    if (told.has(number)) continue;
    if (confirmed !== null) {
      told.add(number);
      const ordererName = orderers.find((o) => o.id === confirmed.ordererId)?.name ?? "";
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

async function sendAnswers(work: LetterAtWork, group: AnswerGroup, index: number): Promise<void> {
  const { desk, tx, facts, at } = work;
  const { to, ordererName, examined } = group;
  for (let start = 0; start < examined.length; start += ANSWERS_PER_LETTER_MAX) {
    const part = examined.slice(start, start + ANSWERS_PER_LETTER_MAX);
    await sendLetter(
      desk,
      tx,
      {
        cause: start + index === 0 ? `letter:${facts.id}` : `letter:${facts.id}:${index}:${start}`,
        to,
        caseId: null,
        answers: work.from,
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
  for (const { confirmed, version } of part) {
    const certificate = confirmed?.certificates.find((c) => c.position === version?.position);
    if (certificate === undefined) continue;
    attached.set(certificate.documentId, {
      filename: certificate.filename,
      contentType: "application/pdf",
      content: certificate.bytes,
    });
  }
  return [...attached.values()];
}
