/** Parts the text of a letter into new text, quoted text and signature. */
import { foldWidth } from "../text.ts";
import { matchLabel } from "./label-match.ts";
import type { FieldName, Labels } from "./labels.ts";
import { type Line, type Source, sourceOf, toLines } from "./source.ts";
import { joinBrokenLines } from "./wrapped.ts";

/** Longest signature in lines; a longer tail behind a rule is content. */
const SIGNATURE_LINES = 14;
/** A quotation begins so soon below the line that announces it. */
const ATTRIBUTION_LINES = 4;
const QUOTE_MARK = /^\s{0,3}(?:[>＞]|\|(?!.*\|))/u;

/** `[new text, quoted text]` of a body. Quote marks are taken off the quoted lines. `isReply`: the letter answers one. */
export function splitBody(text: string, labels: Labels, isReply = true): Source[] {
  const fresh: Line[] = [];
  const quoted: Line[] = [];
  let inTail = false;
  let question: string | null = null;
  const lines = toLines(text);
  // Marked lines in a letter that answers none and announces no quotation were pasted: a screen, a form.
  const isPasted = !isReply && !lines.some((line) => startsQuotation(line.text, labels));
  for (const [at, { text: line, number }] of lines.entries()) {
    const attribution = !inTail && startsQuotation(line, labels);
    // "On … wrote:" above marked lines quotes just these; what is not marked below them is new.
    if (attribution && !isMarkedBelow(lines, at)) inTail = true;
    if (isPasted) {
      fresh.push({ text: line.replace(/^(?:\s{0,3}[>＞]\s?)+/u, ""), number });
      continue;
    }
    if (inTail || attribution || QUOTE_MARK.test(line)) {
      const plain = line.replace(/^(?:\s{0,3}[>＞|]\s?)+/u, "");
      quoted.push({ text: plain, number });
      if (!inTail) fresh.push({ text: "", number });
      if (plain.trim() !== "") question = plain;
    } else {
      fresh.push({ text: question === null ? line : answered(question, line, labels), number });
      if (line.trim() !== "") question = null;
    }
  }
  const about = { format: "text", name: "" } as const;
  return [
    sourceOf(joinBrokenLines(withoutSignature(fresh, labels), labels), { ...about, origin: "body" }),
    sourceOf(joinBrokenLines(quoted, labels), { ...about, origin: "quoted" }),
  ];
}

const ANSWERED_AMOUNTS: FieldName[] = ["contractPriceYen", "guaranteedYen", "fiscalYearYen"];
const ANSWERED_DAYS: FieldName[] = ["contractDate", "worksFrom", "worksUntil", "period"];

/** A bare amount or day written right below a quoted line about it is the answer: it gets that line's label. */
function answered(question: string, line: string, labels: Labels): string {
  const asked = foldWidth(question);
  const match = matchLabel(asked, 0, labels);
  const said = foldWidth(line).trim();
  if (!match || matchLabel(said, 0, labels) !== null || !labels.tokens.typedStart.test(said)) return line;
  const { field } = match.target;
  const fits =
    (ANSWERED_AMOUNTS.includes(field) && labels.tokens.amountStart.test(said)) ||
    (ANSWERED_DAYS.includes(field) && labels.tokens.writtenDay.test(said));
  return fits ? `${asked.slice(match.start, match.end)}:${said}` : line;
}

function isMarkedBelow(lines: Line[], at: number): boolean {
  const next = lines.slice(at + 1, at + 1 + ATTRIBUTION_LINES).find(({ text }) => text.trim() !== "");
  return next !== undefined && QUOTE_MARK.test(next.text);
}

function startsQuotation(line: string, labels: Labels): boolean {
  const folded = foldWidth(line).trim();
  return folded !== "" && labels.mentions.quoteStart.some((start) => start.test(folded));
}

/** Blanks a signature: a rule, then only lines without labels of an application until the end or the next rule. */
function withoutSignature(lines: Line[], labels: Labels): Line[] {
  const isRule = (line: string) =>
    labels.mentions.signatureStart.some((start) => start.test(foldWidth(line)));
  let filled = 0;
  let start = lines.length;
  for (let i = lines.length - 1; i >= 0 && filled <= SIGNATURE_LINES; i -= 1) {
    const line = lines[i]?.text ?? "";
    if (isRule(line)) start = i;
    else if (isContent(line, labels)) break;
    else if (line.trim() !== "") filled += 1;
  }
  return lines.slice(0, start);
}

/** Does a line carry a label that no signature has? */
function isContent(line: string, labels: Labels): boolean {
  if (labels.mentions.contentWords.test(line)) return true;
  const match = matchLabel(foldWidth(line), 0, labels);
  if (match === null) return false;
  return ![
    "phone",
    "weakPhone",
    "email",
    "ignored",
    "department",
    "title",
    "name",
    "contractorName",
    "leadMember",
  ].includes(match.target.field);
}
