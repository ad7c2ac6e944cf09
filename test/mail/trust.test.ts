import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader } from "../../mail/intake/header.ts";
import { onlySender } from "../../mail/intake/sender.ts";
import { senderTrust, type Trust } from "../../mail/intake/trust.ts";

const BORDER = "mx.mihon-hosho.example";
const FROM = "From: keiyaku@town.tone.example";

async function trusted(lines: string[], authservId: string | null = BORDER): Promise<boolean> {
  return (await judged(lines, authservId)).authenticated;
}

function judged(lines: string[], authservId: string | null = BORDER): Promise<Trust> {
  const bytes = Buffer.from([...lines, "", "body"].join("\r\n"));
  return senderTrust(readHeader(bytes).fields, bytes, { authservId, dkim: null });
}

const results = (rest: string, id = BORDER) => `Authentication-Results: ${id}; ${rest}`;

describe("senders our border server vouches for", () => {
  it.each([
    ["DMARC passed", "dmarc=pass (p=reject) header.from=town.tone.example"],
    ["DMARC passed, case and spaces odd", "DMARC = PASS\r\n (p=none) header.From = Town.Tone.Example"],
    [
      "DMARC passed after a failed signature of a list",
      "dkim=fail header.d=list.example; dmarc=pass header.from=town.tone.example",
    ],
    ["DKIM of the domain", "dkim=pass header.d=town.tone.example header.s=a"],
    ["DKIM of the domain above", "dkim=pass header.i=@tone.example"],
    ["SPF of the domain", "spf=pass smtp.mailfrom=bounce=x@town.tone.example"],
    ["SPF with the domain alone and a reason", 'spf=pass reason="a; b" smtp.mailfrom=town.tone.example'],
  ])("%s", async (_, rest) => {
    expect(await trusted([results(rest), FROM])).toBe(true);
  });

  it("also with a version after the authserv-id, and other capitals in it", async () => {
    expect(await trusted([results("dmarc=pass", `MX.Mihon-Hosho.example 1`), FROM])).toBe(true);
  });

  it("keeps the field as evidence", async () => {
    const found = await judged([results("dmarc=pass"), FROM]);
    expect(found.authenticationResults).toBe(`${BORDER}; dmarc=pass`);
    expect(found.evidence).toBe(`${BORDER}; dmarc=pass`);
  });
});

describe("senders nobody vouches for", () => {
  it.each([
    ["nothing passed", [results("none"), FROM]],
    [
      "DMARC failed although SPF passed",
      [results("spf=pass smtp.mailfrom=town.tone.example; dmarc=fail"), FROM],
    ],
    ["DMARC could not be checked", [results("dmarc=temperror header.from=town.tone.example"), FROM]],
    ["DMARC of another From", [results("dmarc=pass header.from=evil.example"), FROM]],
    ["DKIM of a stranger", [results("dkim=pass header.d=evil.example"), FROM]],
    ["DKIM of a domain that only ends alike", [results("dkim=pass header.d=n.tone.example"), FROM]],
    ["DKIM of a domain below", [results("dkim=pass header.d=x.town.tone.example"), FROM]],
    ["DKIM of a whole top level", [results("dkim=pass header.d=example"), FROM]],
    ["SPF of a stranger", [results("spf=pass smtp.mailfrom=town.tone.example@evil.example"), FROM]],
    ["SPF of the greeting only", [results("spf=pass smtp.helo=town.tone.example"), FROM]],
    [
      "a pass inside a comment",
      [results("dkim=fail (dmarc=pass header.from=town.tone.example; dmarc=pass)"), FROM],
    ],
    ["a pass inside a quoted reason", [results('dkim=fail reason="x; dmarc=pass; y"'), FROM]],
    ["another server's word", [results("dmarc=pass", "mx.evil.example"), FROM]],
    [
      "our name hidden in a comment",
      [`Authentication-Results: mx.evil.example (${BORDER}); dmarc=pass`, FROM],
    ],
    [
      "a forged field below another server's",
      [results("none", "mx.other.example"), results("dmarc=pass"), FROM],
    ],
    ["a forged field below ours", [results("dmarc=fail"), results("dmarc=pass"), FROM]],
    ["two From fields", [results("dmarc=pass"), FROM, "From: evil@evil.example"]],
    ["two addresses in From", [results("dmarc=pass"), "From: a@town.tone.example, b@evil.example"]],
    ["no From", [results("dmarc=pass"), "Subject: x"]],
    ["no field at all", [FROM]],
    [
      "a word of our server too long to be read to its end",
      [results(`dmarc=pass; ${"x".repeat(9000)}`), FROM],
    ],
    ["white space without end", [results(`dmarc${" ".repeat(900_000)}=pass`), FROM]],
    [
      "a Reply-To of somebody who is",
      [results("dmarc=fail"), "Reply-To: keiyaku@town.tone.example", "From: evil@evil.example"],
    ],
  ])("%s", async (_, lines) => {
    expect(await trusted(lines)).toBe(false);
  });

  it("nobody, when the border server's name is not set", async () => {
    expect(await trusted([results("dmarc=pass"), FROM], null)).toBe(false);
  });

  it("nobody, whatever stands in a field that is not the topmost", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (rest) => {
        const forged = results(`dmarc=pass; ${rest.replace(/[\r\n]/g, "")}`);
        expect(await trusted([results("none"), forged, FROM])).toBe(false);
      }),
    );
  });

  it("nobody, whatever odd text the topmost field holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (rest) => {
        const value = rest.replace(/[\r\n]/g, "").replace(/pass/gi, "p");
        expect(await trusted([results(value), FROM])).toBe(false);
      }),
    );
  });
});

describe("the one sender of a letter", () => {
  const sender = (...lines: string[]) =>
    onlySender(readHeader(Buffer.from([...lines, "", ""].join("\r\n"))).fields);

  it.each([
    ["bare", "From: Suzuki@Tone.EXAMPLE", "Suzuki@tone.example"],
    ["with a display name", "From: Suzuki <suzuki@tone.example>", "suzuki@tone.example"],
    [
      "with an address as display name",
      'From: "boss@town.example" <suzuki@tone.example>',
      "suzuki@tone.example",
    ],
    [
      "with an encoded name, folded",
      "From: =?ISO-2022-JP?B?GyRCTmtMWhsoQg==?=\r\n\t<suzuki@tone.example>",
      "suzuki@tone.example",
    ],
    ["with comments", "From: (a) suzuki@tone.example (b@c.example)", "suzuki@tone.example"],
  ])("%s", (_, line, address) => {
    expect(sender(line)).toBe(address);
  });

  it.each([
    ["two mailboxes", "From: a@b.example, c@d.example"],
    ["a group", "From: undisclosed:a@b.example;"],
    ["two bracketed addresses", "From: <a@b.example> <c@d.example>"],
    ["an encoded word that would become an address", "From: =?utf-8?Q?=3Cgood=40b.example=3E?="],
    ["a quoted local part", 'From: "a@b.c"@evil.example'],
    ["nothing", "From: "],
    ["control characters", "From: a\u0000b@c.example"],
    ["a name of quotes without end", `From: "${'\\"'.repeat(400_000)} <a@b.example>`],
  ])("nobody, for %s", (_, line) => {
    expect(sender(line)).toBeNull();
  });
});
