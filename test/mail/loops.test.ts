import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownIds } from "../../core/own-id.ts";
import { readHeader } from "../../mail/intake/header.ts";
import { automaticReason, loopReason } from "../../mail/intake/loops.ts";

const DESK = "hosho@mihon-hosho.example";
const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ids = ownIds([Buffer.alloc(32, 7).toString("base64")]);
const OWN_ID = ids.messageId(ID, "mihon-hosho.example");

function reasonFor(...lines: string[]): string | null {
  const from = lines.some((line) => /^from:/i.test(line))
    ? []
    : ["From: =?UTF-8?B?6Yi05pyo?= <suzuki@tone-kensetsu.example>"];
  const letter = [...from, ...lines, "Subject: x", "", "body"].join("\r\n");
  return loopReason(readHeader(Buffer.from(letter)).fields, DESK, ids);
}

describe("letters that must never be answered", () => {
  it.each([
    ["a bounce with the null return path", "null_return_path", ["Return-Path: <>"]],
    ["a null return path with a space in it", "null_return_path", ["Return-Path: < >"]],
    ["a null return path with a comment", "null_return_path", ["Return-Path: (none) <>"]],
    ["a null return path written as nothing", "null_return_path", ["Return-Path:"]],
    ["a null return path written as a name", "null_return_path", ["Return-Path: <MAILER-DAEMON@mx.example>"]],
    [
      "a delivery report",
      "delivery_report",
      ['Content-Type: multipart/report;\r\n report-type=delivery-status; boundary="a"'],
    ],
    [
      "a read receipt",
      "delivery_report",
      ["Content-Type: Multipart/Report; report-type=disposition-notification"],
    ],
    [
      "a report with spaces and comments in its type",
      "delivery_report",
      ["Content-Type: (a) MultiPart (b) / (c) REPORT (d); report-type=x"],
    ],
    ["a bare status", "delivery_report", ["Content-Type: message/delivery-status"]],
    ["a status in many alphabets", "delivery_report", ["Content-Type: message/global-delivery-status"]],
    ["a complaint", "delivery_report", ["Content-Type: message/feedback-report"]],
    [
      "a report under a second type",
      "delivery_report",
      ["Content-Type: text/plain", "Content-Type: multipart/report"],
    ],
    ["an old bounce", "delivery_report", ["X-Failed-Recipients: a@b.example"]],
    ["an out-of-office answer", "auto_submitted", ["Auto-Submitted: auto-replied"]],
    [
      "a notification in capitals with a comment",
      "auto_submitted",
      ["AUTO-SUBMITTED: (rejected) AUTO-GENERATED (by cron); x=y"],
    ],
    [
      "a keyword nobody knows yet",
      "auto_submitted",
      ["Auto-Submitted: auto-notified; owner-email=a@b.example"],
    ],
    ["an empty keyword", "auto_submitted", ["Auto-Submitted:"]],
    [
      "a second field that says automatic",
      "auto_submitted",
      ["Auto-Submitted: no", "Auto-Submitted: auto-replied"],
    ],
    [
      "a keyword hidden behind a comment that says no",
      "auto_submitted",
      ["Auto-Submitted: (no) auto-replied"],
    ],
    ["a comment that is never closed", "auto_submitted", ["Auto-Submitted: (no"]],
    ["a quoted no", "auto_submitted", ['Auto-Submitted: "no"']],
    ["a word after no", "auto_submitted", ["Auto-Submitted: no auto-replied"]],
    ["a parameter without keyword", "auto_submitted", ["Auto-Submitted: ; owner-email=no"]],
    ["a keyword on the next line", "auto_submitted", ["Auto-Submitted:\r\n\tauto-generated"]],
    ["an answering program of old", "auto_submitted", ["X-Autoreply: yes"]],
    ["another one", "auto_submitted", ["X-Autorespond: absence"]],
    ["a mailing list", "mailing_list", ["List-Id: <news.town.example>"]],
    ["a newsletter", "mailing_list", ["List-Unsubscribe: <mailto:a@b.example>"]],
    [
      "a newsletter that is left by one click",
      "mailing_list",
      ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"],
    ],
    ["an fml list", "mailing_list", ["X-ML-Name: kensetsu"]],
    ["an answer marked in the old way", "bulk", ["Precedence: auto_reply"]],
    ["junk with a comment", "bulk", ["Precedence: (x) junk"]],
    ["bulk mail", "bulk", ["Precedence: Bulk"]],
    ["our own letter coming back", "own_letter", [`From: Desk <${DESK.toUpperCase()}>`]],
    ["our own letter under another sender", "own_letter", [`Message-ID: ${OWN_ID}`]],
    [
      "our own letter, its Message-ID folded and in capitals",
      "own_letter",
      [`Message-ID:\r\n ${OWN_ID.toUpperCase()}`],
    ],
    ["a letter from the return path of ours", "own_letter", [`From: ${ids.bounceAddress(DESK, ID)}`]],
    ["our own letter through a list", "own_letter", [`From: ${DESK}`, "List-Id: <a.example>"]],
    ["the mailer daemon without a domain", "system_sender", ["From: MAILER-DAEMON (Mail Delivery System)"]],
    ["the owner of a list", "system_sender", ["Return-Path: <owner-kensetsu@town.example>"]],
    ["a no-reply address with a tag", "system_sender", ["From: noreply+123@portal.example"]],
    ["the mailer daemon", "system_sender", ["From: Mail Delivery System <MAILER-DAEMON@mx.example>"]],
    ["a sender nobody reads", "system_sender", ["From: no-reply@portal.example"]],
  ])("%s", (_, reason, lines) => {
    expect(reasonFor(...lines)).toBe(reason);
  });
});

