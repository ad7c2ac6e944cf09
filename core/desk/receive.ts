import type { SenderTrust } from "../case.ts";
import { later } from "../dates.ts";
import { maskKeys } from "../guarantee/mask.ts";
import type { Desk } from "../ports.ts";
import type { LetterVerdict } from "../rows/letters.ts";
import type { Transaction } from "../store.ts";
import type { Application, Evidence, Instant, LetterKind, Reading } from "../terms.ts";
import { breakerUntil, heldByCap } from "./caps.ts";
import { applyCorrection } from "./correct.ts";
import { foldReceiptNumber } from "./find.ts";
import {
  answerFee,
  answerFormRequest,
  answerStatus,
  askToSendAgain,
  explainWrongDocument,
} from "./inform.ts";
import { openCase } from "./open.ts";
import { answerQueries } from "./verify.ts";

/** What the mail door knows of a letter beside its reading. */
export interface LetterFacts {
  id: string;
  receivedAt: Instant;
  subject: string | null;
  messageId: string | null;
  references: string[];
  /** Our border server vouches for the From domain (RFC 8601). */
  authenticated: boolean;
  authenticationResults: string | null;
  /** Staff want it answered whatever the caps say. */
  uncapped: boolean;
  /** The loop wall's reason why this letter is never answered; null when it may be. */
  notAnswered: string | null;
}

/** One letter at work, inside its transaction. */
export interface LetterAtWork {
  desk: Desk;
  tx: Transaction;
  facts: LetterFacts;
  reading: Reading;
  /** The single From address. */
  from: string;
  trust: SenderTrust;
  at: Instant;
}

/** What became of the letter, for its row. */
export interface LetterOutcome {
  state: LetterVerdict["state"];
  caseId: string | null;
  reason: string | null;
}

/** Values whose places are kept: an application has some forty, and 500 pairs with their figures are looked at in the original. */
const EVIDENCE_MAX = 300;
/** While an earlier letter of the same sender is still being read. */
const TURN_WAIT_MS = 300;
/** The further back, the later it asks again; not later than this many turns. */
const TURNS_MAX = 30;

/**
 * Decides what a letter means and answers it: state, audit entry, outbox rows and the letter's own end are one
 * transaction. The first rule that fits decides; what fits none goes to staff, nothing is dropped.
 * @returns false when the letter has to wait (for its turn, or for the breaker); it then comes again by itself.
 */
export async function receiveLetter(
  desk: Desk,
  facts: LetterFacts,
  read: Reading,
  evidence: readonly Evidence[],
): Promise<boolean> {
  // Problems repeat a letter's words, and are kept with the case, in the audit log and in Slack.
  const reading = { ...read, problems: read.problems.map((one) => ({ ...one, text: maskKeys(one.text) })) };
  return desk.store.transact(async (tx) => {
    const at = desk.now();
    const trust = await trustOf(tx, facts, reading.from);
    const work = { desk, tx, facts, reading, from: reading.from ?? "", trust, at };
    const until = await mustWaitUntil(work);
    if (until !== null) {
      await tx.postponeLetter(facts.id, until);
      return false;
    }
    const outcome = await decideLetter(work);
    await tx.finishLetter(facts.id, {
      ...outcome,
      at,
      kind: reading.kind,
      fromAddress: reading.from,
      subject: facts.subject === null ? null : maskKeys(facts.subject),
      messageId: facts.messageId,
      authenticationResults: facts.authenticationResults,
      trust,
      evidence: evidence.slice(0, EVIDENCE_MAX),
      problems: reading.problems,
    });
    await tx.audit({
      at,
      actor: reading.from === null ? { kind: "desk" } : { kind: "sender", address: reading.from },
      action: "letter_received",
      caseId: outcome.caseId,
      guaranteeId: null,
      cause: `letter:${facts.id}`,
      data: { kind: reading.kind, state: outcome.state, reason: outcome.reason, trust },
    });
    return true;
  });
}

/** Answers alone never change a case: verifications and automatic mail need no order, everything else keeps it. */
async function mustWaitUntil(work: LetterAtWork): Promise<Instant | null> {
  const { tx, facts, reading, at } = work;
  if (facts.notAnswered !== null || reading.kind === "automatic") return null;
  const breaker = isCapped(work) ? await breakerUntil(work) : null;
  if (breaker !== null || reading.kind === "verification") return breaker;
  const earlier = await tx.earlierUnfinished(facts.id, TURNS_MAX);
  return earlier === 0 ? null : later(at, TURN_WAIT_MS * earlier);
}

