import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bounce, bounceOf } from "../../mail/intake/bounces.ts";
import { readHeader } from "../../mail/intake/header.ts";
import { BOUNCE_BYTES } from "../../mail/limits.ts";
import {
  DESK,
  EXCHANGE,
  EXIM,
  EXIM_WARNING,
  FORGED,
  GMAIL,
  ID,
  ids,
  OWN,
  QMAIL,
  report,
  SENDMAIL,
  TOWN,
  VERP,
} from "./reports.ts";

const bounce = (text: string, newline = "\r\n"): Bounce | null => {
  const bytes = Buffer.from(text.replaceAll(/\r?\n/g, newline), "latin1");
  return bounceOf(readHeader(bytes).fields, bytes, ids);
};

const FOREIGN = `From: ${DESK}\r\nMessage-ID: <abc@mihon-hosho.example>\r\n`;

describe("a delivery report about a letter of ours", () => {
  const failed = { outboundId: ID, permanent: true, recipient: TOWN, status: "5.1.1" };

  it.each([
    ["by the Message-ID in the returned header", {}],
    ["by the Message-ID in the returned letter", { returnedType: "message/rfc822" }],
    ["by its envelope id", { returned: FOREIGN, envelope: `Original-Envelope-Id: ${ids.envid(ID)}` }],
    ["by its return path", { returned: FOREIGN, to: `<${VERP.toUpperCase()}>` }],
    ["with its parts in base64", { encode: "base64" as const }],
    ["with its parts quoted-printable", { encode: "quoted-printable" as const }],
  ])("is known %s", (_, change) => {
    expect(bounce(report(change))).toEqual(failed);
  });

  it.each(["Delivered-To", "X-Original-To", "Envelope-To"])("is known by the return path in %s", (name) => {
    expect(bounce(`${name}: ${VERP}\n${report({ returned: FOREIGN })}`)).toEqual(failed);
  });

  it("is known with bare line feeds, and when its end is missing", () => {
    expect(bounce(report(), "\n")).toEqual(failed);
    const text = report();
    expect(bounce(text.slice(0, text.indexOf("Subject: x")))).toEqual(failed);
  });

  it("believes the return path before what is written inside", () => {
    const other = "11111111-1111-4111-8111-111111111111";
    const to = ids.bounceAddress(DESK, other) ?? "";
    expect(bounce(report({ to }))?.outboundId).toBe(other);
  });

  it("is known as Exchange and Microsoft 365 write it", () => {
    expect(bounce(EXCHANGE)).toEqual({ outboundId: ID, permanent: true, recipient: TOWN, status: "5.1.10" });
    expect(bounce(EXCHANGE.replace("Message-ID: ", "X-Taken: "))?.outboundId).toBe(ID);
  });

  it("is known as Gmail writes it", () => {
    expect(bounce(GMAIL)).toEqual({ outboundId: ID, permanent: true, recipient: TOWN, status: "5.1.1" });
    expect(bounce(GMAIL.replace("X-Original-Message-ID", "X-Taken"))).toBeNull();
  });

  it("is known as Sendmail writes it", () => {
    expect(bounce(SENDMAIL)).toEqual({ outboundId: ID, permanent: true, recipient: TOWN, status: "5.7.1" });
  });

  it("is known as qmail and older Exim write it, without parts", () => {
    expect(bounce(QMAIL)).toEqual({ outboundId: ID, permanent: true, recipient: TOWN, status: "5.1.1" });
    expect(bounce(EXIM)).toEqual({ outboundId: ID, permanent: true, recipient: TOWN, status: null });
    expect(bounce(EXIM_WARNING)).toMatchObject({ outboundId: ID, permanent: false });
  });
});

describe("what became of the letter", () => {
  const word = (...recipients: string[]) => bounce(report({ recipients }));
  const to = (address: string) => `Final-Recipient: RFC822;${address}`;

  it.each<[string, string[], Partial<Bounce> | null]>([
    ["failed for good", ["Action: failed", "Status: 5.2.2"], { permanent: true, status: "5.2.2" }],
    [
      "given up after days of trying",
      ["Action: failed", "Status: 4.4.1"],
      { permanent: true, status: "4.4.1" },
    ],
    [
      "failed, in odd capitals with a comment",
      ["ACTION: Failed (gone)", "STATUS: 5.1.1 (x)"],
      { permanent: true },
    ],
    [
      "delayed",
      ["Action: delayed", "Status: 4.4.7", "Will-Retry-Until: x"],
      { permanent: false, status: "4.4.7" },
    ],
    ["no action, permanent status", ["Status: 5.1.1"], { permanent: true }],
    ["no action, passing status", ["Status: 4.2.2"], { permanent: false }],
    ["delivered", ["Action: delivered", "Status: 2.0.0"], null],
    ["relayed to a server that reports nothing", ["Action: relayed", "Status: 2.0.0"], null],
    ["expanded into a list", ["Action: expanded", "Status: 2.0.0"], null],
    ["nothing that is understood", ["Action: eaten", "Status: 9.9.9"], null],
  ])("%s", (_, lines, expected) => {
    const found = word(to(TOWN), ...lines);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject({ outboundId: ID, recipient: TOWN, ...expected });
  });

  it("is the gravest word, when an alias made many recipients of one", () => {
    const many = [
      ...[to("a@town.tone.example"), "Action: delivered", "Status: 2.0.0", ""],
      ...[to("b@town.tone.example"), "Action: delayed", "Status: 4.2.2", ""],
      ...[to("c@town.tone.example"), "Action: failed", "Status: 5.2.1"],
    ];
    expect(word(...many)).toMatchObject({ permanent: true, recipient: "c@town.tone.example" });
    expect(word(...many.slice(0, 7))).toMatchObject({ permanent: false, recipient: "b@town.tone.example" });
  });

  it("names whom we wrote to, not whom the alias stands for", () => {
    const lines = [to("real@inside.tone.example"), `Original-Recipient: rfc822; <${TOWN}>`, "Action: failed"];
    expect(word(...lines, "Status: 5.1.1")?.recipient).toBe(TOWN);
  });

  it("names nobody when the report does not", () => {
    expect(word("Final-Recipient: x-local; nobody", "Action: failed", "Status: 5.0.0")?.recipient).toBeNull();
  });
});

