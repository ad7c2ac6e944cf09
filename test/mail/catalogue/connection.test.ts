import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { scan } from "../../../mail/imap/scan.ts";
import { LETTER_BYTES } from "../../../mail/limits.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { startImapScript } from "../../sandbox/imap-script.ts";
import { startStallingProxy } from "../../sandbox/stalling-proxy.ts";
import { atEnd, deskOf, endWatching, eventually, Kept, watch } from "../watched.ts";
import { connect, isStuck, library, sharedDovecot } from "./setting.ts";

/** Cases 1 to 10: what connections do, and what the IMAP library makes of it. */

afterEach(endWatching);

const scripted = (port: number) => deskOf({ host: "127.0.0.1", port, user: "desk", password: "x" });
const letterAt = (uid: number) => `From: a@b.example\r\nSubject: ${uid}\r\n\r\nx\r\n`;

/** Answers FETCH for letters that are only numbers; null for any other command. */
function fetched(command: string, say: (line: string) => void): string | null {
  if (!command.startsWith("UID FETCH")) return null;
  for (const uid of (command.split(" ")[2] ?? "").split(",").map(Number)) {
    const letter = letterAt(uid);
    const size = `RFC822.SIZE ${letter.length} INTERNALDATE "10-Apr-2026 10:00:00 +0900"`;
    const body = `BODY[] {${letter.length}}\r\n${letter}`;
    say(`* ${uid} FETCH (UID ${uid} ${command.includes("RFC822.SIZE") ? size : body})`);
  }
  return "OK done";
}

