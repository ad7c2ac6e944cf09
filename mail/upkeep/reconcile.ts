import { type Reconciliation, tellReconciliation } from "../../core/desk/upkeep.ts";
import type { Desk } from "../../core/ports.ts";
import type { FolderName } from "../../core/rows/letters.ts";
import type { Settings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";
import { connectImap, type FolderUids, type ImapAccess, listUids } from "../imap/connection.ts";
import { mailboxFault } from "../imap/faults.ts";
import { openJournal } from "../imap/journal.ts";
import { headerKey } from "../intake/ingest.ts";

/**
 * Holds what the mail server has against what we recorded, once a day. Each count must be zero:
 * - `unrecorded`: letters in the watched mailbox without a row, by their place.
 * - `unrecordedFiled`: letters in Processed, Review and Automatic that nobody recorded. A move gives a letter a new UID,
 *   so they are compared by their header; a UID in a folder never changes its letter, so each is looked at once, and
 *   those found unknown again every day until they are gone or recorded.
 * - `missingInJournal`: letters we believe were sent that left no copy in MAIL_JOURNAL.
 * - what our tables alone tell ({@link Discrepancies}): unfinished, answered without an answer, unsettled, unsaid.
 */
export interface ReconcileContext {
  settings: Pick<Settings, "mailJournal">;
  access: ImapAccess & { account: Settings["imap"] };
  desk: Pick<Desk, "store" | "now">;
  /** Letters of before are nobody's business; whoever filed them. */
  goLive: Instant;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is younger may still be under way: letters are recorded within a minute, retries come within six hours. */
const UNDER_WAY_MS = HOUR_MS;
const FOLDERS: readonly FolderName[] = ["Processed", "Review", "Automatic"];
/** Headers in one command and keys in one query. */
const HEADERS_AT_ONCE = 200;
/** Headers of one folder and one day; what is left over is looked at the next day. */
const HEADERS_A_DAY = 5_000;
/** Unknown letters that are remembered of a folder: more than anybody will look into one by one. */
const UNKNOWN_MAX = 1_000;
/** Looks are bounded in time; so many IDs need about a second. */
const IDS_AT_ONCE = 50;
const SENT_MAX = 2_000;
/** One connection over all folders. */
const LOOK_MS = 5 * 60_000;

/** How far a folder was looked through, as JSON. */
interface Looked {
  uidValidity: string;
  upTo: number;
  unknown: number[];
}
const DUTY = "reconciliation folders";

/** Looks at everything, writes the counts down and tells staff what is not zero. */
export async function reconcile(context: ReconcileContext): Promise<Reconciliation> {
  const { desk, settings } = context;
  const found: Reconciliation = { counts: {}, unchecked: {} };
  const now = Date.parse(desk.now());
  const before = new Date(now - UNDER_WAY_MS).toISOString();
  Object.assign(found.counts, await desk.store.transact((tx) => tx.discrepancies(before)));
  const part = async (name: string, look: () => Promise<Record<string, number>>) => {
    try {
      Object.assign(found.counts, await look());
    } catch (error) {
      found.unchecked[name] = codeOf(error);
    }
  };
  await part("mailbox", () => compareMailbox(context, before));
  if (settings.mailJournal !== null) await part("journal", () => compareJournal(context, before));
  await tellReconciliation(desk, found);
  return found;
}

/** Faults of the servers have codes; anything else is trouble of ours and ends the duty, which comes again. */
function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

async function compareMailbox(context: ReconcileContext, before: Instant): Promise<Record<string, number>> {
  const { access, desk } = context;
  const { mailbox } = access.account;
  const listed = await listUids(access, [mailbox, ...FOLDERS.filter((folder) => folder !== mailbox)]);
  const signal = AbortSignal.timeout(LOOK_MS);
  const connection = await connectImap(access, { signal });
  try {
    const watched = listed.find(({ folder }) => folder === mailbox);
    let unrecorded = 0;
    if (watched !== undefined) {
      const missing = await withoutRow(desk, watched);
      const box = missing.length === 0 ? null : await connection.open(mailbox);
      const sizes = box === null || box.uidValidity !== watched.uidValidity ? [] : await box.sizes(missing);
      const old = sizes.filter(({ receivedAt }) => receivedAt < before).map(({ uid }) => uid);
      // A letter copied in just now has an old date: by now it was recorded.
      unrecorded = old.length === 0 ? 0 : (await withoutRow(desk, { ...watched, uids: old })).length;
    }
    const looked = await lookedBefore(desk);
    let unrecordedFiled = 0;
    for (const folder of listed.filter((one) => one !== watched)) {
      const box = await connection.open(folder.folder);
      const fresh =
        box.uidValidity === folder.uidValidity
          ? await lookThrough(context, box, folder, looked, before)
          : null;
      if (fresh !== null) looked[folder.folder] = fresh;
      unrecordedFiled += fresh?.unknown.length ?? 0;
    }
    await rememberLooked(desk, looked);
    return { unrecorded, unrecordedFiled };
  } catch (error) {
    throw signal.aborted
      ? Object.assign(new Error("too slow"), { code: "mailbox_slow" })
      : mailboxFault(error);
  } finally {
    await connection.leave();
  }
}

async function withoutRow(
  { store }: ReconcileContext["desk"],
  { mailbox, uidValidity, uids }: FolderUids,
): Promise<number[]> {
  const recorded = await store.transact((tx) => tx.recordedUids(mailbox, uidValidity));
  return uids.filter((uid) => !recorded.has(uid));
}

type Box = Awaited<ReturnType<Awaited<ReturnType<typeof connectImap>>["open"]>>;

/** Looks at what is new in a folder, and again at what was unknown. */
async function lookThrough(
  { desk, goLive }: ReconcileContext,
  box: Box,
  { folder, uidValidity, uids }: FolderUids,
  looked: Readonly<Record<string, Looked>>,
  before: Instant,
): Promise<Looked> {
  const last = looked[folder];
  const known: Pick<Looked, "upTo" | "unknown"> =
    last?.uidValidity === String(uidValidity) ? last : { upTo: 0, unknown: [] };
  const again = uids.filter((uid) => known.unknown.includes(uid));
  const fresh = uids.filter((uid) => uid > known.upTo).slice(0, HEADERS_A_DAY);
  const unknown: number[] = [];
  let upTo = known.upTo;
  for (let from = 0; from < again.length + fresh.length; from += HEADERS_AT_ONCE) {
    const batch = [...again, ...fresh].slice(from, from + HEADERS_AT_ONCE);
    const strange = await unknownOf(desk, box, batch);
    const dated = strange.length === 0 ? [] : await box.sizes(strange);
    unknown.push(...dated.filter(({ receivedAt: at }) => at >= goLive && at < before).map(({ uid }) => uid));
    // What is too young for a judgement is looked at again the next day.
    const young = dated.filter(({ receivedAt }) => receivedAt >= before).map(({ uid }) => uid);
    if (young.length > 0) {
      upTo = Math.max(upTo, Math.min(...young) - 1);
      break;
    }
    upTo = Math.max(upTo, ...batch);
  }
  return { uidValidity: String(uidValidity), upTo, unknown: [...new Set(unknown)].slice(0, UNKNOWN_MAX) };
}

async function unknownOf({ store }: ReconcileContext["desk"], box: Box, uids: readonly number[]) {
  const headers = await box.headers(uids);
  const keys = new Map([...headers].map(([uid, bytes]) => [uid, headerKey(bytes)]));
  const recorded = await store.transact((tx) => tx.knownHeaderKeys([...keys.values()]));
  return [...keys].filter(([, key]) => !recorded.has(key)).map(([uid]) => uid);
}

async function lookedBefore({ store }: ReconcileContext["desk"]): Promise<Record<string, Looked>> {
  const duty = await store.transact((tx) => tx.duty(DUTY));
  return (duty?.left ?? {}) as unknown as Record<string, Looked>;
}

async function rememberLooked({ store, now }: ReconcileContext["desk"], looked: Record<string, Looked>) {
  await store.transact(async (tx) => {
    await tx.takeDuty(DUTY, now(), now());
    await tx.leaveDuty(DUTY, { ...looked });
  });
}

const NOBODYS_ID = "<nobody@invalid>";

async function compareJournal(
  { settings, access, desk }: ReconcileContext,
  before: Instant,
): Promise<Record<string, number>> {
  if (settings.mailJournal === null) return {};
  const journal = openJournal({ ...access, mailbox: settings.mailJournal });
  // A day and an hour: what was too young yesterday is looked at today.
  const from = new Date(Date.parse(before) - DAY_MS - UNDER_WAY_MS).toISOString();
  const sent = await desk.store.transact((tx) => tx.sentBetween(from, before, SENT_MAX));
  // Also when there is nothing to compare: a journal that cannot be opened is no agreement.
  if (sent.length === 0) await journal.find([NOBODYS_ID]);
  let missingInJournal = 0;
  for (let at = 0; at < sent.length; at += IDS_AT_ONCE) {
    const ids = sent.slice(at, at + IDS_AT_ONCE);
    const there = await journal.find(ids);
    missingInJournal += ids.filter((id) => !there.has(id)).length;
  }
  return { missingInJournal };
}
