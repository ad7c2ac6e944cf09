import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { describe, expect, it } from "vitest";
import { type DnsLookup, dkimCheck } from "../../mail/intake/dkim.ts";
import { readHeader } from "../../mail/intake/header.ts";
import { onlySender } from "../../mail/intake/sender.ts";
import { senderTrust, type TrustContext } from "../../mail/intake/trust.ts";
import { DKIM_HEADER_BYTES, DKIM_LETTER_BYTES, DKIM_SIGNATURES } from "../../mail/limits.ts";

/** Letters signed here with keys made here; the DNS is a table. All names are invented. */

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PRIVATE = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const RECORD = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
const BORDER = "mx.mihon-hosho.example";

const FROM = "From: Keiyaku <keiyaku@town.tone.example>";
const LETTER = [
  FROM,
  "To: hosho@mihon-hosho.example",
  "Subject: shokai",
  "Date: Fri, 10 Apr 2026 10:00:00 +0900",
];
const letterOf = (lines: readonly string[] = LETTER, body = "20800-000017\r\n") =>
  Buffer.from([...lines, "", body].join("\r\n"));

interface Signing {
  domain?: string;
  headerList?: string[];
  maxBodyLength?: number;
  algorithm?: string;
  key?: string;
  expires?: Date;
}

async function signed(
  letter = letterOf(),
  { domain = "town.tone.example", key = PRIVATE, ...change }: Signing = {},
) {
  const signing = {
    ...{ signingDomain: domain, selector: "a1", privateKey: key, signTime: new Date("2026-04-10T01:00:00Z") },
    headerList: ["From", "To", "Subject", "Date"],
    ...change,
  };
  const { signatures, errors } = await dkimSign(letter, { ...signing, signatureData: [signing] });
  expect([signatures.startsWith("DKIM-Signature:"), errors]).toEqual([true, []]);
  return Buffer.concat([Buffer.from(signatures), letter]);
}

const dnsFault = (code: string) => Object.assign(new Error(code), { code });

/** A name server that knows the keys of the table and counts what it is asked. */
function names(table: Record<string, string | Error> = { "a1._domainkey.town.tone.example": RECORD }) {
  const asked: string[] = [];
  const lookup: DnsLookup = async (name) => {
    asked.push(name);
    const record = table[name] ?? dnsFault("ENOTFOUND");
    if (record instanceof Error) throw record;
    return [record.match(/.{1,255}/g) ?? []];
  };
  return { lookup, asked };
}

async function trust(
  letter: Uint8Array,
  lookup: DnsLookup = names().lookup,
  change: Partial<TrustContext> = {},
) {
  const context = { authservId: BORDER, dkim: dkimCheck({ lookup }), ...change };
  return senderTrust(readHeader(letter).fields, letter, context);
}

