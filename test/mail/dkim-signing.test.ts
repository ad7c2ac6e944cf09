import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DkimKeyFault, loadDkimKey } from "../../mail/smtp/dkim-key.ts";
import { type LetterParts, signLetter, writeLetter } from "../../mail/smtp/nodemailer.ts";

const DOMAIN = "hosho.example";
const SELECTOR = "desk2026";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dkim-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function keyFile(name: string, key: KeyObject | string): Promise<string> {
  const path = join(folder, name);
  const pem = typeof key === "string" ? key : key.export({ type: "pkcs8", format: "pem" });
  await writeFile(path, pem);
  return path;
}

const load = (keyFile: string) => loadDkimKey({ domain: DOMAIN, selector: SELECTOR, keyFile });
const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength });

/** An answer with a file, as the desk writes it. */
const LETTER: LetterParts = {
  from: `desk@${DOMAIN}`,
  to: ["suzuki@tone-kensetsu.example"],
  cc: [],
  subject: "【受付番号 A-000123】電子保証（認証キー）発行完了のお知らせ",
  text: "利根建設株式会社 御中\n\n電子保証を発行いたしました。\n.点で始まる行\n\n末尾の空行\n\n\n",
  date: "2026-04-10T01:00:00.000Z",
  messageId: `<desk.1@${DOMAIN}>`,
  inReplyTo: "<asked@tone-kensetsu.example>",
  references: ["<first@tone-kensetsu.example>", "<asked@tone-kensetsu.example>"],
  headers: { "Auto-Submitted": "auto-replied" },
  boundary: "fixed",
  attachments: [
    {
      filename: "認証キーのお知らせ.pdf",
      contentType: "application/pdf",
      content: new Uint8Array(50_000).fill(37),
    },
  ],
};

const signing = rsa(2048);
const signed = async () =>
  signLetter(await writeLetter(LETTER), await load(await keyFile("good.pem", signing.privateKey)));

/** What a receiver finds, with our public key in its DNS. */
async function verified(letter: Buffer): Promise<{ result: string; fields: string; tags: string }> {
  const publicKey = signing.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const { results } = await dkimVerify(letter, {
    resolver: async (name: string, type: string) => {
      if (name === `${SELECTOR}._domainkey.${DOMAIN}` && type === "TXT")
        return [[`v=DKIM1; k=rsa; p=${publicKey}`]];
      throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    },
  });
  const [one, ...more] = results;
  if (one === undefined || more.length > 0) throw new Error(`${results.length} signatures`);
  const head = /^DKIM-Signature:((?:.*\r\n)(?:[ \t].*\r\n)*)/.exec(letter.toString("latin1"))?.[1] ?? "";
  const tags = head.replace(/\s+/g, "");
  return { result: one.status.result, fields: /;h=([^;]*)/.exec(tags)?.[1] ?? "", tags };
}

const altered = (letter: Buffer, from: string, to: string): Buffer => {
  const text = letter.toString("latin1");
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to), "latin1");
};

describe("a letter of ours with a signature", () => {
  it("is verified by the receiver, for our domain, whole and without a length limit", async () => {
    const { result, fields, tags } = await verified(await signed());
    expect(result).toBe("pass");
    expect(tags).toMatch(/^v=1;a=rsa-sha256;c=relaxed\/relaxed;d=hosho\.example;q=dns\/txt;s=desk2026;/);
    expect(tags).not.toContain(";l=");
    for (const field of ["from", "subject", "to", "date", "message-id", "content-type", "in-reply-to"])
      expect(fields.split(":")).toContain(field);
    expect(fields.split(":")).toEqual(expect.arrayContaining(["references", "auto-submitted"]));
  });

  it("still is after a server on the way has folded and stamped it", async () => {
    const letter = await signed();
    const stamped = Buffer.concat([Buffer.from("Received: from a by b;\r\n Fri, 10 Apr 2026\r\n"), letter]);
    const folded = altered(stamped, "Auto-Submitted: auto-replied", "auto-submitted:\r\n\tauto-replied  ");
    expect((await verified(Buffer.concat([folded, Buffer.from("\r\n\r\n")]))).result).toBe("pass");
  });

  it.each([
    ["its body", "JSUl", "JiUl"],
    ["its end", "-fixed-Part_1--", "-fixed-Part_1--\r\nadded"],
    ["its subject", "Subject: =?UTF-8?", "Subject: Fwd: =?UTF-8?"],
    ["who it is for", "suzuki@", "sato@"],
    ["that it is automatic", "auto-replied", "no"],
    ["what it answers", "<asked@", "<other@"],
  ])("fails once somebody changed %s", async (_, from, to) => {
    expect((await verified(altered(await signed(), from, to))).result).not.toBe("pass");
  });

  it("has the same bytes each time it is written, and the same letter below the signature", async () => {
    const [one, two, plain] = [await signed(), await signed(), await writeLetter(LETTER)];
    expect(one.equals(two)).toBe(true);
    expect(one.subarray(one.length - plain.length).equals(plain)).toBe(true);
  });
});

describe("a signing key", () => {
  it("never shows itself", async () => {
    const key = await load(await keyFile("good.pem", signing.privateKey));
    const secret = signing.privateKey.export({ format: "jwk" }).d ?? "";
    const { inspect } = await import("node:util");
    expect(`${inspect(key, { depth: 9, showHidden: true })}${JSON.stringify(key)}`).not.toContain(secret);
    expect(JSON.parse(JSON.stringify(key)).privateKey).toEqual({});
  });

  it("may have 1024 bits, as old ones do, and the older form of PEM", async () => {
    const pem = rsa(1024).privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const key = await load(await keyFile("old.pem", pem));
    expect((await signLetter(await writeLetter(LETTER), key)).toString("latin1")).toMatch(/^DKIM-Signature:/);
  });

  it.each([
    ["key_unreadable", "is not there", async () => join(folder, "nowhere.pem")],
    ["key_unreadable", "is a folder", async () => folder],
    ["key_malformed", "is no key", () => keyFile("no.pem", "hello")],
    [
      "key_malformed",
      "is a public key",
      () => keyFile("public.pem", signing.publicKey.export({ type: "spki", format: "pem" }).toString()),
    ],
    [
      "key_malformed",
      "has a passphrase",
      () =>
        keyFile(
          "locked.pem",
          signing.privateKey
            .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
            .toString(),
        ),
    ],
    ["key_too_short", "has 768 bits", () => keyFile("short.pem", rsa(768).privateKey)],
    ["key_unsupported", "is Ed25519", () => keyFile("ed.pem", generateKeyPairSync("ed25519").privateKey)],
    [
      "key_unsupported",
      "is RSA-PSS",
      () => keyFile("pss.pem", generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey),
    ],
  ])("%s when it %s", async (code, _, path) => {
    const error = await load(await path()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DkimKeyFault);
    expect(error).toMatchObject({ code, message: code });
  });
});