describe.runIf(dovecotInstalled())("on Dovecot", () => {
  const box = sharedDovecot(14);

  it("case 1: without an error listener a literal too large ends the process", async () => {
    const { account, write } = box();
    await write("x".repeat(3_000));
    const program = `
      import { ImapFlow } from "imapflow";
      const client = new ImapFlow({ host: "127.0.0.1", port: ${account.port}, secure: false, doSTARTTLS: false,
        logger: false, maxLiteralSize: 1000, auth: { user: "${account.user}", pass: "${account.password}" } });
      if (process.argv[1] === "listening") client.on("error", () => {});
      await client.connect();
      await client.mailboxOpen("INBOX", { readOnly: true });
      await client.fetchAll("1", { source: true }).catch(() => {});
      setTimeout(() => process.exit(0), 200);`;
    const exitCode = async (...args: string[]) => {
      const options = ["--input-type=module", "-e", program, ...args];
      const child = spawn(process.execPath, options, { stdio: "ignore", cwd: import.meta.dirname });
      return (await once(child, "exit"))[0];
    };
    expect(await Promise.all([exitCode(), exitCode("listening")])).toEqual([1, 0]);
  }, 30_000);

  it("case 2: a cut in IDLE is a close without an error, and the watcher is back on the close", async () => {
    const { account, write, world } = box();
    const { client, events } = await library(account);
    await client.mailboxOpen("INBOX");
    const idle = client.idle();
    await eventually(() => expect(client.idling).toBe(true));
    const { watcher, subjects, lines } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 300)); // in IDLE by now
    world.kick();
    expect(await idle).toBe(false);
    await eventually(() => expect(events).toEqual(["close"]));
    await write("after the cut");
    await eventually(() => expect(subjects()).toEqual(["after the cut"]));
    expect(watcher.watching()).toBe(true);
    expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
  }, 30_000);

  it("case 3: a half-open line says nothing to the library, and the watcher gives it up", async () => {
    const { account, write } = box();
    const proxy = await startStallingProxy(account.port);
    atEnd(() => proxy.stop());
    const behind = { ...account, port: proxy.port };
    const { client, events } = await library(behind);
    await client.mailboxOpen("INBOX");
    const idle = client.idle();
    const timing = { connectMs: 800, socketMs: 900, idleRenewMs: 600, watchdogMs: 60_000 };
    const { watcher, subjects } = watch(behind, { timing: { ...timing, reconnectMinMs: 50 } });
    await eventually(() => expect(watcher.watching()).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 300)); // in IDLE by now
    proxy.stall();
    proxy.flow();
    await write("while the line was dead");
    await eventually(() => expect(subjects()).toEqual(["while the line was dead"]));
    expect(await isStuck(idle)).toBe(true);
    expect(events).toEqual([]);
  }, 30_000);

  it("case 4: a closed client cannot be used again, and the watcher comes back after each of three cuts", async () => {
    const { account, write, world } = box();
    const { client } = await library(account);
    client.close();
    await expect(client.connect()).rejects.toMatchObject({ code: "InstanceReused" });
    const { watcher, subjects } = watch(account, { timing: { reconnectMinMs: 20 } });
    const cuts = ["first", "second", "third"];
    for (const cut of cuts) {
      await eventually(() => expect(watcher.watching()).toBe(true));
      world.kick();
      await write(cut);
      await eventually(() => expect(subjects()).toContain(cut));
    }
    expect(subjects()).toEqual(cuts);
  }, 30_000);

  it("case 5: a command inside a fetch loop waits for ever, so ours are finished before the next", async () => {
    const { account, write } = box();
    for (const name of ["a", "b", "c"]) await write(name);
    const { client } = await library(account);
    await client.mailboxOpen("INBOX");
    const nested = async () => {
      for await (const one of client.fetch("1:*", { uid: true }))
        await client.fetchOne(one.seq, { flags: true });
    };
    expect(await isStuck(nested())).toBe(true);

    const open = await (await connect(account)).open("INBOX");
    const asked: number[] = [];
    const takeAll = async (letters: Parameters<Kept["take"]>[0]) => {
      const uids = letters.map(({ place }) => place.uid);
      asked.push(...(await open.headers(uids)).keys(), ...(await open.uids(3)));
      return { stored: uids };
    };
    await scan({ open, known: new Set(), takeAll, stopping: () => false }, 1);
    expect(asked).toEqual([1, 2, 3, 3]);
    const [sizes, bodies] = await Promise.all([open.sizes([1, 2]), open.letters([3])]);
    expect([sizes.length, bodies.size]).toEqual([2, 1]);
  }, 30_000);

  it("case 6: a scan that is stopped half way leaves the connection free for the next command", async () => {
    const { account, fill } = box();
    await fill(60);
    const connection = await connect(account);
    const open = await connection.open("INBOX");
    const kept = new Kept();
    const known = new Set<number>();
    const work = { open, known, takeAll: async (letters: Parameters<Kept["take"]>[0]) => kept.take(letters) };
    await scan({ ...work, stopping: () => kept.places.size > 0 }, 1);
    expect(kept.places.size).toBe(50); // a batch
    expect(await isStuck(connection.quotaShare("INBOX"))).toBe(false);
    await scan({ ...work, stopping: () => false }, 1);
    expect(kept.places.size).toBe(60);
  }, 30_000);

  it("case 7: five deliveries are announced once, and all five are read", async () => {
    const { account, write } = box();
    const { client, exists } = await library(account);
    await client.mailboxOpen("INBOX");
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    const five = ["1", "2", "3", "4", "5"];
    await Promise.all(five.map(write));
    await client.noop();
    expect(exists).toEqual([{ count: 5, prevCount: 0 }]);
    await eventually(() => expect(subjects().sort()).toEqual(five));
  }, 30_000);

  it("case 8: a letter that comes between the first look and IDLE is read at once", async () => {
    const { account, write } = box();
    await write("there before");
    const kept = new Kept();
    const takeAll = async (letters: Parameters<Kept["take"]>[0]) => {
      // Searched already, not in IDLE yet.
      if (kept.places.size === 0) await write("in the gap");
      return kept.take(letters);
    };
    const { subjects } = watch(account, { kept, takeAll });
    await eventually(() => expect(subjects()).toEqual(["there before", "in the gap"]));
  }, 30_000);

  it("case 9: asked for what lies beyond the end the server gives the last letter, which is not new", async () => {
    const { account, write } = box();
    for (const name of ["a", "b", "c"]) await write(name);
    const { client } = await library(account);
    await client.mailboxOpen("INBOX");
    const beyond = await client.fetchAll("100:*", { uid: true }, { uid: true });
    expect(beyond.map(({ uid }) => uid)).toEqual([3]);

    const open = await (await connect(account)).open("INBOX");
    expect(await open.uids(100)).toEqual([3]);
    const kept = new Kept();
    const takeAll = async (letters: Parameters<Kept["take"]>[0]) => kept.take(letters);
    const work = { open, known: new Set<number>(), takeAll, stopping: () => false };
    expect(await scan(work, 100)).toEqual({ next: 100, failed: 0 });
    expect(kept.places.size).toBe(0);
  }, 30_000);

  it("case 10: an empty mailbox is watched like any other, new or emptied", async () => {
    const { account, write, doveadm } = box();
    const { client } = await library(account);
    await client.mailboxOpen("INBOX");
    // Dovecot answers BAD, and the library makes an error of it.
    await expect(client.fetchAll("1:*", { uid: true })).rejects.toMatchObject({ responseStatus: "BAD" });

    const { watcher, subjects, lines } = watch(account, { timing: { scanEveryMs: 100 } });
    await eventually(() => expect(watcher.watching()).toBe(true));
    await write("the only one");
    await eventually(() => expect(subjects()).toEqual(["the only one"]));
    doveadm("expunge", "mailbox", "INBOX", "all");
    const scanned = watcher.lastScanAt();
    await eventually(() =>
      expect(Date.parse(watcher.lastScanAt() ?? "")).toBeGreaterThan(Date.parse(scanned ?? "")),
    );
    await write("another");
    await eventually(() => expect(subjects()).toEqual(["the only one", "another"]));
    expect(lines.filter(({ level }) => level !== "info")).toEqual([]);
  }, 30_000);
});

