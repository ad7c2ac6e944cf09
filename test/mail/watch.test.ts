import { afterEach, describe, expect, it } from "vitest";
import { mailboxKey, probeMailbox } from "../../mail/imap/connection.ts";
import { type OpenMailbox, scan } from "../../mail/imap/scan.ts";
import { type BackoffTiming, nextWait } from "../../mail/imap/timing.ts";
import type { FetchedLetter } from "../../mail/intake/ingest.ts";
import { contentKey, headerKey, isAnswerable } from "../../mail/intake/ingest.ts";
import { LETTER_BYTES } from "../../mail/limits.ts";
import { startMail } from "../sandbox/mail.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, Kept, SENDER, watch, writeTo } from "./watched.ts";

afterEach(endWatching);

async function mailWorld() {
  const world = await startMail({ users: [DESK, SENDER] });
  atEnd(() => world.remove());
  return { world, account: deskOf(world.imap(DESK)), write: writeTo(world) };
}

describe("a watched mailbox", () => {
  it("gives what lay there before and what comes while watching, once each", async () => {
    const { account, write } = await mailWorld();
    await write("before");
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["before"]));
    await Promise.all(["a", "b", "c", "d", "e"].map(write));
    await eventually(() => expect(subjects().sort()).toEqual(["a", "b", "before", "c", "d", "e"]));
    expect(watcher.watching()).toBe(true);
    expect(watcher.lastScanAt()).not.toBeNull();
  });

  it("changes no flag", async () => {
    const { world, account, write } = await mailWorld();
    await write("untouched");
    const { subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["untouched"]));
    expect((await world.inbox(DESK)).map((letter) => letter.flags)).toEqual([[]]);
  });

  it("takes more letters than one batch holds", async () => {
    const { account, write } = await mailWorld();
    const names = Array.from({ length: 60 }, (_, at) => `letter ${at}`);
    await Promise.all(names.map(write));
    const { subjects } = watch(account);
    await eventually(() => expect(subjects().sort()).toEqual(names.sort()));
  });

  it("comes back after a cut and after the server was away, and misses nothing", async () => {
    const { world, account, write } = await mailWorld();
    const { watcher, subjects } = watch(account);
    await eventually(() => expect(watcher.watching()).toBe(true));
    world.kick();
    await write("after the cut");
    await eventually(() => expect(subjects()).toEqual(["after the cut"]));
    await world.stop();
    await eventually(() => expect(watcher.watching()).toBe(false));
    await world.start();
    await write("after the outage");
    await eventually(() => expect(subjects()).toEqual(["after the cut", "after the outage"]));
  }, 30_000);

  it("takes only what is new after a restart", async () => {
    const { account, write } = await mailWorld();
    await write("first");
    const { watcher, kept, subjects } = watch(account);
    await eventually(() => expect(subjects()).toEqual(["first"]));
    await watcher.stop();
    await write("second");
    const again = watch(account, { kept });
    await eventually(() => expect(again.subjects()).toEqual(["first", "second"]));
  });

  it("gives a letter again that could not be stored", async () => {
    const { account, write } = await mailWorld();
    await write("not at first");
    const kept = new Kept();
    kept.failures = 1;
    const { subjects } = watch(account, { kept, timing: { rescanAfterFailureMs: 300 } });
    await eventually(() => expect(subjects()).toEqual(["not at first"]));
  }, 20_000);

  it("stops although the server is away", async () => {
    const { world, account } = await mailWorld();
    await world.stop();
    const { watcher } = watch(account);
    await watcher.stop();
    expect(watcher.watching()).toBe(false);
    await world.start();
  });
});

describe("the probe before work starts", () => {
  it("finds a good mailbox good and names what is wrong otherwise", async () => {
    const { world, account } = await mailWorld();
    expect(await probeMailbox(account)).toBeNull();
    expect(await probeMailbox({ ...account, password: "wrong" })).toBe("authentication_failed");
    expect(await probeMailbox({ ...account, mailbox: "Nowhere" })).toBe("mailbox_missing");
    await world.stop();
    expect(await probeMailbox(account)).toBe("ECONNREFUSED");
    await world.start();
  });
});

