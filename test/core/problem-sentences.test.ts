import { describe, expect, it } from "vitest";
import { contradictions } from "../../core/reader/application.ts";
import { makeProblem } from "../../core/reader/findings.ts";
import type { Application, Problem, ProblemCode, Reading } from "../../core/terms.ts";
import { readEml } from "../../mail/letter/read.ts";
import { loadLabels } from "../../templates/reading.ts";
import { application as SAMPLE } from "../mail/composed.ts";

/** What a clerk who gets a list of problems sees of each, and whether she could write what it asks for. */

const labels = loadLabels();
const CODES: readonly ProblemCode[] = ["missing", "unreadable", "ambiguous", "inconsistent", "out_of_range"];
/** Sentences that say more than the code, by the value they are said of. */
const YEN_SENTENCES = ["tax_excluded", "approximate", "unit_unknown", "too_large", "percentage"];
const PERIOD_SENTENCES = ["end_before_start", "end_before_contract"];
const PRODUCT_SENTENCES = ["unticked_with_amount", "asked_and_refused"];

const GENERAL = [
  ...["ordererName", "contractorName", "jointVentureName", "worksTitle", "worksNumber"],
  ...["contractPriceYen", "contractDate", "worksFrom", "worksUntil", "guarantees"],
  ...["handlingBranch", "completionNotice", "completionEmail", "directSubmission"],
  ...["contact.department", "contact.title", "contact.name", "contact.phone"],
];
const OF_EVERY_PRODUCT = ["form", "guaranteedYen", "feePayment", "feeBillTo", "paperFeeStatement"];
const OF_PAYMENTS = ["fiscalYearYen", "depositBank", "redeposit"];
const FIELDS: readonly string[] = [
  ...GENERAL,
  ...["advance_payment", "interim_advance_payment", "performance"].flatMap((kind) => [
    `guarantees.${kind}`,
    ...OF_EVERY_PRODUCT.map((name) => `guarantees.${kind}.${name}`),
    ...(kind === "performance" ? [] : OF_PAYMENTS.map((name) => `guarantees.${kind}.${name}`)),
  ]),
  "guarantees.interim_advance_payment.advanceGuaranteeNumber",
];

const READ = "見本の記載";
/** Digits in the form of a number of ours would be read as one where a reply quotes the sentence. */
const TOLD_IN_WORDS = "guarantees.interim_advance_payment.advanceGuaranteeNumber";

/** Every sentence that a problem of this field can have. */
function sentencesOf(field: string): Problem[] {
  const special = [
    ...(/Yen$/.test(field) ? YEN_SENTENCES : []),
    ...(/\.(?:guaranteed|fiscalYear)Yen$/.test(field) ? ["above_price"] : []),
    ...(field.endsWith("guaranteedYen") ? ["ratio_disagrees"] : []),
    ...(field === "worksUntil" ? PERIOD_SENTENCES : []),
    ...(/^guarantees\.[^.]+$/.test(field) ? PRODUCT_SENTENCES : []),
  ];
  return [
    ...CODES.map((code) => makeProblem(labels, field, code, code === "missing" ? {} : { read: READ })),
    makeProblem(labels, field, "unreadable"),
    makeProblem(labels, field, "ambiguous", { read: READ, sentence: "ambiguousOne" }),
    ...special.map((sentence) => makeProblem(labels, field, "ambiguous", { read: READ, sentence })),
  ];
}

/** The item by the name that the sentence gives it. */
const nameIn = ({ text }: Problem): string => /^(.+?)が記載されていません/.exec(text)?.[1] ?? "";
const exampleIn = ({ text }: Problem): string => /（例：([^）]+)）/.exec(text)?.[1] ?? "";

/** What a reply to a question says: item and example; for a product its amount, which says that it is asked for. */
function replyTo(field: string, name: string, example: string): string[] {
  if (field === "guarantees") return [example];
  if (/^guarantees\.[^.]+$/.test(field)) return [`${name}の保証金額：${example}`];
  const line = `${name}：${example}`;
  // A person or such a number alone is no correction to the reader, and goes to staff.
  if (field.startsWith("contact.")) return [line, "工事番号：見土第12号"];
  return field === TOLD_IN_WORDS ? [`${line}12345-678901`, "中間前払金保証の保証金額：10,000,000円"] : [line];
}

/** The reply of somebody who copies item and example. */
async function correctedBy(lines: readonly string[]): Promise<Reading> {
  return readEml(
    Buffer.from(
      [
        "From: suzuki@tone-kensetsu.example",
        "To: hosho@mihon-hosho.example",
        `Subject: =?UTF-8?B?${Buffer.from("Re: お申込み内容のご確認のお願い（A-000123）").toString("base64")}?=`,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        ...lines,
        "",
      ].join("\r\n"),
    ),
  );
}

/** The value at a problem's path; a product is there or not. */
function valueAt({ application }: Reading, field: string): unknown {
  const [head = "", kind, name] = field.split(".");
  if (head === "guarantees") {
    const asked = application?.guarantees.find((g) => g.kind === (kind ?? g.kind));
    return name === undefined ? asked : asked?.[name as keyof typeof asked];
  }
  const part = application?.[head as keyof typeof application];
  return kind === undefined ? part : (part as Record<string, unknown> | undefined)?.[kind];
}

describe.each(FIELDS)("a problem with %s", (field) => {
  const name = nameIn(makeProblem(labels, field, "missing"));

  it("names the item, in one line, with what was read, what is needed and an example", () => {
    expect(name).not.toBe("");
    for (const problem of sentencesOf(field)) {
      expect(problem.text).toMatch(/^[^\n{}]+。$/);
      expect(problem.text.startsWith(name)).toBe(true);
      expect(problem.text).toMatch(/(?:お知らせ|お送り)ください。$/);
      expect(exampleIn(problem) === "", problem.text).toBe(field === TOLD_IN_WORDS);
    }
    const read = sentencesOf(field).filter(({ text }) => text.includes(READ));
    expect(read.length).toBe(sentencesOf(field).length - 2);
  });

  it("is settled by a reply that copies item and example", async () => {
    const example = exampleIn(makeProblem(labels, field, "missing"));
    const lines = replyTo(field, name, example);
    const reading = await correctedBy(lines);
    expect(reading, lines[0]).toMatchObject({ kind: "correction", reference: "A-000123", problems: [] });
    expect(valueAt(reading, field) ?? null, lines[0]).not.toBeNull();
  });
});

describe("values that cannot be true together", () => {
  const application: Application = { ...SAMPLE, contractPriceYen: 50_000_000, worksUntil: "2026-03-01" };

  it("are repeated in the notation of a letter", () => {
    const [guarantee] = SAMPLE.guarantees;
    const guarantees = guarantee === undefined ? [] : [{ ...guarantee, guaranteedYen: 60_000_000 }];
    const said = contradictions({ ...application, guarantees }, labels).map(({ text }) => text);
    expect(said).toEqual([
      "工期の終期（令和8年3月1日）が工期の始期より前の日付になっています。ご確認のうえ、工期の始期または工期の終期について、年月日（例：令和8年4月10日）をお知らせください。",
      "前払金保証の保証金額（60,000,000円）が請負金額を超えています。ご確認のうえ、前払金保証の保証金額または請負金額について、消費税を含む円単位の金額（例：20,000,000円）をお知らせください。",
    ]);
  });
});