describe("a letter without a word of our border server", () => {
  it("is trusted when the signature of its sender's domain holds, and says on what that rests", async () => {
    const found = await trust(await signed());
    expect(found).toEqual({
      authenticated: true,
      authenticationResults: null,
      dkim: "aligned",
      evidence: "dkim=pass header.d=town.tone.example header.s=a1",
      tryLater: false,
    });
  });

  it("is trusted when the domain above signed, as mail services of a prefecture do", async () => {
    const { lookup } = names({ "a1._domainkey.tone.example": RECORD });
    expect((await trust(await signed(letterOf(), { domain: "tone.example" }), lookup)).authenticated).toBe(
      true,
    );
  });

  it("is trusted by an Ed25519 key, too, and with simple line ends", async () => {
    const pair = generateKeyPairSync("ed25519");
    const raw = pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
    const { lookup } = names({ "a1._domainkey.town.tone.example": `v=DKIM1; k=ed25519; p=${raw}` });
    const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const letter = await signed(letterOf(), { key, algorithm: "ed25519-sha256" });
    expect((await trust(letter, lookup)).authenticated).toBe(true);
    expect(
      (await trust(Buffer.from(letter.toString("latin1").replaceAll("\r\n", "\n")), lookup)).authenticated,
    ).toBe(true);
  });

  it("is trusted with one good signature among broken ones of lists and services", async () => {
    const letter = await signed(await signed(letterOf(), { domain: "list.example" }));
    const { lookup, asked } = names();
    expect((await trust(letter, lookup)).dkim).toBe("aligned");
    expect(asked).toEqual(["a1._domainkey.town.tone.example"]);
  });

  it("is not trusted by what Reply-To, Sender or the return path say", async () => {
    const lines = ["Reply-To: keiyaku@town.tone.example", "Sender: keiyaku@town.tone.example"];
    const letter = letterOf([
      "Return-Path: <keiyaku@town.tone.example>",
      ...lines,
      "From: evil@evil.example",
      "Subject: x",
    ]);
    const found = await trust(
      await signed(letter, { headerList: ["From", "Subject", "Reply-To", "Sender"] }),
    );
    expect(found).toMatchObject({ authenticated: false, dkim: "none" });
    expect(onlySender(readHeader(letter).fields)).toBe("evil@evil.example");
  });

  it.each<[string, "none" | "failed", () => Promise<Buffer>]>([
    ["no signature", "none", async () => letterOf()],
    ["a stranger's signature", "none", () => signed(letterOf(), { domain: "evil.example" })],
    ["a signature of a domain below", "none", () => signed(letterOf(), { domain: "x.town.tone.example" })],
    ["a signature of a whole top level", "none", () => signed(letterOf(), { domain: "example" })],
    [
      "a signature that covers the start of the body only",
      "none",
      () => signed(letterOf(), { maxBodyLength: 5 }),
    ],
    [
      "a signature that covers as much of the body as there was, to which more was added",
      "none",
      async () => Buffer.concat([await signed(letterOf(), { maxBodyLength: 14 }), Buffer.from("evil\r\n")]),
    ],
    ["an unsigned subject", "none", () => signed(letterOf(), { headerList: ["From", "To", "Date"] })],
    ["a body that was changed", "failed", async () => changed(await signed(), "000017", "000018")],
    ["a subject that was changed", "failed", async () => changed(await signed(), "shokai", "shoxai")],
    [
      "a second subject on top",
      "failed",
      async () => Buffer.concat([Buffer.from("Subject: 20800-000025\r\n"), await signed()]),
    ],
    [
      "another key than the published one",
      "failed",
      async () => {
        const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
        return signed(letterOf(), { key: other.export({ type: "pkcs8", format: "pem" }).toString() });
      },
    ],
    ["SHA-1", "failed", () => signed(letterOf(), { algorithm: "rsa-sha1" })],
    [
      "a signature that had run out before the letter came",
      "failed",
      () => signed(letterOf(), { expires: new Date("2026-04-10T02:00:00Z") }),
    ],
  ])("is not trusted with %s", async (_, dkim, letter) => {
    expect(await trust(await letter())).toMatchObject({ authenticated: false, tryLater: false, dkim });
  });

  it("is judged as of its arrival: a signature that ran out while we were away holds", async () => {
    const letter = await signed(letterOf(), { expires: new Date("2026-04-10T02:00:00Z") });
    const arrived = { receivedAt: "2026-04-10T01:30:00.000Z" };
    expect((await trust(letter, names().lookup, arrived)).authenticated).toBe(true);
  });

  it.each([
    ["two From fields", [FROM, ...LETTER]],
    ["two senders in From", ["From: a@town.tone.example, b@evil.example", ...LETTER.slice(1)]],
  ])("is never trusted with %s", async (_, lines) => {
    expect((await trust(await signed(letterOf(lines)))).authenticated).toBe(false);
  });

  it.each([
    ["the domain is still testing", `${RECORD}; t=y`, "none"],
    ["the key was withdrawn", "v=DKIM1; k=rsa; p=", "failed"],
    ["the key is not for mail", `v=DKIM1; s=other; ${RECORD.slice(9)}`, "failed"],
    ["the record is no key", "v=spf1 -all", "failed"],
    ["there is no such name", dnsFault("ENOTFOUND"), "failed"],
    ["the name has no such record", dnsFault("ENODATA"), "failed"],
  ])("is not trusted when %s", async (_, record, dkim) => {
    const { lookup } = names({ "a1._domainkey.town.tone.example": record });
    expect(await trust(await signed(), lookup)).toMatchObject({
      authenticated: false,
      tryLater: false,
      dkim,
    });
  });

  it("is not trusted by a key too short to be safe", async () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 768 });
    const record = `v=DKIM1; p=${short.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
    const key = short.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const { lookup } = names({ "a1._domainkey.town.tone.example": record });
    expect((await trust(await signed(letterOf(), { key }), lookup)).dkim).toBe("failed");
  });
});

describe("when the name servers are in trouble", () => {
  it.each(["ETIMEOUT", "ESERVFAIL", "EREFUSED", "ECONNREFUSED", "ECANCELLED", "EAI_AGAIN"])(
    "%s means: later, neither trust nor refusal",
    async (code) => {
      const { lookup } = names({ "a1._domainkey.town.tone.example": dnsFault(code) });
      const found = await trust(await signed(), lookup);
      expect(found).toMatchObject({ authenticated: false, dkim: "unknown", tryLater: true });
    },
  );

  it("a server that never answers is not waited for", async () => {
    const letter = await signed();
    const dkim = dkimCheck({ lookup: () => new Promise(() => {}), waitMs: 50 });
    const found = await trust(letter, undefined, { dkim });
    expect(found).toMatchObject({ dkim: "unknown", tryLater: true });
  });

  it("a letter that a second key proves is trusted all the same", async () => {
    const { lookup } = names({
      "a1._domainkey.town.tone.example": dnsFault("ESERVFAIL"),
      "a1._domainkey.tone.example": RECORD,
    });
    const letter = await signed(await signed(), { domain: "tone.example" });
    expect(await trust(letter, lookup)).toMatchObject({ authenticated: true, tryLater: false });
  });

  it("nobody waits for a letter whose body was changed anyway", async () => {
    const { lookup, asked } = names({});
    expect((await trust(changed(await signed(), "000017", "000018"), lookup)).tryLater).toBe(false);
    expect(asked).toEqual([]);
  });
});

describe("the border server's word", () => {
  const results = (rest: string, id = BORDER) => `Authentication-Results: ${id}; ${rest}\r\n`;

  it.each([
    ["a fail is not outvoted by a good signature", results("dmarc=fail"), false],
    ["nothing proven is not outvoted either", results("dkim=none"), false],
    ["a pass needs no signature of ours", results("dmarc=pass header.from=town.tone.example"), true],
  ])("%s, and no name server is asked", async (_, field, authenticated) => {
    const { lookup, asked } = names();
    const letter = Buffer.concat([Buffer.from(field), await signed()]);
    const found = await trust(letter, lookup);
    expect(found).toMatchObject({ authenticated, dkim: "unchecked", tryLater: false });
    expect(found.evidence).toBe(found.authenticationResults);
    expect(asked).toEqual([]);
  });

  it("written by another server decides nothing: the signature does", async () => {
    const field = results("dmarc=pass", "mx.evil.example");
    const unsigned = Buffer.concat([Buffer.from(field), letterOf()]);
    expect((await trust(unsigned)).authenticated).toBe(false);
    expect((await trust(Buffer.concat([Buffer.from(field), await signed()]))).authenticated).toBe(true);
  });

  it("is all there is when signatures are not to be checked", async () => {
    const found = await trust(await signed(), names().lookup, { dkim: null, authservId: null });
    expect(found).toMatchObject({ authenticated: false, dkim: "unchecked", evidence: null, tryLater: false });
  });
});

describe("a letter built to be expensive", () => {
  it("costs few look-ups, however many signatures and seals it bears", async () => {
    const many = Array.from(
      { length: 300 },
      (_, at) =>
        `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=town.tone.example; s=s${at}; h=from:subject; bh=${EMPTY}; b=AAAA\r\n` +
        `ARC-Message-Signature: i=${at}; a=rsa-sha256; d=evil.example; s=x; h=from; bh=${EMPTY}; b=AAAA\r\n`,
    ).join("");
    const { lookup, asked } = names();
    const found = await trust(Buffer.concat([Buffer.from(many), letterOf(LETTER, "")]), lookup);
    expect(found.dkim).toBe("failed");
    expect(asked.length).toBeLessThanOrEqual(DKIM_SIGNATURES);
    expect(asked.every((name) => name.endsWith("._domainkey.town.tone.example"))).toBe(true);
  });

  it.each([
    ["too large", () => letterOf(LETTER, "x".repeat(DKIM_LETTER_BYTES))],
    ["almost all header", () => letterOf([...LETTER, `X-Long: ${"x".repeat(DKIM_HEADER_BYTES)}`])],
  ])("is not checked when it is %s, which says nothing against it", async (_, letter) => {
    const bytes = Buffer.concat([
      Buffer.from("DKIM-Signature: d=town.tone.example; h=from:subject\r\n"),
      letter(),
    ]);
    expect(await trust(bytes)).toMatchObject({ dkim: "unchecked", authenticated: false, tryLater: false });
  });

  it("never throws and is never trusted, whatever its signature says", async () => {
    const tag = fc.tuple(
      fc.constantFrom("v", "a", "b", "bh", "c", "d", "h", "i", "l", "q", "s", "t", "x"),
      fc.string(),
    );
    const lookup: DnsLookup = async () => [[RECORD]];
    await fc.assert(
      fc.asyncProperty(fc.array(tag, { maxLength: 12 }), fc.string(), async (tags, body) => {
        const value = tags.map(([name, text]) => `${name}=${text.replace(/[\r\n;]/g, "")}`).join("; ");
        const field = `DKIM-Signature: d=town.tone.example; h=from:subject; s=a1; ${value}`;
        expect((await trust(letterOf([field, ...LETTER], body), lookup)).authenticated).toBe(false);
      }),
    );
  });

  it("puts no words of its own into the evidence", async () => {
    const signature = `DKIM-Signature: v=1; a=rsa-sha256; d=town.tone.example; s=<!channel>; h=from:subject; bh=${EMPTY}; b=AAAA`;
    const found = await trust(letterOf([signature, ...LETTER], ""));
    expect(found.dkim).toBe("failed");
    expect(found.evidence).not.toContain("channel");
  });
});

/** SHA-256 of a body of one empty line. */
const EMPTY = "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=";

function changed(letter: Buffer, from: string, to: string): Buffer {
  const text = letter.toString("latin1");
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), "latin1");
}
