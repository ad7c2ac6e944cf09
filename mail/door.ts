import type { Settings } from "../core/config.ts";
import type { Desk, Jobs } from "../core/ports.ts";
import type { Instant } from "../core/terms.ts";
import type { Words } from "../templates/words.ts";
import { ingester } from "./ingest.ts";
import { errorCode, type Log } from "./log.ts";
import { readLetterBytes } from "./read.ts";
import { sendWork } from "./send.ts";
import { smtpPool } from "./smtp.ts";
import { watchMailbox } from "./watch.ts";
import { readWork } from "./work.ts";

/** The mail door: watches the mailbox, reads what came, sends what the desk has to say. */
export interface MailDoor {
  /** True while the mailbox is open and scanned. */
  watching(): boolean;
  lastScanAt(): Instant | null;
  /** Ends with what is under way. */
  stop(): Promise<void>;
}

export interface MailDoorOptions {
  settings: Settings;
  desk: Desk;
  jobs: Jobs;
  words: Words;
  log: Log;
  /** MAIL_GO_LIVE, or the moment of the first start ever: never that of this start. */
  goLive: Instant;
}

const READERS = 4;
const SENDERS = 4;

export async function openMailDoor({
  settings,
  desk,
  jobs,
  log,
  goLive,
}: MailDoorOptions): Promise<MailDoor> {
  const smtp = smtpPool(settings.smtp);
  const { store, sealer } = desk;
  const read = {
    desk,
    read: readLetterBytes,
    mailFrom: settings.mailFrom,
    authservId: settings.authservId,
    log,
  };
  await jobs.work("mail.read", readWork(read), { concurrency: READERS });
  const send = { store, sealer, smtp, now: () => desk.now(), from: settings.mailFrom, log };
  await jobs.work("mail.send", sendWork(send), { concurrency: SENDERS });
  const ingest = ingester({ store, sealer, goLive });
  const watcher = watchMailbox({
    account: settings.imap,
    known: (mailbox, uidValidity) => store.transact((tx) => tx.recordedUids(mailbox, uidValidity)),
    async take(letter) {
      try {
        const { id, duplicate } = await ingest(letter);
        log.info({ letterId: id, uid: letter.place.uid, size: letter.size, duplicate }, "letter stored");
      } catch (error) {
        log.error(
          { uid: letter.place.uid, code: errorCode(error) },
          "letter not stored, stays for the next scan",
        );
        throw error;
      }
    },
    now: () => desk.now(),
    log,
  });
  return {
    watching: () => watcher.watching(),
    lastScanAt: () => watcher.lastScanAt(),
    async stop() {
      await watcher.stop();
      smtp.stop();
    },
  };
}
