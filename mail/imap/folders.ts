import type { LetterToFile } from "../../core/rows/letters.ts";
import type { Settings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";
import { headerKey } from "../intake/ingest.ts";
import type { Log } from "../log.ts";
import type { FilingMailbox } from "./box.ts";
import { connectImap, type ImapAccess, isInbox } from "./connection.ts";
import { mailboxFault } from "./faults.ts";

/**
 * Moves letters that are done with out of the way, into Processed, Review and Automatic. Housekeeping and nothing else:
 * no decision ever looks at where a letter lies. Only by MOVE (RFC 6851) with UIDPLUS (RFC 4315): copying and expunging
 * by hand loses letters and takes away what other people marked.
 */

export interface FilingContext extends ImapAccess {
  account: Settings["imap"];
  /** MAIL_JOURNAL: our own letters stay in the watched mailbox when they are looked for there. */
  journal: string | null;
  /** Letters in a final state that still lie where they came in. */
  lettersToFile(mailbox: string, uidValidity: bigint, limit: number): Promise<LetterToFile[]>;
  /** `folder` is the watched mailbox itself for letters that stay there for good. */
  noteFiled(ids: readonly string[], folder: string, at: Instant): Promise<void>;
  now(): Instant;
  log: Log;
}

/** Where the watcher watches; rows of another UIDVALIDITY name other letters. */
export interface WatchedPlace {
  mailbox: string;
  uidValidity: bigint;
}

/** `unsupported`: the server cannot move safely, or does not let us; asking again is of no use. */
export type Filed = "nothing" | "done" | "unsupported" | "failed";

/** UIDs in one command, and letters noted at once. */
const LETTERS_AT_ONCE = 100;
/** Batches over one connection: a backlog goes, and the server is not kept busy with it. */
const BATCHES = 10;
/** What one round may take in all. */
const ROUND_MS = 60_000;
const LOOK_EVERY_MS = 60_000;

/** Files what is ready, over a connection of its own that is made only when there is something. */
export async function fileAway(context: FilingContext, place: WatchedPlace): Promise<Filed> {
  const { account, log } = context;
  try {
    const first = await ready(context, place);
    if (first.length === 0) return "nothing";
    const connection = await connectImap(context, { signal: AbortSignal.timeout(ROUND_MS) });
    try {
      const box = await connection.openForFiling(account.mailbox);
      if (box === null) {
        log.warn({}, "letters are not filed: the server offers no safe way to move them");
        return "unsupported";
      }
      if (box.uidValidity !== place.uidValidity) return "failed"; // the watcher is about to see it, too
      let letters = first;
      for (let batch = 0; batch < BATCHES && letters.length > 0; batch++) {
        await fileBatch(context, box, letters);
        letters = letters.length < LETTERS_AT_ONCE ? [] : await ready(context, place);
      }
      return "done";
    } finally {
      await connection.leave();
    }
  } catch (error) {
    log.warn({ code: mailboxFault(error).code }, "letters could not be filed, they stay for the next round");
    return "failed";
  }
}

/** The next letters to move; those that stay are noted as filed where they are. */
async function ready(context: FilingContext, place: WatchedPlace): Promise<LetterToFile[]> {
  const { account, journal } = context;
  const letters = await context.lettersToFile(place.mailbox, place.uidValidity, LETTERS_AT_ONCE);
  const stays = ({ ownLetter, folder }: LetterToFile) =>
    sameMailbox(folder, account.mailbox) ||
    (ownLetter && journal !== null && sameMailbox(journal, account.mailbox));
  await note(context, letters.filter(stays), account.mailbox);
  return letters.filter((letter) => !stays(letter));
}

async function fileBatch(
  context: FilingContext,
  box: FilingMailbox,
  letters: readonly LetterToFile[],
): Promise<void> {
  const present = await box.present(letters.map(({ uid }) => uid));
  const here = letters.filter(({ uid }) => present.has(uid));
  const headers = here.length === 0 ? new Map() : await box.headers(here.map(({ uid }) => uid));
  const same: LetterToFile[] = [];
  const other: LetterToFile[] = [];
  for (const letter of here) {
    const bytes: Uint8Array | undefined = headers.get(letter.uid);
    if (bytes === undefined) continue; // not answered: next round
    (headerKey(bytes) === letter.headerKey ? same : other).push(letter);
  }
  // What a person moved or deleted is out of the way as well.
  for (const [folder, gone] of byFolder(letters.filter(({ uid }) => !present.has(uid))))
    await note(context, gone, folder);
  for (const { id, uid } of other)
    context.log.warn({ letterId: id, uid }, "another letter lies at this UID, it is left alone");
  await note(context, other, context.account.mailbox);
  for (const [folder, group] of byFolder(same)) await move(context, box, group, folder);
}

async function move(
  context: FilingContext,
  box: FilingMailbox,
  letters: readonly LetterToFile[],
  folder: string,
): Promise<void> {
  await box.ensureFolder(folder);
  const uids = letters.map(({ uid }) => uid);
  const moved = await box.move(uids, folder);
  const done = letters.filter(({ uid }) => moved.has(uid));
  await note(context, done, folder);
  context.log.info({ folder, letters: done.length, left: uids.length - done.length }, "letters filed");
}

async function note(
  { noteFiled, now }: FilingContext,
  letters: readonly LetterToFile[],
  folder: string,
): Promise<void> {
  if (letters.length === 0) return;
  await noteFiled(
    letters.map(({ id }) => id),
    folder,
    now(),
  );
}

function byFolder(letters: readonly LetterToFile[]): Map<string, LetterToFile[]> {
  return Map.groupBy(letters, ({ folder }) => folder);
}

function sameMailbox(one: string, other: string): boolean {
  return one === other || (isInbox(one) && isInbox(other));
}

/** Files once a minute, as long as the mailbox is watched. */
export function keepFolders(
  context: FilingContext & { place(): WatchedPlace | null; everyMs?: number | undefined },
): {
  stop(): Promise<void>;
} {
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const later = () => {
    timer = setTimeout(() => {
      round = once();
    }, context.everyMs ?? LOOK_EVERY_MS);
  };
  async function once(): Promise<void> {
    const place = context.place();
    const filed = place === null ? "nothing" : await fileAway(context, place);
    if (!stopping && filed !== "unsupported") later();
  }
  later();
  return {
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
