import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ownIds } from "../../../core/own-id.ts";
import type { Desk } from "../../../core/ports.ts";
import { sealerFromKey } from "../../../core/seal.ts";
import { type DnsLookup, dkimCheck } from "../../../mail/intake/dkim.ts";
import { ingest } from "../../../mail/intake/ingest.ts";
import { readWork } from "../../../mail/intake/work.ts";
import { readLetterBytes } from "../../../mail/letter/read.ts";
import { composer } from "../../../mail/smtp/compose.ts";
import { type Database, openDatabase } from "../../../prisma/open.ts";
import { type Connection, connectOnce } from "../../../prisma/pool.ts";
import { importRegistry } from "../../../prisma/registries.ts";
import { documentPort } from "../../../templates/documents/documents.ts";
import { loadWords } from "../../../templates/words.ts";
import { type FreshDatabase, freshDatabase } from "../../database.ts";
import { DESK, TOWN } from "../../journeys/world.ts";
import { OFFICE } from "../../prisma/samples.ts";
import { encoded, rawLetter } from "./fates.ts";

/** Cases 52 and 53: signatures that cannot be looked up, or that leave part of the letter open. The DNS is a table. */

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const RECORD = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
const QUERY = "保証契約番号：20800-000017\r\n認証キー：Z28YUE4J3Bux\r\n";
const HOUR_MS = 3_600_000;
const ARRIVED = "2026-04-10T01:00:00.000Z";
const SEAL_KEY = randomBytes(32).toString("base64");
const ids = ownIds([SEAL_KEY]);

const state = { now: ARRIVED, dnsUp: true };
const lookup: DnsLookup = async (name) => {
  if (!state.dnsUp) throw Object.assign(new Error("queryTxt ETIMEOUT"), { code: "ETIMEOUT" });
  if (name !== "a1._domainkey.town.tone.example")
    throw Object.assign(new Error("queryTxt ENOTFOUND"), { code: "ENOTFOUND" });
  return [RECORD.match(/.{1,255}/g) ?? []];
};

/** A query that the town's own server has signed. @param maxBodyLength writes an `l=` tag. */
async function signed(body: string, maxBodyLength?: number): Promise<Buffer> {
  const letter = rawLetter([`From: ${TOWN}`, `Subject: ${encoded("電子保証の照会")}`], body);
  const signing = {
    ...{ signingDomain: "town.tone.example", selector: "a1", headerList: ["From", "To", "Subject"] },
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    signTime: new Date(ARRIVED),
    ...(maxBodyLength === undefined ? {} : { maxBodyLength }),
  };
  const { signatures } = await dkimSign(letter, { ...signing, signatureData: [signing] });
  return Buffer.concat([Buffer.from(signatures), letter]);
}

let fresh: FreshDatabase;
let database: Database;
let db: Connection;
let desk: Desk;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
  db = await connectOnce(fresh.url);
  const samples = await readFile(new URL("../../../prisma/samples/orderers.json", import.meta.url), "utf8");
  expect((await importRegistry(database.store, "orderers", JSON.parse(samples), ARRIVED)).ok).toBe(true);
  const now = () => state.now;
  const guarantor = {
    name: "見本建設業保証株式会社",
    address: "東京都千代田区",
    representative: "見本 太郎",
  };
  desk = {
    ...{ store: database.store, now, random: (length) => randomBytes(length), newId: () => randomUUID() },
    ...{ sealer: sealerFromKey(SEAL_KEY), documents: documentPort(), recheck: () => [] },
    compose: composer({ from: DESK, guarantor, words: loadWords(), now, ids, verp: false }),
    policy: {
      ...{ guarantor, deskAddress: DESK, approvals: 2, mailTrust: "require", verifyFailuresMax: 0 },
      ...{ caps: { sender: 0, domain: 0, case: 0, global: 0 }, workKindWords: [], fees: () => [] },
    },
  };
});
afterEach(() => void Object.assign(state, { now: ARRIVED, dnsUp: true }));
afterAll(async () => {
  await db.end();
  await database.close();
  await fresh.drop();
});

let uid = 0;

/** A letter in the mailbox; what its job makes of it now. */
async function arrive(bytes: Uint8Array) {
  const letter = {
    ...{ place: { mailbox: "INBOX", uidValidity: 1n, uid: ++uid }, bytes, size: bytes.length },
    ...{ receivedAt: ARRIVED, oversize: false },
  };
  const context = { store: database.store, sealer: desk.sealer, goLive: ARRIVED, office: OFFICE };
  const { id } = await ingest(context, letter);
  const log = { info() {}, warn() {}, error() {} };
  const read = readWork({
    ...{ desk, read: readLetterBytes, mailFrom: DESK, ids, authservId: null, log },
    dkim: dkimCheck({ lookup }),
  });
  const row = async () =>
    (await db.query("SELECT state, attempts, trust, reason FROM letters WHERE id = $1", [id])).rows[0];
  return { run: () => read(id), row };
}

describe("a desk that asks for proof", () => {
  it("case 52: the name servers are down: a signed query waits, and is trusted when they are back", async () => {
    state.dnsUp = false;
    const letter = await arrive(await signed(`${QUERY}1\r\n`));
    for (let again = 0; again < 10; again++) await letter.run();
    expect(await letter.row()).toMatchObject({ state: "stored", attempts: 0 });
    state.dnsUp = true;
    await letter.run();
    expect(await letter.row()).toMatchObject({ state: "answered", trust: "authenticated", reason: null });
  });

  it("case 52: after an hour the letter goes on unproven: no result leaves, and nobody is refused for it", async () => {
    state.dnsUp = false;
    const letter = await arrive(await signed(`${QUERY}2\r\n`));
    await letter.run();
    expect((await letter.row()).state).toBe("stored");
    state.now = new Date(Date.parse(ARRIVED) + HOUR_MS).toISOString();
    await letter.run();
    expect(await letter.row()).toMatchObject({ trust: "registered", reason: "stranger" });
  });

  it("case 53: the library passes a signature with l= below which somebody added words, and says so in one place", async () => {
    const letter = await signed(QUERY, Buffer.byteLength(QUERY));
    const longer = Buffer.concat([letter, Buffer.from("保証契約番号：20800-000025\r\n")]);
    const { results } = await dkimVerify(longer, { resolver: lookup, minBitLength: 1024 });
    expect(results[0]?.status.result).toBe("pass");
    expect(results[0]?.canonBodyLengthLimited).toBe(true);
  });

  it.each([
    ["to which words were added", "保証契約番号：20800-000025\r\n"],
    ["to which nothing was added", ""],
  ])("case 53: a letter %s under a signature with l= counts as unsigned", async (_, added) => {
    const letter = await arrive(Buffer.concat([await signed(QUERY, 10), Buffer.from(added)]));
    await letter.run();
    expect(await letter.row()).toMatchObject({ trust: "registered", reason: "stranger" });
    const whole = await arrive(await signed(`${QUERY}${added}3\r\n`));
    await whole.run();
    expect(await whole.row()).toMatchObject({ state: "answered", trust: "authenticated" });
  });
});