describe("letters of odd sizes", () => {
  /** A mailbox as a table: what the server says of each size, and what the letter holds. */
  function mailbox(letters: Record<number, { claimed: number; bytes: number }>) {
    const asked: number[][] = [];
    const found = (uid: number) => letters[uid] ?? { claimed: 0, bytes: 0 };
    const box: OpenMailbox = {
      ...{ mailbox: "INBOX", uidValidity: 7n },
      uids: async () => Object.keys(letters).map(Number),
      sizes: async (uids) =>
        uids.map((uid) => ({ uid, size: found(uid).claimed, receivedAt: "2026-04-10T00:00:00.000Z" })),
      letters: async (uids) => {
        asked.push([...uids]);
        return new Map(uids.map((uid) => [uid, new Uint8Array(found(uid).bytes)]));
      },
      headers: async (uids) => new Map(uids.map((uid) => [uid, new Uint8Array(10)])),
    };
    return { box, asked };
  }

  async function takenFrom(letters: Parameters<typeof mailbox>[0]) {
    const { box, asked } = mailbox(letters);
    const taken: FetchedLetter[] = [];
    const takeAll = async (letters: readonly FetchedLetter[]) => {
      taken.push(...letters);
      return { stored: letters.map(({ place }) => place.uid) };
    };
    await scan({ open: box, known: new Set(), takeAll, stopping: () => false }, 1);
    return { asked, taken: taken.map(({ place, oversize, bytes }) => [place.uid, oversize, bytes.length]) };
  }

  it("fetches only the header of one that is too large, also when the server misjudges it", async () => {
    const MB = 1024 * 1024;
    const { taken, asked } = await takenFrom({
      1: { claimed: 100, bytes: 100 },
      2: { claimed: 90 * MB, bytes: 90 * MB },
      3: { claimed: 5, bytes: 26 * MB },
    });
    expect(taken).toEqual([
      [1, false, 100],
      [2, true, 10],
      [3, true, 10],
    ]);
    expect(asked.flat()).not.toContain(2);
  });

  it("never holds more than one batch of bytes", async () => {
    const half = LETTER_BYTES * 0.6;
    const { asked } = await takenFrom({
      1: { claimed: half, bytes: 1 },
      2: { claimed: half, bytes: 1 },
      3: { claimed: 1, bytes: 1 },
    });
    expect(asked).toEqual([[1], [2, 3]]);
  });
});

describe("the name of a letter's content", () => {
  const key = (letter: string) => contentKey(Buffer.from(letter), null);
  const letter = "From: a@b.example\r\nMessage-ID: <1@b.example>\r\nSubject: x\r\n\r\nbody\r\n";

  it("stays when the letter travels another way", () => {
    const again = `Return-Path: <a@b.example>\r\nDelivered-To: desk\r\nReceived: from x\r\n\tby y; now\r\nX-Spam: no\r\n${letter}`;
    expect(key(again)).toBe(key(letter));
  });

  it.each([
    ["another text under the same Message-ID", letter.replace("body", "other")],
    ["another subject", letter.replace("Subject: x", "Subject: y")],
    ["trace words that stand in the body", letter.replace("body", "Received: from x\r\nbody")],
  ])("differs for %s", (_, other) => {
    expect(key(other)).not.toBe(key(letter));
  });
});

describe("the name of a letter's header", () => {
  const key = (letter: string) => headerKey(Buffer.from(letter));
  const letter = "From: a@b.example\r\nSubject: a long\r\n subject\r\n\r\nbody\r\n";

  it("is the same for the letter, for its header alone, and however it is folded or carried", () => {
    for (const same of [
      letter.slice(0, letter.indexOf("body")),
      letter.replace("\r\n subject", " subject"),
      letter.replaceAll("\r\n", "\n"),
      `Received: from x\r\n${letter}`,
    ])
      expect(key(same)).toBe(key(letter));
  });

  it("differs for another header", () => {
    expect(key(letter.replace("long", "short"))).not.toBe(key(letter));
  });
});

describe("the name of a mailbox", () => {
  const account = { user: "desk@hosho.example", host: "IMAP.example" };
  it("holds the account: two accounts may share a mailbox name and a UIDVALIDITY", () => {
    expect(mailboxKey(account, "Journal")).toBe("desk@hosho.example@imap.example/Journal");
    expect(mailboxKey({ ...account, user: "other" }, "Journal")).toBe("other@imap.example/Journal");
  });
  it("knows one INBOX, however it is written", () => {
    expect(mailboxKey(account, "inbox")).toBe(mailboxKey(account, "INBOX"));
  });
});

describe("the wait before the next connection", () => {
  const timing: BackoffTiming = {
    ...{ reconnectMinMs: 1, reconnectMaxMs: 8 },
    ...{ refusedMinMs: 20, refusedMaxMs: 40 },
    ...{ throttledMinMs: 100, throttledMaxMs: 300 },
  };
  const waits = (scanned: boolean, code: string | null, turns: number) => {
    const waited = [1];
    for (let turn = 0; turn < turns; turn++)
      waited.push(nextWait(waited.at(-1) ?? 1, { scanned, code }, timing));
    return waited.slice(1);
  };

  it("doubles while the server is away, and starts anew after a connection that worked", () => {
    expect(waits(false, "ECONNREFUSED", 4)).toEqual([2, 4, 8, 8]);
    expect(nextWait(8, { scanned: true, code: null }, timing)).toBe(1);
  });

  it("is long from the start after a refused login, longer when the server asks for patience", () => {
    expect(waits(false, "authentication_failed", 3)).toEqual([20, 40, 40]);
    expect(waits(false, "throttled", 4)).toEqual([100, 200, 300, 300]);
    expect(nextWait(1, { scanned: true, code: "throttled" }, timing)).toBe(100);
  });
});

it("a letter of the very second of going live is answered, an older one is not", () => {
  const goLive = "2026-04-10T00:00:05.700Z";
  expect(isAnswerable("2026-04-10T00:00:05.000Z", goLive)).toBe(true);
  expect(isAnswerable("2026-04-10T00:00:04.000Z", goLive)).toBe(false);
});
