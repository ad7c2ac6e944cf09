import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeader } from "../../mail/header.ts";
import { loopReason } from "../../mail/loops.ts";

const DESK = "hosho@mihon-hosho.example";

function reasonFor(...lines: string[]): string | null {
  const from = lines.some((line) => /^from:/i.test(line))
    ? []
    : ["From: =?UTF-8?B?6Yi05pyo?= <suzuki@tone-kensetsu.example>"];
  const letter = [...from, ...lines, "Subject: x", "", "body"].join("\r\n");
  return loopReason(readHeader(Buffer.from(letter)).fields, DESK);
}

describe("letters that must never be answered", () => {
  it.each([
    ["a bounce with the null return path", "null_return_path", ["Return-Path: <>"]],
    ["a null return path with a space in it", "null_return_path", ["Return-Path: < >"]],
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
    ["a mailing list", "mailing_list", ["List-Id: <news.town.example>"]],
    ["a newsletter", "mailing_list", ["List-Unsubscribe: <mailto:a@b.example>"]],
    ["bulk mail", "bulk", ["Precedence: Bulk"]],
    ["our own letter coming back", "own_letter", [`From: Desk <${DESK.toUpperCase()}>`]],
    [
      "our own letter under another sender",
      "own_letter",
      ["Message-ID: <desk.11111111-1111-4111-8111-111111111111@mihon-hosho.example>"],
    ],
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
    ["one of first precedence", ["Precedence: first-class"]],
    [
      "a colleague of our own domain",
      ["From: yamada@mihon-hosho.example", "Message-ID: <abc@mihon-hosho.example>"],
    ],
    [
      "a reply to our letter",
      ["In-Reply-To: <desk.1@mihon-hosho.example>", "References: <desk.1@mihon-hosho.example>"],
    ],
    [
      "one whose older hop had a null return path",
      ["Return-Path: <suzuki@tone-kensetsu.example>", "Return-Path: <>"],
    ],
    ["one whose header ends before the suspicious line", ["Subject: a", "", "Auto-Submitted: auto-replied"]],
  ])("%s", (_, lines) => {
    expect(reasonFor(...lines)).toBeNull();
  });
});

it("whatever stands in a header, the wall gives an answer and comments never turn no into automatic", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(() => loopReason(readHeader(bytes).fields, DESK)).not.toThrow();
    }),
  );
  const comment = fc.stringMatching(/^[a-z ]{0,20}$/).map((text) => `(${text})`);
  fc.assert(
    fc.property(comment, comment, fc.constantFrom("no", "No", "NO"), (before, after, no) => {
      expect(reasonFor(`Auto-Submitted: ${before} ${no} ${after}`)).toBeNull();
    }),
  );
});
