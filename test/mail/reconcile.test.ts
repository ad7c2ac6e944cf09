import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealerFromKey } from "../../core/seal.ts";
import { mailboxKey } from "../../mail/imap/connection.ts";
import { fileAway } from "../../mail/imap/folders.ts";
import { type Watcher, watchMailbox } from "../../mail/imap/watch.ts";
import { ingester } from "../../mail/intake/ingest.ts";
import { reconcile } from "../../mail/upkeep/reconcile.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase, onServer, pastTriggers } from "../database.ts";
import { composed, OFFICE, outgoing } from "../prisma/samples.ts";
import { type DovecotMail, startDovecot } from "../sandbox/dovecot.ts";
import { DESK, deskOf, SENDER, writeTo } from "./watched.ts";

/** What Dovecot has against what the store has, two hours later. */

let fresh: FreshDatabase;
let database: Database;
let world: DovecotMail;
let watcher: Watcher;
const sealer = sealerFromKey(randomBytes(32).toString("base64"));
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START = "2026-01-01T00:00:00.000Z";

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
});
beforeEach(async () => {
  await pastTriggers(
    fresh.url,
    "TRUNCATE letters, outbound_letters, slack_messages, duties, audit_entries, counters",
  );
  world = await startDovecot({ users: [DESK, SENDER] });
  watcher = watchMailbox({
    account: account(),
    known: (mailbox, uidValidity) => database.store.transact((tx) => tx.recordedUids(mailbox, uidValidity)),
    takeAll: ingester({ store: database.store, sealer, goLive: START, office: OFFICE, log: quiet }),
    now: () => new Date().toISOString(),
    log: quiet,
  });
});
afterEach(async () => {
  await watcher.stop();
  await world.remove();
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const account = () => deskOf(world.imap(DESK));

/** So many hours from now, when nothing can be under way any more. */
async function look(hours = 2, change: { mailJournal?: string; goLive?: string } = {}) {
  const now = () => new Date(Date.now() + hours * 3_600_000).toISOString();
  const { mailJournal = null, goLive = START } = change;
  const { store } = database;
  return reconcile({
    settings: { mailJournal },
    access: { account: account() },
    desk: { store, now },
    goLive,
  });
}

async function rows<T extends object>(sql: string): Promise<T[]> {
  const db = await connectOnce(fresh.url);
  try {
    return (await db.query<T>(sql)).rows;
  } finally {
    await db.end();
  }
}
const told = async () =>
  (
    await rows<{ content: { code: string; detail: Record<string, string> } }>(
      "SELECT post->'content' AS content FROM slack_messages ORDER BY created_at",
    )
  ).map(({ content }) => content);

/** Letters that came in, were recorded and are done with. */
async function letters(...subjects: string[]): Promise<void> {
  for (const subject of subjects) await writeTo(world)(subject);
  await vi.waitFor(async () => expect(await rows("SELECT id FROM letters")).toHaveLength(subjects.length), {
    timeout: 15_000,
  });
  await onServer(fresh.url, "UPDATE letters SET state = 'noted', finished_at = received_at");
}

/** Letters out that the server took. */
async function sentLetters(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const id of ids)
    await database.store.transact((tx) =>
      tx.addLetter(outgoing(id, SENDER), Uint8Array.of(1), composed(id), new Date().toISOString()),
    );
  await onServer(fresh.url, "UPDATE outbound_letters SET state = 'sent'");
  return ids;
}

const nothing = {
  unfinishedLetters: 0,
  answeredWithoutLetter: 0,
  unsettledOutbound: 0,
  untoldSlack: 0,
  unrecorded: 0,
  unrecordedFiled: 0,
};

describe("the daily reconciliation", () => {
  it("finds nothing where all is well, tells nobody, and leaves the counts in the audit log", async () => {
    await letters("a", "b", "c");
    const place = {
      mailbox: mailboxKey(account(), "INBOX"),
      uidValidity: watcher.place()?.uidValidity ?? 0n,
    };
    const { store } = database;
    await fileAway(
      {
        account: account(),
        journal: null,
        lettersToFile: (...asked) => store.transact((tx) => tx.lettersToFile(...asked)),
        noteFiled: (ids, folder) => store.transact((tx) => tx.noteFiled(ids, folder)),
        now: () => new Date().toISOString(),
        log: quiet,
      },
      place,
    );
    await vi.waitFor(() =>
      expect(world.doveadm("search", "-u", DESK, "mailbox", "Processed", "all")).toMatch(/\n/),
    );
    expect(await look()).toEqual({ counts: nothing, unchecked: {} });
    expect(await told()).toEqual([]);
    const entries = await rows("SELECT action, data FROM audit_entries");
    expect(entries).toEqual([{ action: "reconciled", data: { counts: nothing, unchecked: {} } }]);
  });

  it("finds a letter in the mailbox that has no row, and tells staff once a day", async () => {
    await letters("a", "b");
    await onServer(fresh.url, "DELETE FROM letters WHERE uid = 1");
    expect((await look()).counts).toMatchObject({ ...nothing, unrecorded: 1 });
    await look();
    expect(await told()).toMatchObject([
      {
        event: "engine_trouble",
        code: "reconciliation",
        detail: { letters: "0", answers: "0", outbound: "0", slack: "0", mailbox: "1", journal: "0" },
      },
    ]);
    await look(26);
    expect(await told()).toHaveLength(2);
  });

  it("does not take a letter that has just come for a lost one", async () => {
    await letters("a", "b");
    await onServer(fresh.url, "DELETE FROM letters WHERE uid = 1");
    expect((await look(0)).counts).toMatchObject({ unrecorded: 0 });
  });

  it("finds a letter that a person filed away before it was recorded, every day until it is dealt with", async () => {
    await letters("a");
    await watcher.stop();
    await writeTo(world)("filed too early");
    world.doveadm("mailbox", "create", "-u", DESK, "Processed");
    world.doveadm("move", "-u", DESK, "Processed", "mailbox", "INBOX", "subject", "early");
    expect((await look()).counts).toMatchObject({ ...nothing, unrecordedFiled: 1 });
    expect((await look(26)).counts).toMatchObject({ unrecorded: 0, unrecordedFiled: 1 });
    world.doveadm("move", "-u", DESK, "INBOX", "mailbox", "Processed", "subject", "early");
    // In the mailbox again, it is for the watcher, who is away.
    expect((await look(50)).counts).toMatchObject({ unrecorded: 1, unrecordedFiled: 0 });
  });

  it("leaves alone what somebody filed before the desk went live", async () => {
    await letters("a");
    await watcher.stop();
    await writeTo(world)("old affair");
    world.doveadm("mailbox", "create", "-u", DESK, "Review");
    world.doveadm("move", "-u", DESK, "Review", "mailbox", "INBOX", "subject", "old");
    const goLive = new Date(Date.now() + 60_000).toISOString();
    expect((await look(2, { goLive })).counts).toMatchObject(nothing);
  });

  it("looks at each filed letter once, and at those of a folder made anew again", async () => {
    await letters("a");
    world.doveadm("mailbox", "create", "-u", DESK, "Automatic");
    world.doveadm("copy", "-u", DESK, "Automatic", "mailbox", "INBOX", "all");
    await look();
    const left = async () =>
      (await rows<{ left: Record<string, { upTo: number }> }>(`SELECT "left" FROM duties`))[0]?.left.Automatic
        ?.upTo;
    expect(await left()).toBe(1);
    world.doveadm("mailbox", "update", "-u", DESK, "--uid-validity", "77", "Automatic");
    await onServer(fresh.url, "DELETE FROM letters");
    expect((await look(3)).counts).toMatchObject({ unrecorded: 1, unrecordedFiled: 1 });
  });

  it("finds letters that were sent and left no copy in the journal", async () => {
    await letters("a");
    world.doveadm("mailbox", "create", "-u", DESK, "Journal");
    const ids = await sentLetters(3);
    const raw = `From: ${DESK}\r\nTo: ${DESK}\r\nMessage-ID: ${composed(ids[0] ?? "").messageId}\r\nSubject: copy\r\n\r\ncopy\r\n`;
    await world.send(SENDER, { to: DESK, raw });
    await vi.waitFor(() =>
      world.doveadm("move", "-u", DESK, "Journal", "mailbox", "INBOX", "subject", "copy"),
    );
    await vi.waitFor(() =>
      expect(world.doveadm("search", "-u", DESK, "mailbox", "Journal", "all")).toMatch(/\n/),
    );
    const { counts, unchecked } = await look(2, { mailJournal: "Journal" });
    expect([counts.missingInJournal, unchecked]).toEqual([2, {}]);
    expect((await told()).at(-1)?.detail).toMatchObject({ journal: "2" });
  });

  it("tells staff what it could not look at instead of calling it well", async () => {
    await letters("a");
    await sentLetters(1);
    const found = await look(2, { mailJournal: "No such mailbox" });
    expect(found.unchecked).toEqual({ journal: "journal_missing" });
    await watcher.stop();
    await world.stop();
    expect((await look(26)).unchecked).toEqual({ mailbox: "ECONNREFUSED" });
    expect((await told()).map(({ detail }) => [detail.mailbox, detail.journal, detail.unchecked])).toEqual([
      ["0", undefined, "journal (journal_missing)"],
      [undefined, "0", "mailbox (ECONNREFUSED)"],
    ]);
    await world.start();
  });
});