describe("a letter that is no report about ours", () => {
  it.each([
    ["a report about somebody else's letter", report({ returned: FOREIGN })],
    [
      "a forged report with an invented Message-ID",
      report({ returned: `Message-ID: <desk.${ID}.aaaaaaaaaaaaaaaaaaaa@mihon-hosho.example>\r\n` }),
    ],
    [
      "a report about another desk's letter",
      report({ returned: `Message-ID: ${FORGED.messageId(ID, "mihon-hosho.example")}\r\n` }),
    ],
    ["a forged return path", report({ returned: FOREIGN, to: FORGED.bounceAddress(DESK, ID) ?? "" })],
    [
      "a forged envelope id",
      report({ returned: FOREIGN, envelope: `Original-Envelope-Id: ${FORGED.envid(ID)}` }),
    ],
    ["an answer to ours that bounced", report({ returned: `In-Reply-To: ${OWN}\r\nReferences: ${OWN}\r\n` })],
    [
      "a person's reply",
      `From: ${TOWN}\nTo: ${DESK}\nIn-Reply-To: ${OWN}\nSubject: Re: x\n\n> Message-ID: ${OWN}\n`,
    ],
    [
      "a person's letter to the return path",
      `From: ${TOWN}\nTo: ${VERP}\nSubject: x\n\n550 5.1.1 what is this\n`,
    ],
    [
      "an absence notice to the return path",
      `Return-Path: <>\nFrom: ${TOWN}\nTo: ${VERP}\nAuto-Submitted: auto-replied\n\nMessage-ID: ${OWN}\n5.1.1\n`,
    ],
    [
      "a receipt for a letter of ours that was read",
      report({ recipients: [`Final-Recipient: rfc822;${TOWN}`, "Disposition: manual-action; displayed"] })
        .replace("report-type=delivery-status", "report-type=disposition-notification")
        .replace("message/delivery-status", "message/disposition-notification"),
    ],
  ])("%s", (_, text) => {
    expect(bounce(text)).toBeNull();
  });
});

describe("a report built to be expensive", () => {
  it.each([
    ["empty lines", `Content-Type: message/delivery-status\n\n${"\n".repeat(600_000)}`],
    ["delimiters", `Content-Type: multipart/report; boundary=a\n\n${"--a\n\n".repeat(200_000)}`],
    ["almost delimiters", `Content-Type: multipart/report; boundary=a\n\n${"--aa\n".repeat(200_000)}`],
    [
      "nested parts",
      `Return-Path: <>\n${"Content-Type: multipart/report; boundary=a\n\n--a\n".repeat(20_000)}`,
    ],
    ["recipients", report({ recipients: Array(20_000).fill("Status: 4.1.1\r\n") })],
    ["addresses", `Return-Path: <>\nFrom: MAILER-DAEMON\nTo: ${"a+b.a@".repeat(150_000)}\n\nx`],
    ["digits", `Return-Path: <>\nFrom: MAILER-DAEMON\n\n${"5.1.1.".repeat(150_000)}`],
    ["Message-IDs", `Return-Path: <>\nFrom: MAILER-DAEMON\n\n${"Message-ID: <a@b>\n".repeat(50_000)}`],
    ["brackets", `Return-Path: <>\nFrom: MAILER-DAEMON\n\n${"<".repeat(900_000)}`],
    ["spaces", `Return-Path: <>\nFrom: MAILER-DAEMON\n\nMessage-ID:${" ".repeat(900_000)}`],
  ])("of nothing but %s is judged in the time of any other", (_, text) => {
    const began = performance.now();
    bounce(text);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("is read no further than its bound, where reports say nothing more", () => {
    const filler = `X-Filler: ${"x".repeat(900)}\r\n`.repeat(BOUNCE_BYTES / 900);
    expect(bounce(report({ returned: `${filler}Message-ID: ${OWN}\r\n` }))).toBeNull();
    expect(bounce(report({ returned: `Message-ID: ${OWN}\r\n${filler}` }))?.outboundId).toBe(ID);
  });

  it("never throws and never names a letter that is not signed in it", () => {
    const pieces = fc.constantFrom(
      ...["Content-Type: multipart/report; boundary=b\r\n", "\r\n", "--b\r\n", "--b--", "Action: failed\r\n"],
      ...[
        "Content-Type: message/delivery-status\r\n",
        "Status: 5.1.1\r\n",
        "Return-Path: <>\r\n",
        "Message-ID: <",
      ],
      ...[
        "Content-Transfer-Encoding: base64\r\n",
        "From: MAILER-DAEMON\r\n",
        'boundary="',
        `desk.${ID}.`,
        "@b>\r\n",
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (all) => {
        expect(bounce(all.join(""))).toBeNull();
      }),
    );
  });
});
