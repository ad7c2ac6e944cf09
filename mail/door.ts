import { noteCanary } from "../core/desk/upkeep.ts";
import type { OwnIds } from "../core/own-id.ts";
import type { Desk, Jobs, Leadership } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { Instant } from "../core/terms.ts";
import { openAccounts } from "./accounts.ts";
import { mailboxKey } from "./imap/connection.ts";
import { openJournal } from "./imap/journal.ts";
import { dkimCheck } from "./intake/dkim.ts";
import { readWork } from "./intake/work.ts";
import { readLetterBytes } from "./letter/read.ts";
import type { Log } from "./log.ts";
import { smtpPool } from "./smtp/pool.ts";
import { sendWork } from "./smtp/send.ts";
import { beginTerm, type Term } from "./term.ts";

/** The mail door: watches the mailbox, reads what came, sends what the desk has to say. */
export interface MailDoor {
  /** True while the mailbox is open and scanned, here or by the process that leads while this one stands by. */
  watching(): boolean;
  leading(): boolean;
  lastScanAt(): Instant | null;
  /** Whether the SMTP server could be reached when it was last needed. */
  sending(): boolean;
  /** How full the mailbox is, 0 to 1; null when nobody says, or another process looks. */
  quotaShare(): number | null;
  /** When the access tokens at hand end; null for a password. */
  tokenEnds(): { imap: Instant | null; smtp: Instant | null };
  /** Ends with what is under way. */
  stop(): Promise<void>;
}

export interface MailDoorOptions {
  settings: Settings;
  desk: Desk;
  jobs: Jobs;
  leadership: Leadership;
  ids: OwnIds;
  log: Log;
  /** MAIL_GO_LIVE, or the moment of the first start ever: never that of this start. */
  goLive: Instant;
  waits?: Waits;
}

/** Other waits than those of production, for tests. */
export interface Waits {
  /** The bound of one delivery; leases are a little longer. */
  sendMs?: number;
  /** How long a copy of a letter may take into the journal. */
  doubtGraceMs?: number;
  /** How often letters that are done with are filed away. */
  fileEveryMs?: number;
  /** How often the leader looks for a duty that is due. */
  roundsEveryMs?: number;
  /** How often the leader looks whether the mailbox is nearly full. */
  quotaLookMs?: number;
}

const READERS = 8;
const SENDERS = 8;

export async function openMailDoor(options: MailDoorOptions): Promise<MailDoor> {
  const { settings, desk, jobs, leadership, ids, log, goLive, waits = {} } = options;
  const { store, sealer } = desk;
  const accounts = openAccounts(settings, desk, log);
  const smtp = smtpPool(settings.smtp, { tokens: accounts.smtpTokens, sendMs: waits.sendMs });
  const journal =
    settings.mailJournal === null ? null : openJournal({ ...accounts.imap, mailbox: settings.mailJournal });
  const { authservId, mailFrom } = settings;
  const dkim = settings.dkimVerify ? dkimCheck() : null;
  const onOwnLetter = async (outboundId: string) => void (await noteCanary(desk, outboundId));
  const base = { desk, read: readLetterBytes, ids, mailFrom, authservId, dkim, log };
  const read = readWork({ ...base, onOwnLetter });
  await jobs.work("mail.read", read, { concurrency: READERS });
  const now = () => desk.now();
  const { doubtGraceMs, sendMs } = waits;
  const send = sendWork({ store, sealer, ids, smtp, journal, now, log, doubtGraceMs, sendMs });
  await jobs.work("mail.send", send, { concurrency: SENDERS });

  const office = `mailbox:${mailboxKey(settings.imap, settings.imap.mailbox)}`;
  const context = { settings, access: accounts.imap, desk, goLive, log, waits };
  let term: Term | null = null;
  let ending: Promise<void> = Promise.resolve();
  const candidate = leadership.lead(office, {
    begin(epoch) {
      term = beginTerm(context, { name: office, epoch });
    },
    end() {
      // What an ended term still has in hand is refused by its epoch; nobody has to wait for it.
      const last = term;
      ending = Promise.all([ending, last?.stop()]).then(() => undefined);
      term = null;
    },
  });
  const watcher = () => term?.watcher ?? null;
  return {
    watching: () => watcher()?.watching() ?? candidate.standingBy(),
    leading: () => candidate.leading(),
    sending: () => smtp.reachable(),
    lastScanAt: () => watcher()?.lastScanAt() ?? null,
    quotaShare: () => watcher()?.quota()?.usedShare ?? null,
    tokenEnds: () => ({
      imap: accounts.imapTokens?.expiresAt() ?? null,
      smtp: accounts.smtpTokens?.expiresAt() ?? null,
    }),
    async stop() {
      await candidate.stop();
      await ending;
      smtp.stop();
    },
  };
}
