import { afterEach, describe, expect, it } from "vitest";
import type { FolderName } from "../../core/rows/letters.ts";
import { listUids } from "../../mail/imap/connection.ts";
import { fileAway, keepFolders } from "../../mail/imap/folders.ts";
import { headerKey } from "../../mail/intake/ingest.ts";
import { type DovecotMail, dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startImapScript } from "../sandbox/imap-script.ts";
import { filingTable } from "./filing-table.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** Moving is housekeeping: it may fail in every way, and no letter may be lost or done twice by it. */

afterEach(endWatching);

const PREFIXED = `
namespace inbox {
  inbox = yes
  prefix = INBOX.
  separator = .
}`;

describe.runIf(dovecotInstalled())("letters that are done with", () => {
  async function mailbox(subjects: string[], extra = "") {
    const world = await startDovecot({ users: [DESK, SENDER], extra });
    atEnd(() => world.remove());
    for (const subject of subjects) await writeTo(world)(subject);
    const account = deskOf(world.imap(DESK));
    const [place] = await listUids({ account }, ["INBOX"]);
    if (place === undefined) throw new Error("no INBOX");
    const letters = await world.inbox(DESK);
    const rows = letters.map(({ uid, raw, subject }) => {
      const folder: FolderName = subject.startsWith("review") ? "Review" : "Processed";
      return { id: subject, uid, headerKey: headerKey(raw), folder, ownLetter: subject.startsWith("own") };
    });
    return { world, account, place, ...filingTable(account, rows) };
  }
  const subjectsIn = async (world: DovecotMail, name: string) => {
    const folders = world.doveadm("mailbox", "list", "-u", DESK).split("\n");
    if (!folders.includes(name)) return null;
    return (await world.inbox(DESK, name)).map(({ subject }) => subject).sort();
  };

  it.each([
    ["an ordinary namespace", "", ""],
    ["a namespace below INBOX", PREFIXED, "INBOX."],
  ])(
    "go into folders that are made when missing, in %s",
    async (_, extra, prefix) => {
      const { world, context, place, filed } = await mailbox(["a", "review b", "c"], extra);
      expect(await fileAway(context, place)).toBe("done");
      expect(await subjectsIn(world, `${prefix}Processed`)).toEqual(["a", "c"]);
      expect(await subjectsIn(world, `${prefix}Review`)).toEqual(["review b"]);
      expect(await subjectsIn(world, `${prefix}Automatic`)).toBeNull();
      expect(await subjectsIn(world, "INBOX")).toEqual([]);
      expect(filed()).toEqual(["Processed", "Review", "Processed"]);
      expect(await fileAway(context, place)).toBe("nothing");
    },
    30_000,
  );

  it("count as filed when somebody took them away", async () => {
    const { world, context, place, filed } = await mailbox(["a", "b"]);
    world.doveadm("expunge", "-u", DESK, "mailbox", "INBOX", "subject", "a");
    expect(await fileAway(context, place)).toBe("done");
    expect(filed()).toEqual(["Processed", "Processed"]);
    expect(await subjectsIn(world, "Processed")).toEqual(["b"]);
  }, 30_000);

  it("stay when UIDVALIDITY is another than they were recorded under", async () => {
    const { world, context, place, filed } = await mailbox(["a"]);
    world.doveadm("mailbox", "update", "-u", DESK, "--uid-validity", "99", "INBOX");
    expect(await fileAway(context, place)).toBe("failed");
    expect(await subjectsIn(world, "INBOX")).toEqual(["a"]);
    expect(filed()).toEqual([null]);
  }, 30_000);

  it("of our own stay where the journal is, and go when it is elsewhere", async () => {
    const { world, context, place, filed } = await mailbox(["own copy", "a"]);
    await fileAway({ ...context, journal: "inbox" }, place);
    expect(await subjectsIn(world, "INBOX")).toEqual(["own copy"]);
    expect(filed()).toEqual(["INBOX", "Processed"]);
    const elsewhere = await mailbox(["own copy"]);
    await fileAway({ ...elsewhere.context, journal: "Journal" }, elsewhere.place);
    expect(await subjectsIn(elsewhere.world, "INBOX")).toEqual([]);
  }, 30_000);

  it("are not lost when two movers take them at the same moment", async () => {
    const names = Array.from({ length: 30 }, (_, at) => `letter ${at}`).sort();
    const { world, context, place, rows, account } = await mailbox(names);
    const other = filingTable(
      account,
      rows.map((row) => ({ ...row })),
    );
    await Promise.all([fileAway(context, place), fileAway(other.context, place)]);
    await Promise.all([fileAway(context, place), fileAway(other.context, place)]);
    // Dovecot lets both win: a copy too many is possible, one too few is not.
    expect([...new Set(await subjectsIn(world, "Processed"))]).toEqual(names);
    expect(await subjectsIn(world, "INBOX")).toEqual([]);
    expect([...new Set(rows.map(({ filed }) => filed))]).toEqual(["Processed"]);
  }, 30_000);

  it("are filed while the mailbox is watched, and never read again for it", async () => {
    const { world, account, rows, context, filed } = await mailbox(["a", "b"]);
    const { watcher, kept, subjects } = watch(account, { timing: { scanEveryMs: 200 } });
    const keeper = keepFolders({ ...context, place: () => watcher.place(), everyMs: 100 });
    atEnd(() => keeper.stop());
    await eventually(() => expect(filed()).toEqual(["Processed", "Processed"]));
    await writeTo(world)("c");
    await eventually(() => expect(subjects()).toEqual(["a", "b", "c"]));
    expect(kept.places.size).toBe(3);
    expect(rows).toHaveLength(2);
  }, 30_000);
});

describe("a server that answers MOVE oddly", () => {
  async function answering(move: string) {
    const header = "Subject: a\r\n\r\n";
    const server = await startImapScript((command, say) => {
      if (command.startsWith("UID SEARCH")) say("* SEARCH 1");
      else if (command.startsWith("UID FETCH"))
        say(`* 1 FETCH (UID 1 BODY[HEADER] {${header.length}}\r\n${header})`);
      else if (command.startsWith("STATUS")) say("* STATUS Processed (MESSAGES 0)");
      else return command.startsWith("UID MOVE") ? move : null;
      return "OK done";
    });
    atEnd(() => server.stop());
    const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
    const key = headerKey(Buffer.from(header));
    const row = { id: "a", uid: 1, headerKey: key, folder: "Processed" as const, ownLetter: false };
    return { server, ...filingTable(account, [row]) };
  }
  const place = { mailbox: "x", uidValidity: 7n };

  it.each([
    ["with OK and no word of what was moved", "OK done", null],
    ["with a refusal", "NO [OVERQUOTA] full", null],
    ["with the UIDs", "OK [COPYUID 9 1 41] done", "Processed"],
  ])("%s", async (_, answer, filed) => {
    const world = await answering(answer);
    expect(await fileAway(world.context, place)).toBe("done");
    expect(world.filed()).toEqual([filed]);
    expect(world.server.commands.filter((one) => /COPY|STORE|EXPUNGE/.test(one))).toEqual([]);
  });

  it("that goes away in the midst is a warning and nothing else", async () => {
    const { context, said, server, filed } = await answering("OK done");
    await server.stop();
    expect(await fileAway(context, place)).toBe("failed");
    expect(said).toEqual(["letters could not be filed, they stay for the next round"]);
    expect(filed()).toEqual([null]);
  });
});
