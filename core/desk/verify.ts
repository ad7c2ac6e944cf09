import { dayInTokyo } from "../dates.ts";
import { foldAuthKey } from "../guarantee/auth-key.ts";
import { type CertificateVersion, type IssuedGuarantee, latestCertificate } from "../guarantee/guarantee.ts";
import type { LetterAttachment } from "../letters.ts";
import type { Sealer, VerifiableGuarantee } from "../ports.ts";
import type { Orderer, Registered } from "../registry.ts";
import type { Day, Instant, VerificationQuery } from "../terms.ts";
import { foldForComparison } from "../text.ts";
import type { AnsweredStatus, VerificationAnswer } from "../verification/answer.ts";
import { compareFigures } from "../verification/compare.ts";
import { examine, outcomeOf } from "../verification/findings.ts";
import { ANSWERS_PER_LETTER_MAX, FAILURE_WINDOW_MINUTES, QUERIES_PER_LETTER_MAX } from "../verification/limits.ts";
import { type LetterAtWork, type LetterOutcome, forStaff } from "./receive.ts";
import { sendLetter } from "./send.ts";

/** One query with what came of it. */
interface Examined {
  query: VerificationQuery;
  answer: VerificationAnswer;
  /** The issued guarantee, only when confirmed. */
  confirmed: VerifiableGuarantee | null;
  /** A pair that was looked up and is wrong: it counts against the number. */
  failed: boolean;
}

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
  const addresses = orderers.flatMap((o) => o.mailboxes).filter((m) => m.confirmed && m.address !== null && inForce(m, today));
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
    { cause: `letter:${facts.id}`, to: from, caseId: null, replyTo, content: { template: "not_registered" }, attachments: [] },
    at,
  );
  return { state: "answered", caseId: null, reason: "stranger" };
}

/** All queries of a letter with one look-up and one count, whatever their number. */
async function examineAll(work: LetterAtWork, orderers: readonly Registered<Orderer>[]): Promise<Examined[]> {
  const { desk, tx, reading, at } = work;
  const numbers = [...new Set(reading.queries.flatMap((q) => q.number ?? []))];
  const since = new Date(Date.parse(at) - FAILURE_WINDOW_MINUTES * 60_000).toISOString();
  const failures = await tx.failuresSince(numbers, since);
  const issued = new Map((await tx.issuedByNumbers(numbers)).map((row) => [row.guarantee.number, row]));
  const own = new Set(orderers.map((o) => o.id));
  return reading.queries.map((query) => {
    const number = query.number ?? "";
    const one = examineOne(work, query, issued.get(number) ?? null, own, failures.get(number) ?? 0, desk.policy.verifyFailuresMax);
    // Several wrong pairs for one number in one letter use up its budget one by one.
    if (one.failed) failures.set(number, (failures.get(number) ?? 0) + 1);
    return one;
  });
}

function examineOne(
  { desk, at }: LetterAtWork,
  query: VerificationQuery,
  row: VerifiableGuarantee | null,
  ownOrderers: ReadonlySet<string>,
  failures: number,
  failuresMax: number,
): Examined {
  const none = { status: null, amendmentSerial: null, comparison: [], certificate: null, otherGuarantor: null };
  const base = { number: query.number, asOf: query.asOf, ...none };
  if (query.guarantor !== null && !sameName(query.guarantor, desk.policy.guarantor.name)) {
    const answer = { ...base, outcome: "not_confirmed" as const, otherGuarantor: query.guarantor };
    return { query, answer, confirmed: null, failed: false };
  }
  // A guarantee on paper has no key: nobody can ask for it here, it is as unknown as any other number.
  const found =
    row === null || row.sealedKey === null
      ? null
      : { key: unsealKey(desk.sealer, row.sealedKey), ownOrderer: row.ordererId !== null && ownOrderers.has(row.ordererId) };
  const outcome = outcomeOf(examine(query, found, failures, failuresMax));
  if (outcome !== "confirmed" || row === null)
    return { query, answer: { ...base, outcome }, confirmed: null, failed: outcome === "not_confirmed" };
  const version = versionOn(row.guarantee, query.asOf);
  const shown = version ?? latestCertificate(row.guarantee);
  const answer: VerificationAnswer = {
    ...base,
    outcome,
    status: version === null ? null : statusOn(row.guarantee, shown, query.asOf ?? dayInTokyo(at)),
    amendmentSerial: shown.serial,
    comparison: compareFigures(query.figures, shown.content),
    certificate: {
      kind: shown.content.kind,
      worksTitle: shown.content.worksTitle,
      contractorName: shown.content.contractorName,
      guaranteeUntil: shown.content.guaranteeUntil,
    },
  };
  return { query, answer, confirmed: row, failed: false };
}