/** Kinds that the desk answers by itself. */
const ANSWERED_KINDS: readonly LetterKind[] = [
  "application",
  "correction",
  "verification",
  "form_request",
  "status_inquiry",
  "fee_inquiry",
  "wrong_document",
];

/** Answers that leave by themselves count, unless a person asked for this very one. */
function isCapped({ facts, reading: { kind } }: LetterAtWork): boolean {
  return !facts.uncapped && ANSWERED_KINDS.includes(kind);
}

async function decideLetter(work: LetterAtWork): Promise<LetterOutcome> {
  const { facts, reading } = work;
  if (facts.notAnswered !== null || reading.kind === "automatic") return noteAutomatic(work);
  if (reading.from === null) return forStaff(work, "no_single_sender");
  const held = isCapped(work) ? await heldByCap(work) : null;
  if (held !== null) return held;
  if (reading.kind === "application")
    return reading.application === null
      ? askToSendAgain(work)
      : openCase(work, withoutKeys(reading.application));
  if (reading.kind === "correction" && reading.application !== null)
    return applyCorrection(work, withoutKeys(reading.application));
  if (reading.kind === "verification") return answerQueries(work);
  if (reading.kind === "form_request") return answerFormRequest(work);
  if (reading.kind === "status_inquiry") return answerStatus(work);
  if (reading.kind === "fee_inquiry") return answerFee(work);
  if (reading.kind === "wrong_document") return explainWrongDocument(work);
  return forStaff(work, `kind_${reading.kind}`);
}

/** The free text of an application is kept in the clear and shown in Slack: no key may stand in it. */
function withoutKeys(application: Application): Application {
  return application.message === null
    ? application
    : { ...application, message: maskKeys(application.message) };
}

/** authenticated beats registered; `other` is everybody else. Reply-To is never an identity. */
async function trustOf(tx: Transaction, facts: LetterFacts, from: string | null): Promise<SenderTrust> {
  if (from === null) return "other";
  if (facts.authenticated) return "authenticated";
  const known = await tx.isRegisteredAddress(from);
  return known ? "registered" : "other";
}

/** Reasons of the loop wall that mark a bounce (RFC 5321 §4.5.5, RFC 6522 §3). */
const DELIVERY_REPORTS = ["null_return_path", "delivery_report"];

/** Automatic mail is kept and never answered (RFC 3834 §2); one about a case is shown in its thread. */
async function noteAutomatic(work: LetterAtWork): Promise<LetterOutcome> {
  const { tx, facts, reading } = work;
  const found = reading.reference === null ? null : await tx.caseByReceipt(reading.reference);
  const reason = facts.notAnswered ?? "automatic";
  // A bounce has no sender of its own; anybody else may write into a case's thread only from the case's address.
  const belongs =
    found !== null && (reading.from === found.senderAddress || DELIVERY_REPORTS.includes(reason));
  if (found === null || !belongs) return { state: "not_answered", caseId: null, reason };
  await tellThread(work, found.id, reason);
  return { state: "not_answered", caseId: found.id, reason };
}

/**
 * A letter only a person can deal with: into its case's thread when it names one, else into the desk's channel.
 * @param answered the desk has written back already, and staff should know it.
 */
export async function forStaff(work: LetterAtWork, reason: string, answered = false): Promise<LetterOutcome> {
  const { tx, facts, reading, at } = work;
  const receipt = reading.reference === null ? null : foldReceiptNumber(reading.reference);
  const found = receipt === null ? null : await tx.caseByReceipt(receipt);
  if (found !== null && found.senderAddress === work.from) {
    await tellThread(work, found.id, reason, answered);
    return { state: "for_staff", caseId: found.id, reason };
  }
  const { kind, problems, from } = reading;
  const subject = facts.subject === null ? null : maskKeys(facts.subject);
  const content = {
    ...{ event: "letter_for_staff" as const, letterId: facts.id, kind, from, subject },
    ...{ parked: false, answered, reason, problems },
  };
  await tx.addSlack({ kind: "desk", cause: `letter:${facts.id}`, content }, at);
  return { state: "for_staff", caseId: null, reason };
}

async function tellThread(
  { tx, facts, reading, at }: LetterAtWork,
  caseId: string,
  reason: string,
  answered = false,
): Promise<void> {
  const content = {
    event: "letter_received" as const,
    letterId: facts.id,
    kind: reading.kind,
    from: reading.from,
    ...{ answered, reason },
  };
  await tx.addSlack({ kind: "thread", cause: `letter:${facts.id}`, caseId, content }, at);
}
