import { receiveBounce } from "../../core/desk/bounce.ts";
import { parkLetter } from "../../core/desk/park.ts";
import { type LetterFacts, receiveLetter } from "../../core/desk/receive.ts";
import type { OwnIds } from "../../core/own-id.ts";
import type { Desk } from "../../core/ports.ts";
import type { StoredLetter } from "../../core/rows/letters.ts";
import type { Evidence, Reading } from "../../core/terms.ts";
import { keepable } from "../../core/text.ts";
import { errorCode, type Log } from "../log.ts";
import { together } from "../together.ts";
import { bounceOf } from "./bounces.ts";
import type { DkimCheck } from "./dkim.ts";
import { type HeaderField, messageIds, readHeader, valuesOf } from "./header.ts";
import { loopReason } from "./loops.ts";
import { onlySender } from "./sender.ts";
import { senderTrust, type Trust } from "./trust.ts";

/** What reading a letter gives here; `mail/letter/read.ts` does it. */
export type ReadLetter = (bytes: Uint8Array) => Promise<{
  letter: { subject: string; notes: string[] };
  reading: Reading;
  evidence: readonly Evidence[];
}>;

export interface ReadWork {
  desk: Desk;
  read: ReadLetter;
  ids: OwnIds;
  /** MAIL_FROM. */
  mailFrom: string;
  /** MAIL_AUTHSERV_ID. */
  authservId: string | null;
  /** Null: signatures are not checked. */
  dkim: DkimCheck | null;
  /** A letter of ours came in: the canary is one. */
  onOwnLetter?(outboundId: string): Promise<void>;
  log: Log;
}

/** A letter that broke its reader this often is for a person; so nothing can block or loop. */
export const READ_FAILURES_MAX = 3;
/**
 * Attempts that ended without a word, by a killed process or a database that went away. More than failures, for that
 * is rarely the letter's fault.
 */
export const ATTEMPTS_MAX = 6;
/** Where a proof is demanded and the DNS is silent, the letter waits so long for it, asking again and again. */
const PROOF_WAIT_MS = 3_600_000;
const PROOF_AGAIN_MS = 60_000;

/**
 * Handler of `mail.read`: understands a stored letter and hands it to the desk, which decides and answers. The attempt
 * is counted and committed first, so that a letter that kills the process counts too.
 * @throws when reading or the database failed and attempts are left; the queue tries again.
 */
export function readWork(work: ReadWork): (id: string) => Promise<void> {
  const { desk, log } = work;
  const begin = together((ids: readonly string[]) => desk.store.transact((tx) => tx.beginLetters(ids)));
  const underWay = new Set<string>();

  async function attempt(id: string): Promise<void> {
    const stored = await begin(id);
    if (stored === null || stored.state !== "stored" || !stored.answerable) return;
    const park = async (reason: string) => {
      await parkLetter(desk, id, reason);
      log.warn({ letterId: id, reason }, "letter parked for staff");
    };
    if (stored.oversize) return park("too_large");
    if (stored.attempts > ATTEMPTS_MAX) return park("unreadable");
    const understood = await understand(work, stored).catch((error: unknown) => errorCode(error));
    if (typeof understood === "string") {
      log.error({ letterId: id, attempt: stored.attempts, code: understood }, "letter could not be read");
      // Only the code goes on: a parser's message may quote the letter.
      if (stored.attempts < READ_FAILURES_MAX) throw new Error(`letter could not be read (${understood})`);
      return park("unreadable");
    }
    await deal(work, stored, understood, park);
  }

  return async (id) => {
    // A letter that waited when processes died may have several jobs. One is enough: it ends the letter, puts it off with
    // a job of its own, or comes again; and only attempts that were really made may count.
    if (underWay.has(id)) return;
    underWay.add(id);
    try {
      await attempt(id);
    } finally {
      underWay.delete(id);
    }
  };
}

/** What a letter turned out to be. */
type Understood =
  | { what: "bounce"; facts: LetterFacts; bounce: NonNullable<ReturnType<typeof bounceOf>> }
  | {
      what: "letter";
      facts: LetterFacts;
      reading: Reading;
      evidence: readonly Evidence[];
      ownId: string | null;
    }
  | { what: "unproven" }
  | { what: "odd"; reason: string };

