import { afterEach, describe, expect, it } from "vitest";
import type { ArrivedLetter } from "../../core/rows/letters.ts";
import { Fenced } from "../../core/store.ts";
import { contentKey, type FetchedLetter, ingester } from "../../mail/intake/ingest.ts";
import { readLetterBytes } from "../../mail/letter/read.ts";
import { startMail } from "../sandbox/mail.ts";
import { atEnd, DESK, deskOf, endWatching, eventually, SENDER, watch, writeTo } from "./watched.ts";

/** A batch is one transaction; what goes wrong with one letter must not be the others' trouble. */

afterEach(endWatching);

const OFFICE = { name: "mailbox", epoch: 3 };

/** A store as a table: it takes batches whole or not at all, and refuses what `refuses` says. */
function store(refuses: (letter: ArrivedLetter) => Error | null = () => null) {
  const rows: ArrivedLetter[] = [];
  let transactions = 0;
  const recordLetters = async (letters: readonly ArrivedLetter[]) => {
    const fault = letters.map(refuses).find((one) => one !== null);
    if (fault !== undefined) throw fault;
    rows.push(...letters);
    return letters.map(({ place }) => ({ id: `id${place.uid}`, duplicate: false }));
  };
  const said: string[] = [];
  const line = (_: object, message: string) => void said.push(message);
  const takeAll = ingester({
    store: {
      transact: (work) => {
        transactions++;
        return work({ recordLetters });
      },
    },
    sealer: { seal: (bytes) => bytes, unseal: (bytes) => bytes },
    goLive: "2026-04-01T00:00:00.000Z",
    office: OFFICE,
    log: { info: line, warn: line, error: line },
  });
  return { takeAll, rows, said, transactions: () => transactions };
}

function letter(uid: number, from = "Suzuki <Suzuki@Tone.example>"): FetchedLetter {
  const bytes = Buffer.from(`From: ${from}\r\nSubject: ${uid}\r\n\r\nbody\r\n`);
  const place = { mailbox: "m", uidValidity: 1n, uid };
  return { place, bytes, size: bytes.length, receivedAt: "2026-04-10T00:00:00.000Z", oversize: false };
}

describe("letters that come together", () => {
  it("are stored in one transaction, each with its sender and its names", async () => {
    const { takeAll, rows, transactions } = store();
    expect(await takeAll([letter(1), letter(2, "a@x.example, b@x.example")])).toEqual({ stored: [1, 2] });
    expect(transactions()).toBe(1);
    expect(rows.map(({ sender }) => sender)).toEqual(["suzuki@tone.example", null]);
    for (const row of rows) {
      expect(row.headerKey).toMatch(/^[0-9a-f]{64}$/);
      expect(row.headerKey).not.toBe(row.contentKey);
    }
  });

  it("do not suffer for one among them that cannot be stored", async () => {
    const { takeAll, rows, said } = store(({ place }) => (place.uid === 2 ? new Error("odd bytes") : null));
    expect(await takeAll([letter(1), letter(2), letter(3)])).toEqual({ stored: [1, 3] });
    expect(rows.map(({ place }) => place.uid)).toEqual([1, 3]);
    expect(said.filter((line) => line.startsWith("letter not stored"))).toHaveLength(1);
  });

  it("are none of them stored once another process holds the office", async () => {
    const { takeAll, rows, transactions } = store(() => new Fenced());
    await expect(takeAll([letter(1), letter(2)])).rejects.toBeInstanceOf(Fenced);
    expect(rows).toEqual([]);
    expect(transactions()).toBe(1);
  });
});

describe("the name of a letter", () => {
  const key = (trace: string[], text = "本文") =>
    contentKey(
      Buffer.from(
        [...trace, "From: a@x.example", "Subject: s", "Content-Type: text/plain", "", text, ""].join("\r\n"),
      ),
      null,
    );
  const DATED = ["Date: Fri, 10 Apr 2026 10:00:00 +0900", "Message-ID: <1@x.example>"];

  it("is the same whatever the servers on its way wrote into its header", () => {
    const marks = [
      "Received: from mx2 by mx9; Fri, 10 Apr 2026 10:00:01 +0900",
      "Delivery-date: Fri, 10 Apr 2026 10:00:02 +0900",
      "DKIM-Filter: OpenDKIM Filter v2.11.0 mx 4ABC",
      "IronPort-SDR: 5e1f",
      "Authentication-Results: mx.example; dkim=pass",
      "X-Spam-Score: 0.1",
    ];
    for (const mark of marks) expect(key([mark, ...DATED]), mark).toBe(key(DATED));
  });

  it("differs when the sender wrote something else, were it only the time", () => {
    expect(key(DATED, "別の本文")).not.toBe(key(DATED));
    expect(key(["Date: Sat, 11 Apr 2026 10:00:00 +0900", "Message-ID: <1@x.example>"])).not.toBe(key(DATED));
  });

  it("of a form without date and Message-ID is another one a month later, and the same by two servers", () => {
    const april = "Received: from form.example by mx1; Fri, 10 Apr 2026 10:00:00 +0900";
    const may = "Received: from form.example by mx1; Sun, 10 May 2026 10:00:00 +0900";
    expect(key([april])).not.toBe(key([may]));
    expect(key(["Received: from mx1 by mx7; Fri, 10 Apr 2026 10:00:03 +0900", april])).toBe(key([april]));
  });
});

it("a letter with signs that no table can keep is read without them", async () => {
  const subject = Buffer.from("保証\u0000の照会").toString("base64");
  const bytes = Buffer.from(
    `From: a@x.example\r\nSubject: =?utf-8?B?${subject}?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n本文\u0000です\r\n`,
  );
  const { letter, reading } = await readLetterBytes(bytes);
  expect(letter.subject).toBe("保証の照会");
  expect(JSON.stringify({ letter, reading })).not.toContain("\\u0000");
});

it("a watcher whose office is another's by now ends by itself and takes nothing more", async () => {
  const world = await startMail({ users: [DESK, SENDER] });
  atEnd(() => world.remove());
  await writeTo(world)("one");
  let asked = 0;
  const { watcher, said } = watch(deskOf(world.imap(DESK)), {
    timing: { reconnectMinMs: 10 },
    takeAll: async () => {
      asked++;
      throw new Fenced();
    },
  });
  await eventually(() => expect(said("another process watches this mailbox by now")).toBe(1));
  await writeTo(world)("two");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(asked).toBe(1);
  expect(watcher.watching()).toBe(false);
  await watcher.stop();
});
