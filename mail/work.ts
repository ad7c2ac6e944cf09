import { type LetterFacts, parkLetter, receiveLetter } from "../core/desk/receive.ts";
import type { Desk } from "../core/ports.ts";
import type { StoredLetter } from "../core/store.ts";
import type { Reading } from "../core/terms.ts";
import { type HeaderField, messageIds, readHeader, valuesOf } from "./header.ts";
import { errorCode, type Log } from "./log.ts";
import { loopReason } from "./loops.ts";
import { onlySender } from "./sender.ts";
import { inOneStep } from "./together.ts";
import { senderTrust } from "./trust.ts";

/** What reading a letter gives here; `mail/read.ts` does it. */
export type ReadLetter = (
  bytes: Uint8Array,
) => Promise<{ letter: { subject: string; notes: string[] }; reading: Reading }>;

export interface ReadWork {
  desk: Desk;
  read: ReadLetter;
  /** MAIL_FROM. */
  mailFrom: string;
  /** MAIL_AUTHSERV_ID. */
  authservId: string | null;
  log: Log;
}

/** A letter that broke its reader this often is for a person; so nothing can block or loop. */
export const READ_FAILURES_MAX = 3;
/**
 * Attempts that ended without a word, by a killed process or a database that went away. More than failures, for that
 * is rarely the letter's fault.
 */
export const ATTEMPTS_MAX = 6;

/**
 * Handler of `mail.read`: understands a stored letter and hands it to the desk, which decides and answers. The attempt
 * is counted and committed first, so that a letter that kills the process counts too.
 * @throws when reading or the database failed and attempts are left; the queue tries again.
 */
export function readWork(work: ReadWork): (id: string) => Promise<void> {
  const begin = inOneStep(work.desk.store, (tx, id: string) => tx.beginLetter(id));
  return async (id) => {
    const stored = await begin(id);
    if (stored === null || stored.state !== "stored" || !stored.answerable) return;
    const park = async (reason: string) => {
      await parkLetter(work.desk, id, reason);
      work.log.warn({ letterId: id, reason }, "letter parked for staff");
    };
    if (stored.oversize) return park("too_large");
    if (stored.attempts > ATTEMPTS_MAX) return park("unreadable");
    const understood = await understand(work, stored).catch((error: unknown) => errorCode(error));
    if (typeof understood === "string") {
      work.log.error(
        { letterId: id, attempt: stored.attempts, code: understood },
        "letter could not be read",
      );
      // Only the code goes on: a parser's message may quote the letter.
      if (stored.attempts < READ_FAILURES_MAX) throw new Error(`letter could not be read (${understood})`);
      return park("unreadable");
    }
    const { facts, reading, parked } = understood;
    if (parked !== null) return park(parked);
    await receiveLetter(work.desk, facts, reading);
    work.log.info({ letterId: id, kind: reading.kind, notAnswered: facts.notAnswered }, "letter received");
  };
}

class UnreadableLetter extends Error {
  override readonly name = "UnreadableLetter";
}

/** The loop wall comes first: what may not be answered is told apart before trust is asked for. */
async function understand(
  work: ReadWork,
  stored: StoredLetter,
): Promise<{ facts: LetterFacts; reading: Reading; parked: string | null }> {
  const bytes = work.desk.sealer.unseal(stored.sealedRaw);
  const { fields } = readHeader(bytes);
  const notAnswered = loopReason(fields, work.mailFrom);
  const { letter, reading } = await work.read(bytes);
  // A parser that ran out of time or memory may have been unlucky: the queue brings the letter back.
  if (letter.notes.includes("unreadable")) throw new UnreadableLetter();
  const sender = onlySender(fields);
  // Two readers of one header: where they disagree about who wrote, nobody is answered. Automatic mail often has no
  // proper sender and needs none.
  const agreed = sender !== null && sender.toLowerCase() === reading.from?.toLowerCase();
  const facts = {
    ...factsOf(stored, fields, letter.subject),
    ...senderTrust(fields, work.authservId),
    notAnswered,
  };
  return { facts, reading, parked: agreed || notAnswered !== null ? null : "no_single_sender" };
}

function factsOf(stored: StoredLetter, fields: readonly HeaderField[], subject: string | null) {
  const references = messageIds(valuesOf(fields, "references")[0]);
  return {
    id: stored.id,
    receivedAt: stored.receivedAt,
    subject,
    messageId: messageIds(valuesOf(fields, "message-id")[0])[0] ?? null,
    references: references.length > 0 ? references : messageIds(valuesOf(fields, "in-reply-to")[0]),
  };
}
