import { tellTrouble } from "../core/desk/trouble.ts";
import type { Desk } from "../core/ports.ts";
import type { Office } from "../core/rows/letters.ts";
import type { Settings } from "../core/settings.ts";
import type { Instant } from "../core/terms.ts";
import type { Waits } from "./door.ts";
import type { ImapAccess } from "./imap/connection.ts";
import { keepFolders } from "./imap/folders.ts";
import { type Watcher, watchMailbox } from "./imap/watch.ts";
import { ingester } from "./intake/ingest.ts";
import { errorCode, type Log } from "./log.ts";
import { deskDuties } from "./upkeep/duties.ts";
import { startRounds } from "./upkeep/rounds.ts";

export interface TermContext {
  settings: Settings;
  access: ImapAccess & { account: Settings["imap"] };
  desk: Desk;
  goLive: Instant;
  log: Log;
  waits: Pick<Waits, "fileEveryMs" | "roundsEveryMs" | "quotaLookMs">;
}

/** What one leader does in its term: it watches the mailbox, keeps its folders and does the duties of the desk. */
export interface Term {
  watcher: Watcher;
  stop(): Promise<void>;
}

/** From this share on the mailbox is nearly full: senders would get bounces soon. */
const QUOTA_ALARM = 0.8;
const QUOTA_LOOK_MS = 60_000;

export function beginTerm(context: TermContext, office: Office): Term {
  const { settings, access, desk, goLive, log, waits } = context;
  const { store, sealer } = desk;
  const today = () => desk.now().slice(0, 10);
  const tell = (code: string, detail: Record<string, string>, once: string) =>
    void tellTrouble(desk, code, detail, once).catch((error: unknown) =>
      log.warn({ code: errorCode(error) }, "staff could not be told of a trouble"),
    );
  const watcher = watchMailbox({
    ...access,
    known: (mailbox, uidValidity) => store.transact((tx) => tx.recordedUids(mailbox, uidValidity)),
    takeAll: ingester({ store, sealer, goLive, office, log }),
    now: () => desk.now(),
    onTrouble: (code) => tell(code, { mailbox: settings.imap.mailbox }, today()),
    log,
  });
  const folders = settings.mailFolders
    ? keepFolders({
        ...access,
        journal: settings.mailJournal,
        lettersToFile: (...asked) => store.transact((tx) => tx.lettersToFile(...asked)),
        noteFiled: (ids, folder) => store.transact((tx) => tx.noteFiled(ids, folder)),
        place: () => watcher.place(),
        everyMs: waits.fileEveryMs,
        now: () => desk.now(),
        log,
      })
    : null;
  const quota = setInterval(() => {
    const share = watcher.quota()?.usedShare ?? 0;
    if (share >= QUOTA_ALARM) tell("quota", { percent: String(Math.floor(share * 100)) }, today());
  }, waits.quotaLookMs ?? QUOTA_LOOK_MS);
  quota.unref();
  const rounds = startRounds({
    duties: deskDuties({ settings, access, desk, goLive, log }),
    store,
    // Before the first scan is done, letters that came meanwhile would be taken for losses.
    mayWork: () => watcher.watching(),
    now: () => desk.now(),
    log,
    everyMs: waits.roundsEveryMs,
  });
  return {
    watcher,
    async stop() {
      clearInterval(quota);
      await Promise.all([watcher.stop(), folders?.stop(), rounds.stop()]);
    },
  };
}
