import type { MailAccount } from "../../core/settings.ts";
import { readHeader, valuesOf } from "../intake/header.ts";
import type { ImapMailbox } from "./box.ts";
import { connectImap, type ImapAccess } from "./connection.ts";
import { mailboxFault } from "./faults.ts";

/** The mailbox where copies of our letters arrive: asked when nobody knows whether a letter left. */
export interface Journal {
  /**
   * Which of these Message-IDs (with angle brackets) lie in the journal now.
   * @throws JournalFault when it cannot be told: that is never "not there".
   */
  find(messageIds: readonly string[]): Promise<Set<string>>;
}

/** `journal_missing`, `journal_slow`, `journal_id`, `journal_unsure`, or a code of `MailboxFault`. */
export class JournalFault extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export interface JournalOptions extends ImapAccess {
  account: MailAccount;
  mailbox: string;
  /** Bound of one look, many letters or one; 30 s unless told. */
  limitMs?: number;
}

const LOOK_MS = 30_000;
/** A part of an ID is found as well: so many look-alikes are compared. More are somebody's trick, and no answer. */
const HITS_MAX = 50;
/** What may stand in a quoted string of a command; longer IDs than this no server carries (RFC 5322 §2.1.1). */
const MESSAGE_ID = /^<[\x21\x23-\x5b\x5d-\x7e]{1,900}>$/;

/** Each look is a connection of its own that sees the mailbox as it is at that moment, read-only. */
export function openJournal(options: JournalOptions): Journal {
  return {
    async find(messageIds) {
      if (messageIds.length === 0) return new Set();
      if (messageIds.some((id) => !MESSAGE_ID.test(id))) throw new JournalFault("journal_id");
      const limit = AbortSignal.timeout(options.limitMs ?? LOOK_MS);
      try {
        return await look(options, messageIds, limit);
      } catch (error) {
        if (error instanceof JournalFault) throw error;
        if (limit.aborted) throw new JournalFault("journal_slow");
        const { code } = mailboxFault(error);
        throw new JournalFault(code === "mailbox_missing" ? "journal_missing" : code);
      }
    },
  };
}

async function look(
  options: JournalOptions,
  messageIds: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const connection = await connectImap(options, { signal });
  try {
    const box = await connection.open(options.mailbox);
    const found = new Set<string>();
    for (const id of messageIds) if (await holds(box, id)) found.add(id);
    return found;
  } finally {
    await connection.leave();
  }
}

async function holds(box: ImapMailbox, id: string): Promise<boolean> {
  const hits = await box.withHeader("Message-ID", id);
  if (hits.length === 0) return false;
  if (hits.length > HITS_MAX) throw new JournalFault("journal_unsure");
  const headers = await box.headers(hits);
  const same = [...headers.values()].some((bytes) =>
    valuesOf(readHeader(bytes).fields, "message-id").includes(id),
  );
  // Something that was found could not be looked at: that is not "not there".
  if (!same && headers.size < hits.length) throw new JournalFault("journal_unsure");
  return same;
}
