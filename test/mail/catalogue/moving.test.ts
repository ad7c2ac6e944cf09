import { afterEach, describe, expect, it } from "vitest";
import type { LetterToFile } from "../../../core/rows/letters.ts";
import { listUids } from "../../../mail/imap/connection.ts";
import { fileAway } from "../../../mail/imap/folders.ts";
import { headerKey } from "../../../mail/intake/ingest.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { filingTable } from "../filing-table.ts";
import { endWatching, eventually, watch } from "../watched.ts";
import { type Box, connect, library, ownDovecot, sharedDovecot } from "./setting.ts";

/** Cases 16 to 20: moving letters, and what other people do to the mailbox meanwhile. */

afterEach(endWatching);

/** Every letter that lies there is done with, in the tables. */
async function doneWith(box: Box) {
  const letters = await box.world.inbox(box.user);
  const rows: LetterToFile[] = letters.map(({ uid, raw, subject }) => ({
    ...{ id: subject, uid, headerKey: headerKey(raw) },
    ...{ folder: "Processed", ownLetter: false },
  }));
  const [place] = await listUids({ account: box.account }, ["INBOX"]);
  if (place === undefined) throw new Error("no INBOX");
  return { place, ...filingTable(box.account, rows) };
}

async function filingBox(box: Box) {
  const filing = await (await connect(box.account)).openForFiling("INBOX");
  if (filing === null) throw new Error("cannot file here");
  return filing;
}

const without = (missing: string) => {
  const capabilities = ["MOVE", "UIDPLUS"].filter((one) => one !== missing).join(" ");
  return `protocol imap {\n  imap_capability = IMAP4rev1 IDLE NAMESPACE ${capabilities}\n}`;
};

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  const box = sharedDovecot(5);

  it("case 16: moving a letter that is gone looks like success to the library, and moves nothing for us", async () => {
    const here = box();
    await here.write("a");
    const { client } = await library(here.account);
    await client.mailboxCreate("Processed");
    await client.mailboxOpen("INBOX");
    const answer = await client.messageMove("99999", "Processed", { uid: true });
    expect(answer).toBeTruthy();
    expect(answer).not.toHaveProperty("uidMap");

    const filing = await filingBox(here);
    expect(await filing.move([99_999], "Processed")).toEqual(new Set());
    expect(await filing.move([1, 99_999], "Processed")).toEqual(new Set([1]));
    expect(await here.subjects("Processed")).toEqual(["a"]);
  }, 30_000);

  it("case 17: moving into a folder that is not there fails without an error; ours is made first", async () => {
    const here = box();
    await here.write("a");
    const { client } = await library(here.account);
    await client.mailboxOpen("INBOX");
    expect(await client.messageMove("1", "Processed", { uid: true })).toBe(false);

    expect(await (await filingBox(here)).move([1], "Processed")).toEqual(new Set());
    expect(await here.subjects()).toEqual(["a"]);
    const { context, place, filed } = await doneWith(here);
    expect(await fileAway(context, place)).toBe("done");
    expect(await here.subjects("Processed")).toEqual(["a"]);
    expect(filed()).toEqual(["Processed"]);
  }, 30_000);

  it.each(["MOVE", "UIDPLUS"])(
    "case 18: on a server without %s letters stay where they are, unmarked",
    async (missing) => {
      const here = await ownDovecot(without(missing));
      await here.write("a");
      const { context, place, filed } = await doneWith(here);
      expect(await fileAway(context, place)).toBe("unsupported");
      const letters = await here.world.inbox(here.user);
      expect(letters.map(({ subject, flags }) => [subject, flags])).toEqual([["a", []]]);
      expect(filed()).toEqual([null]);
    },
    30_000,
  );

  it("case 19: by copying and expunging the library takes away what others marked; we do not move there", async () => {
    const here = await ownDovecot(without("MOVE").replace(" UIDPLUS", ""));
    for (const subject of ["marked by somebody", "done with"]) await here.write(subject);
    here.doveadm("flags add", "\\Deleted", "mailbox", "INBOX", "subject", "marked by somebody");
    const { context, place, rows } = await doneWith(here);
    rows.shift();
    expect(await fileAway(context, place)).toBe("unsupported");
    expect(await here.subjects()).toEqual(["marked by somebody", "done with"]);

    const { client } = await library(here.account);
    await client.mailboxCreate("Processed");
    await client.mailboxOpen("INBOX");
    await client.messageMove("2", "Processed", { uid: true });
    expect(await here.subjects()).toEqual([]);
  }, 30_000);

  it("case 19: letters that somebody else marked as deleted stay when ours are moved", async () => {
    const here = box();
    for (const subject of ["marked by somebody", "done with"]) await here.write(subject);
    here.doveadm("flags add", "\\Deleted", "mailbox", "INBOX", "subject", "marked by somebody");
    const { context, place, rows } = await doneWith(here);
    rows.shift();
    expect(await fileAway(context, place)).toBe("done");
    expect(await here.subjects()).toEqual(["marked by somebody"]);
    expect(await here.subjects("Processed")).toEqual(["done with"]);
  }, 30_000);

  it("case 20: letters deleted between our look and our move shift no number: the right ones are moved", async () => {
    const here = box();
    for (const subject of ["gone before", "gone meanwhile", "done with", "not read yet"])
      await here.write(subject);
    const { context, place, rows, filed } = await doneWith(here);
    rows.pop();
    here.doveadm("expunge", "mailbox", "INBOX", "subject", "gone before");
    const { noteFiled } = context;
    // What is gone is noted after the look and before the move.
    context.noteFiled = async (...noted) => {
      if ((await here.subjects())?.includes("gone meanwhile"))
        here.doveadm("expunge", "mailbox", "INBOX", "subject", "gone meanwhile");
      await noteFiled(...noted);
    };
    await fileAway(context, place);
    expect(await here.subjects()).toContain("not read yet");
    // Dovecot refuses a whole MOVE when one of its letters has gone: the others go in the next round.
    await fileAway(context, place);
    expect(await here.subjects()).toEqual(["not read yet"]);
    expect(await here.subjects("Processed")).toEqual(["done with"]);
    expect(filed()).toEqual(["Processed", "Processed", "Processed"]);
  }, 30_000);

  it("case 20: letters deleted while the mailbox is watched shift no number: the next one is read once", async () => {
    const here = box();
    for (const subject of ["a", "b", "c"]) await here.write(subject);
    const { watcher, kept, subjects } = watch(here.account, { timing: { scanEveryMs: 200 } });
    await eventually(() => expect(subjects()).toEqual(["a", "b", "c"]));
    here.doveadm("expunge", "mailbox", "INBOX", "subject", "a");
    await here.write("d");
    await eventually(() => expect(subjects()).toEqual(["a", "b", "c", "d"]));
    expect([...kept.places.values()].map(({ place }) => place.uid)).toEqual([1, 2, 3, 4]);
    expect(watcher.watching()).toBe(true);
  }, 30_000);
});