describe("letters that people wrote", () => {
  it.each([
    ["an ordinary letter", ["Return-Path: <suzuki@tone-kensetsu.example>"]],
    ["one that says it is not automatic", ["Auto-Submitted: no"]],
    ["one that says so with comments and a parameter", ["Auto-Submitted: (really) No (sent by hand); x=y"]],
    ["a query from Exchange that asks for no out-of-office answers", ["X-Auto-Response-Suppress: All"]],
    ["one that an absence notice was answered with", [`Subject: Re: ${"=?UTF-8?B?6Ieq5YuV6L+U5L+h?="}`]],
    ["one with a forged Message-ID of ours", [`Message-ID: ${OWN_ID.replace(/.@/, "@")}`]],
    [
      "one with a Message-ID of the time before they were signed",
      [`Message-ID: <desk.${ID}@mihon-hosho.example>`],
    ],
    [
      "one from an address that only looks like a return path of ours",
      ["From: hosho+b.aaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaa@mihon-hosho.example"],
    ],
    ["one sent by a service for a person", ["Return-Path: <bounces+123-suzuki=tone@mail.service.example>"]],
    ["one with a loop mark of another system", ["X-Loop: help@town.example"]],
    ["one whose Reply-To is nobody", ["Reply-To: no-reply@town.example"]],
    ["one from a person whose name begins like a system's", ["From: postmaster-tanaka@town.example"]],
    ["one of first precedence", ["Precedence: first-class"]],
    [
      "a colleague of our own domain",
      ["From: yamada@mihon-hosho.example", "Message-ID: <abc@mihon-hosho.example>"],
    ],
    ["a reply to our letter", [`In-Reply-To: ${OWN_ID}`, `References: <a@b.example> ${OWN_ID}`]],
    [
      "one whose older hop had a null return path",
      ["Return-Path: <suzuki@tone-kensetsu.example>", "Return-Path: <>"],
    ],
    ["one whose header ends before the suspicious line", ["Subject: a", "", "Auto-Submitted: auto-replied"]],
  ])("%s", (_, lines) => {
    expect(reasonFor(...lines)).toBeNull();
  });
});

const comment = fc.stringMatching(/^(\\[()\\]|[a-z ;="-]){0,20}$/).map((text) => `(${text})`);
const nested = fc.oneof(
  comment,
  comment.map((inner) => `(a ${inner} b)`),
  fc.constantFrom("", " ", "\r\n\t"),
);
const cased = (word: string) =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((up) => [...word].map((c, at) => (up[at] ? c.toUpperCase() : c)).join(""));
const parameters = fc
  .array(fc.constantFrom("; x=y", '; owner="no; auto-replied"', ";", "; (no) a=b"), { maxLength: 3 })
  .map((all) => all.join(""));

describe("the grammar of Auto-Submitted", () => {
  const field = (keyword: fc.Arbitrary<string>) =>
    fc
      .tuple(nested, keyword, nested, parameters)
      .map(([before, word, after, rest]) => `Auto-Submitted: ${before}${word}${after}${rest}`);

  it("lets no pass in any capitals, between any comments, before any parameters, however often", () => {
    fc.assert(
      fc.property(fc.array(field(cased("no")), { minLength: 1, maxLength: 4 }), (lines) => {
        expect(reasonFor(...lines)).toBeNull();
      }),
    );
  });

  it("stops every other keyword, wherever it stands among fields that say no", () => {
    const keyword = fc.oneof(
      cased("auto-replied"),
      cased("auto-generated"),
      fc.stringMatching(/^[a-z]{1,10}(-[a-z]{1,5})?$/).filter((word) => word !== "no"),
      fc.constant(""),
    );
    fc.assert(
      fc.property(
        field(keyword),
        fc.array(field(fc.constant("no")), { maxLength: 3 }),
        fc.nat(3),
        (bad, good, at) => {
          expect(reasonFor(...good.slice(0, at), bad, ...good.slice(at))).toBe("auto_submitted");
        },
      ),
    );
  });
});

it("whatever stands in a header, the wall gives an answer, with our keys or without", () => {
  const names = fc.constantFrom(
    "From",
    "Return-Path",
    "Auto-Submitted",
    "Content-Type",
    "Message-ID",
    "Precedence",
  );
  const header = fc
    .array(fc.tuple(names, fc.string()))
    .map((all) => all.map(([n, v]) => `${n}: ${v}`).join("\r\n"));
  fc.assert(
    fc.property(
      fc.oneof(
        header.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 400 }),
      ),
      (bytes) => {
        const { fields } = readHeader(bytes);
        const automatic = automaticReason(fields);
        const reason = loopReason(fields, DESK, ids);
        expect(reason === automatic || reason === "own_letter").toBe(true);
      },
    ),
  );
});

it.each([
  ["opening brackets", `Auto-Submitted: ${"(".repeat(900_000)}`],
  ["Message-IDs", `Message-ID: ${"<desk.a@b>".repeat(90_000)}`],
  ["fields", "Message-ID: <desk.a@b>\r\n".repeat(35_000)],
  ["list requests", `From: ${"owner-".repeat(150_000)}@a.example`],
  ["quotes", `From: "${'\\"'.repeat(400_000)}`],
])("a header of nothing but %s is judged in the time of any other", (_, header) => {
  const began = performance.now();
  loopReason(readHeader(Buffer.from(`${header}\r\n\r\n`)).fields, DESK, ids);
  expect(performance.now() - began).toBeLessThan(5_000);
});