it("case 1: a server that sends more than it may costs a connection and nothing else", async () => {
  let logins = 0;
  const server = await startImapScript((command, say) => {
    if (command.startsWith("LOGIN") || command.startsWith("AUTHENTICATE")) logins++;
    if (command.startsWith("UID SEARCH")) {
      say("* SEARCH 1");
      return "OK done";
    }
    if (logins === 1 && command.includes("BODY.PEEK[]")) {
      say(`* 1 FETCH (UID 1 BODY[] {${LETTER_BYTES * 10}}`);
      return "OK done";
    }
    return fetched(command, say);
  });
  atEnd(() => server.stop());
  const { subjects, said, watcher } = watch(scripted(server.port), { timing: { reconnectMinMs: 20 } });
  await eventually(() => expect(subjects()).toEqual(["1"]));
  expect(said("mailbox connection failed")).toBe(1);
  expect(watcher.watching()).toBe(true);
});

it("case 8: a letter that no server ever announces is found by the next look", async () => {
  let there = [1];
  const server = await startImapScript((command, say) => {
    if (!command.startsWith("UID SEARCH")) return fetched(command, say);
    const [from = 1] = (/(\d+):\*/.exec(command) ?? []).slice(1).map(Number);
    const found = there.filter((uid) => uid >= from);
    say(`* SEARCH ${(found.length > 0 ? found : there.slice(-1)).join(" ")}`);
    return "OK done";
  });
  atEnd(() => server.stop());
  const { subjects, watcher } = watch(scripted(server.port), { timing: { scanEveryMs: 150 } });
  await eventually(() => expect(subjects()).toEqual(["1"]));
  await eventually(() => expect(watcher.watching()).toBe(true));
  there = [1, 2];
  await eventually(() => expect(subjects()).toEqual(["1", "2"]));
});

it("case 10: a server that calls a FETCH of nothing an error is not asked for one", async () => {
  const server = await startImapScript((command) =>
    command.startsWith("UID FETCH") ? "BAD no messages" : null,
  );
  atEnd(() => server.stop());
  const { watcher, said } = watch(scripted(server.port), { timing: { scanEveryMs: 50 } });
  await eventually(() =>
    expect(server.commands.filter((one) => one.startsWith("UID SEARCH")).length).toBeGreaterThan(2),
  );
  expect(watcher.watching()).toBe(true);
  expect(said("mailbox cannot be watched")).toBe(0);
});
