import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownIds } from "../../core/own-id.ts";
import type { Desk } from "../../core/ports.ts";
import { sealerFromKey } from "../../core/seal.ts";
import { ingest } from "../../mail/intake/ingest.ts";
import { READ_FAILURES_MAX, type ReadLetter, readWork } from "../../mail/intake/work.ts";
import { readLetterBytes } from "../../mail/letter/read.ts";
import { composer } from "../../mail/smtp/compose.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { documentPort } from "../../templates/documents/documents.ts";
import { loadWords } from "../../templates/words.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { OFFICE } from "../prisma/samples.ts";

const DESK = "hosho@mihon-hosho.example";
const SEAL_KEY = randomBytes(32).toString("base64");
const ids = ownIds([SEAL_KEY]);
const GO_LIVE = "2026-04-01T00:00:00.000Z";
const silent = { info() {}, warn() {}, error() {} };

let fresh: FreshDatabase;
let database: Database;
let desk: Desk;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
  const now = () => "2026-04-10T01:00:00.000Z";
  const guarantor = {
    name: "見本建設業保証株式会社",
    address: "東京都千代田区",
    representative: "見本 太郎",
  };
  desk = {
    ...{ store: database.store, now, random: (length) => randomBytes(length), newId: () => randomUUID() },
    sealer: sealerFromKey(SEAL_KEY),
    documents: documentPort(),
    compose: composer({ from: DESK, guarantor, words: loadWords(), now, ids, verp: false }),
    recheck: () => [],
    policy: {
      guarantor,
      deskAddress: DESK,
      approvals: 2,
      mailTrust: "registered",
      verifyFailuresMax: 5,
      caps: { sender: 0, domain: 0, case: 0, global: 0 },
      workKindWords: [],
      fees: () => [],
    },
  };
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

let uid = 0;

/** A letter as it lies in the mailbox, stored but not read. */
async function arrive(
  lines: string[],
  change: { receivedAt?: string; oversize?: boolean } = {},
): Promise<string> {
  const bytes = Buffer.from([...lines, `X-Note: ${++uid}`, `Subject: ${uid}`, "", "hello", ""].join("\r\n"));
  const place = { mailbox: "INBOX", uidValidity: 1n, uid };
  const letter = {
    place,
    bytes,
    size: bytes.length,
    receivedAt: "2026-04-10T00:59:00.000Z",
    oversize: false,
    ...change,
  };
  const { id } = await ingest(
    { store: database.store, sealer: desk.sealer, goLive: GO_LIVE, office: OFFICE },
    letter,
  );
  return id;
}

const reader = (read: ReadLetter = readLetterBytes) =>
  readWork({ desk, read, mailFrom: DESK, ids, authservId: null, dkim: null, log: silent });
const stateOf = async (id: string) => (await database.store.transact((tx) => tx.letter(id)))?.state;

const PERSON = ["From: suzuki@tone.example", "Message-ID: <1@tone.example>"];

describe("a stored letter", () => {
  it("of a person goes to staff when nothing else fits", async () => {
    const id = await arrive(PERSON);
    await reader()(id);
    expect(await stateOf(id)).toBe("for_staff");
  });

  it("is read once, however often its job comes", async () => {
    const id = await arrive(PERSON);
    let reads = 0;
    const counting: ReadLetter = (bytes) => {
      reads++;
      return readLetterBytes(bytes);
    };
    await reader(counting)(id);
    await reader(counting)(id);
    expect(reads).toBe(1);
  });

  it("with many jobs, as after several crashes, counts as tried once and is not given up on", async () => {
    const id = await arrive(PERSON);
    let reads = 0;
    const slowly: ReadLetter = async (bytes) => {
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return readLetterBytes(bytes);
    };
    const work = reader(slowly);
    await Promise.all(Array.from({ length: 12 }, () => work(id)));
    expect(reads).toBe(1);
    expect(await stateOf(id)).toBe("for_staff");
  });

  it("is dealt with once when two processes read it at the same time", async () => {
    const id = await arrive(PERSON);
    const other = await openDatabase({ url: fresh.url, dataDir: "" });
    const elsewhere = { ...desk, store: other.store };
    const base = { read: readLetterBytes, mailFrom: DESK, ids, authservId: null, dkim: null, log: silent };
    await Promise.allSettled([reader()(id), readWork({ desk: elsewhere, ...base })(id)]);
    await other.close();
    const db = await connectOnce(fresh.url);
    const { rows } = await db.query(
      "SELECT count(*)::int FROM audit_entries WHERE cause = $1 AND action = 'letter_received'",
      [`letter:${id}`],
    );
    await db.end();
    expect(rows).toEqual([{ count: 1 }]);
    expect(await stateOf(id)).toBe("for_staff");
  });

  it.each([
    ["an automatic answer", [...PERSON, "Auto-Submitted: auto-replied"]],
    ["a bounce without proper sender", ["Return-Path: <>", "From: MAILER-DAEMON"]],
    ["our own letter", [`From: ${DESK}`]],
  ])("that is %s is kept and not answered", async (_, lines) => {
    const id = await arrive(lines);
    await reader()(id);
    expect(await stateOf(id)).toBe("not_answered");
  });

  it.each([
    ["two From fields", [...PERSON, "From: evil@evil.example"], {}],
    ["two senders in From", ["From: a@tone.example, b@evil.example"], {}],
    ["no From", ["To: desk"], {}],
    ["only its header because it is too large", PERSON, { oversize: true }],
  ])("with %s is parked", async (_, lines, change) => {
    const id = await arrive(lines, change);
    await reader()(id);
    expect(await stateOf(id)).toBe("parked");
  });

  it("from before going live is left alone", async () => {
    const id = await arrive(PERSON, { receivedAt: "2026-03-31T23:59:59.000Z" });
    await reader()(id);
    expect(await stateOf(id)).toBe("stored");
  });
});

describe("a letter that breaks its reader", () => {
  const broken = (id: string) => reader(() => Promise.reject(new Error("secret words of the letter")))(id);

  it("comes back until the last attempt, then is parked; the error repeats nothing of it", async () => {
    const id = await arrive(PERSON);
    for (let attempt = 1; attempt < READ_FAILURES_MAX; attempt++)
      await expect(broken(id)).rejects.toThrow(/^letter could not be read \(Error\)$/);
    expect(await stateOf(id)).toBe("stored");
    await broken(id);
    expect(await stateOf(id)).toBe("parked");
  });
});