/** The key, or `null` when it cannot be unsealed: then we could not check, which is not "wrong". */
function unsealKey(sealer: Sealer, sealed: Uint8Array): string | null {
  try {
    return foldAuthKey(new TextDecoder().decode(sealer.unseal(sealed)));
  } catch {
    return null;
  }
}

function sameName(a: string, b: string): boolean {
  return foldForComparison(a) === foldForComparison(b);
}

/** The version that held on a day; `null` when nothing was issued yet on it. Without a day: the latest. */
export function versionOn(guarantee: IssuedGuarantee, day: Day | null): CertificateVersion | null {
  if (day === null) return latestCertificate(guarantee);
  return guarantee.certificates.findLast((version) => dayInTokyo(version.issuedAt) <= day) ?? null;
}

/** 保証期限 is the last day of the promise: *expired* begins the day after it and is never stored. */
export function statusOn(guarantee: IssuedGuarantee, version: CertificateVersion, day: Day): AnsweredStatus {
  if (guarantee.status !== "in_force" && day >= guarantee.on) return guarantee.status;
  return day > version.content.guaranteeUntil ? "expired" : "in_force";
}

async function recordAttempts(work: LetterAtWork, examined: readonly Examined[], orderers: readonly Registered<Orderer>[]) {
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
async function tellCases(work: LetterAtWork, examined: readonly Examined[], ordererName: string): Promise<void> {
  const { tx, facts, from, at } = work;
  const told = new Set<string>();
  for (const { query, answer, confirmed } of examined) {
    const number = query.number ?? "";
    if (told.has(number)) continue;
    if (confirmed !== null) {
      told.add(number);
      const content = { event: "verified" as const, number, ordererName };
      await tx.addSlack({ kind: "thread", cause: `letter:${facts.id}:${number}`, caseId: confirmed.caseId, content }, at);
    } else if (answer.outcome === "locked") {
      told.add(number);
      const content = { event: "number_paused" as const, number, failures: work.desk.policy.verifyFailuresMax, from };
      await tx.addSlack({ kind: "desk", cause: `paused:${number}:${dayInTokyo(at)}`, content }, at);
    }
  }
}

async function sendAnswers(work: LetterAtWork, examined: readonly Examined[], to: string, ordererName: string): Promise<void> {
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
        content: { template: "verification", answeredAt: at, ordererName, answers: part.map((e) => e.answer) },
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
  const content = new TextEncoder().encode(`${JSON.stringify({ version: 1, answeredAt, answers }, null, 2)}\n`);
  return { filename: "verification.json", contentType: "application/json", content };
}

/** One certificate for each confirmed guarantee, in the version that the answer speaks of. */
function certificatesOf(part: readonly Examined[]): LetterAttachment[] {
  const attached = new Map<string, LetterAttachment>();
  for (const { confirmed, answer } of part) {
    const certificate = confirmed?.certificates.find((c) => c.serial === answer.amendmentSerial);
    if (certificate === undefined) continue;
    attached.set(certificate.documentId, { filename: certificate.filename, contentType: "application/pdf", content: certificate.bytes });
  }
  return [...attached.values()];
}
