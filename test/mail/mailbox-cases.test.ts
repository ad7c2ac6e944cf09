import { afterEach, describe, expect, it } from "vitest";
import { connectImap } from "../../mail/imap.ts";
import { LETTER_BYTES } from "../../mail/limits.ts";
import { scan } from "../../mail/scan.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startImapScript } from "../sandbox/imap-script.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, Kept, SENDER, watch, writeTo } from "./watched.ts";

/** Mailboxes as other people use them while the desk watches, on a real server. */

afterEach(endWatching);

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  async function dovecot() {
    const world = await startDovecot({ users: [DESK, SENDER] });
    atEnd(() => world.remove());
    return { world, account: deskOf(world.imap(DESK)), write: writeTo(world) };
  }

  it("five letters in one breath wake the watcher once or so, and all five come", async () => {
    const { account, write } = await dovecot();
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    await Promise.all(["1", "2", "3", "4", "5"].map(write));
    await eventually(() => expect(subjects().sort()).toEqual(["1", "2", "3", "4", "5"]));
  }, 30_000);

  it("a letter that somebody has opened already is read all the same", async () => {
    const { world, account, write } = await dovecot();
    await write("opened by staff");
    world.doveadm("flags", "add", "-u", DESK, "\\Seen", "mailbox", "INBOX", "all");
    const { subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["opened by staff"]));
  }, 30_000);

  it("a letter that was fetched and not stored is as new as before", async () => {
    const { world, account, write } = await dovecot();
    await write("fetched, then the program died");
    const kept = new Kept();
    kept.failures = Number.POSITIVE_INFINITY;
    const first = watch(account, { kept });
    await eventually(() => expect(first.watcher.watching()).toBe(true));
    await first.watcher.stop();
    expect((await world.inbox(DESK)).flatMap(({ flags }) => flags)).not.toContain("\\Seen");
    const again = watch(account);
    await eventually(() => expect(again.subjects()).toEqual(["fetched, then the program died"]));
  }, 30_000);

  it("letters that others delete meanwhile shift nothing", async () => {
    const { world, account, write } = await dovecot();
    for (const name of ["a", "b", "c"]) await write(name);
    const { watcher, kept, subjects } = watch(account, { timing: { scanEveryMs: 200 } });
    await eventually(() => expect(subjects()).toEqual(["a", "b", "c"]));
    world.doveadm("expunge", "-u", DESK, "mailbox", "INBOX", "subject", "a");
    await write("d");
    await eventually(() => expect(subjects()).toEqual(["a", "b", "c", "d"]));
    expect([...kept.places.values()].map(({ place }) => place.uid)).toEqual([1, 2, 3, 4]);
    expect(watcher.watching()).toBe(true);
  }, 30_000);

  it("an empty mailbox, and a UID beyond the end, give nothing", async () => {
    const { account, write } = await dovecot();
    const connection = await connectImap({ account }, { signal: AbortSignal.timeout(10_000) });
    atEnd(() => connection.leave());
    const empty = await connection.open("INBOX");
    expect(await empty.uids(1)).toEqual([]);
    await write("the only one");
    const open = await connection.open("INBOX");
    const kept = new Kept();
    const work = { open, known: new Set<number>(), stopping: () => false };
    const takeAll = async (letters: Parameters<Kept["take"]>[0]) => kept.take(letters);
    // The server answers `100:*` with the last letter there is (RFC 9051 §6.4.8).
    expect(await scan({ ...work, takeAll }, 100)).toEqual({ next: 100, failed: 0 });
    expect(kept.places.size).toBe(0);
  }, 30_000);

  it("a letter that arrived long ago is read like any other", async () => {
    const { world, account } = await dovecot();
    const raw =
      "Subject: from long ago\r\nFrom: a@b.example\r\nDate: Mon, 1 Jan 2001 00:00:00 +0900\r\n\r\nx\r\n";
    await world.send(SENDER, { to: DESK, raw });
    const { subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["from long ago"]));
  }, 30_000);

  it("a letter too large is known by its header, and the next one is not kept waiting", async () => {
    const { world, account, write } = await dovecot();
    const head = `From: ${SENDER}\r\nSubject: huge\r\n\r\n`;
    const raw = Buffer.concat([Buffer.from(head), Buffer.alloc(LETTER_BYTES, "0123456789abcdef\r\n")]);
    await world.send(SENDER, { to: DESK, raw });
    await write("small");
    const { kept, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["huge", "small"]));
    const [huge] = [...kept.places.values()];
    expect(huge?.oversize).toBe(true);
    expect(huge?.bytes.length).toBeLessThan(10_000);
    expect(huge?.size).toBeGreaterThan(LETTER_BYTES);
  }, 60_000);
});

it("a letter that the server lists and cannot give out does not hold the others, and is told once", async () => {
  const letter = (uid: number) => `From: ${SENDER}\r\nSubject: ${uid}\r\n\r\nx\r\n`;
  const server = await startImapScript((command, say) => {
    if (command.startsWith("UID SEARCH")) say("* SEARCH 1 2 3");
    else if (command.startsWith("UID FETCH")) {
      const uids = (command.split(" ")[2] ?? "").split(",").map(Number);
      if (command.includes("BODY.PEEK[]") && uids.includes(2)) return "NO the message is corrupt";
      for (const uid of uids)
        say(
          command.includes("RFC822.SIZE")
            ? `* ${uid} FETCH (UID ${uid} RFC822.SIZE ${letter(uid).length} INTERNALDATE "10-Apr-2026 10:00:00 +0900")`
            : `* ${uid} FETCH (UID ${uid} BODY[] {${letter(uid).length}}\r\n${letter(uid)})`,
        );
    } else return null;
    return "OK done";
  });
  atEnd(() => server.stop());
  const account = deskOf({ host: "127.0.0.1", port: server.port, user: DESK, password: "x" });
  const { watcher, subjects, troubles } = watch(account, { timing: { scanEveryMs: 100 } });
  await eventually(() => expect(subjects()).toEqual(["1", "3"]));
  await eventually(() =>
    expect(server.commands.filter((one) => one.startsWith("UID FETCH 2 (UID BODY")).length).toBeGreaterThan(
      2,
    ),
  );
  expect(watcher.watching()).toBe(true);
  expect(troubles).toEqual(["letter_refused"]);
});
