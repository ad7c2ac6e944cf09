import { describe, expect, it } from "vitest";
import type { LetterContent } from "../../core/letters.ts";
import { makeProblem } from "../../core/reader/findings.ts";
import type { LetterKind } from "../../core/terms.ts";
import { readEml } from "../../mail/letter/read.ts";
import { loadLabels } from "../../templates/reading.ts";
import { application, DESK, letter } from "./composed.ts";

/**
 * People thank for what the desk writes, and their mail programs quote it whole. Nothing that our own letters say, in
 * subject or text, may make a question or an application of that: the desk would answer its own words without end.
 */

const labels = loadLabels();
const PROBLEMS = [
  makeProblem(labels, "contractDate", "missing"),
  makeProblem(labels, "guarantees", "missing"),
  makeProblem(labels, "guarantees.interim_advance_payment.advanceGuaranteeNumber", "unreadable"),
];
const base = { receiptNumber: "A-000123", application };
const LETTERS: LetterContent[] = [
  { ...base, template: "receipt", senderRegistered: true },
  { ...base, template: "questions", problems: PROBLEMS, senderRegistered: false },
  { ...base, template: "declined", kinds: ["performance"], reason: "理由" },
  { ...base, template: "fee_due", fees: [], totalYen: 0, lump: false },
  {
    template: "status",
    cases: [{ ...base, problems: [], products: [{ kind: "advance_payment", state: "applied" }] }],
  },
  { template: "status", cases: [{ ...base, problems: PROBLEMS, products: [] }] },
  {
    ...{ template: "fee_inquiry", application, totalYen: 60_000, day: "2026-04-10" },
    fees: [{ kind: "advance_payment", guaranteedYen: 20_000_000, feeYen: 60_000 }],
  },
  { template: "blank_form" },
  { template: "wrong_document" },
  {
    template: "send_again",
    problems: [makeProblem(labels, "application", "ambiguous", { sentence: "two_works" })],
  },
];
/** What staff see; a question about the fee in a reply is theirs, too (`answerFee`). */
const UNANSWERED: readonly LetterKind[] = ["unrecognised", "fee_inquiry"];

async function kindOfReply(content: LetterContent, words: string): Promise<LetterKind> {
  const { mail, text } = await letter(content);
  const subject = Buffer.from(`Re: ${mail.subject}`).toString("base64");
  const body = `${words}\n\n2026年4月10日(金) 10:02 ${DESK}:\n\n> ${text.split("\n").join("\n> ")}`;
  const head = [
    "From: suzuki@tone-kensetsu.example",
    `To: ${DESK}`,
    `Subject: =?UTF-8?B?${subject}?=`,
    "In-Reply-To: <desk@mihon-hosho.example>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 8bit",
  ];
  return (await readEml(Buffer.from([...head, "", ...body.split("\n"), ""].join("\r\n")))).kind;
}

describe.each(LETTERS.map((content) => [content.template, content] as const))(
  "a reply to %s",
  (_, content) => {
    it.each(["ありがとうございます。承知しました。", "確認して、後日ご連絡いたします。"])(
      "that only says %s goes to a person",
      async (words) => {
        expect(UNANSWERED).toContain(await kindOfReply(content, words));
      },
    );
  },
);