async function deal(
  { desk, log, onOwnLetter }: ReadWork,
  stored: StoredLetter,
  understood: Understood,
  park: (reason: string) => Promise<void>,
): Promise<void> {
  const letterId = stored.id;
  switch (understood.what) {
    case "odd":
      return park(understood.reason);
    case "unproven": {
      const until = new Date(Date.parse(desk.now()) + PROOF_AGAIN_MS).toISOString();
      await desk.store.transact((tx) => tx.postponeLetter(letterId, until));
      return log.warn({ letterId, until }, "letter waits: its sender's proof cannot be looked up now");
    }
    case "bounce":
      if (await receiveBounce(desk, understood.facts, understood.bounce))
        return log.info({ letterId, outboundId: understood.bounce.outboundId }, "delivery report");
      // Of a letter that the tables do not know: a restored backup, or another desk under the same key.
      return park("delivery_report");
    case "letter": {
      const { facts, reading, evidence, ownId } = understood;
      const received = await receiveLetter(desk, facts, reading, evidence);
      if (!received) return log.info({ letterId }, "letter waits for its turn");
      log.info({ letterId, kind: reading.kind, notAnswered: facts.notAnswered }, "letter received");
      if (ownId !== null) await onOwnLetter?.(ownId);
    }
  }
}

class UnreadableLetter extends Error {
  override readonly name = "UnreadableLetter";
}

/** The loop wall comes first: what may not be answered is told apart before trust is asked for. */
async function understand(work: ReadWork, stored: StoredLetter): Promise<Understood> {
  const { ids, desk } = work;
  const bytes = desk.sealer.unseal(stored.sealedRaw);
  const { fields } = readHeader(bytes);
  const notAnswered = loopReason(fields, work.mailFrom, ids);
  const trust = notAnswered === null ? await provenSender(work, stored, fields, bytes) : UNASKED;
  if (trust === null) return { what: "unproven" };
  const bounce = notAnswered === null ? null : bounceOf(fields, bytes, ids);
  if (bounce !== null)
    return { what: "bounce", bounce, facts: factsOf(stored, fields, null, trust, notAnswered) };
  const { letter, reading, evidence } = await work.read(bytes);
  // A parser that ran out of time or memory may have been unlucky: the queue brings the letter back.
  if (letter.notes.includes("unreadable")) throw new UnreadableLetter();
  const sender = onlySender(fields);
  // Two readers of one header: where they disagree about who wrote, nobody is answered. Automatic mail often has no
  // proper sender and needs none.
  const agreed = sender !== null && sender.toLowerCase() === reading.from?.toLowerCase();
  if (!agreed && notAnswered === null) return { what: "odd", reason: "no_single_sender" };
  const facts = factsOf(stored, fields, letter.subject, trust, notAnswered);
  const ownId = facts.messageId === null ? null : ids.idOf(facts.messageId);
  return { what: "letter", facts, reading, evidence, ownId };
}

type Proof = Pick<Trust, "authenticated" | "evidence">;
const UNASKED: Proof = { authenticated: false, evidence: null };

/**
 * @returns null when the proof decides (MAIL_TRUST=require), cannot be looked up right now and may be there later.
 * Where it decides nothing the letter does not wait for it.
 */
async function provenSender(
  { desk, authservId, dkim }: ReadWork,
  { receivedAt }: StoredLetter,
  fields: readonly HeaderField[],
  bytes: Uint8Array,
): Promise<Proof | null> {
  const trust = await senderTrust(fields, bytes, { authservId, dkim, receivedAt });
  const patient = Date.parse(desk.now()) - Date.parse(receivedAt) < PROOF_WAIT_MS;
  return trust.tryLater && patient && desk.policy.mailTrust === "require" ? null : trust;
}

function factsOf(
  stored: StoredLetter,
  fields: readonly HeaderField[],
  subject: string | null,
  { authenticated, evidence }: Proof,
  notAnswered: string | null,
): LetterFacts {
  const references = messageIds(valuesOf(fields, "references")[0]);
  return {
    id: stored.id,
    receivedAt: stored.receivedAt,
    uncapped: stored.uncapped,
    subject,
    messageId: messageIds(valuesOf(fields, "message-id")[0])[0] ?? null,
    references: references.length > 0 ? references : messageIds(valuesOf(fields, "in-reply-to")[0]),
    authenticated,
    authenticationResults: keepable(evidence),
    notAnswered,
  };
}
