/** Labels in running text: which turns of phrase give them a value, and which do not. */
import { parsePercentages } from "../money.ts";
import { foldText } from "../text.ts";
import type { Position } from "./anchors.ts";
import { readChoice } from "./choice.ts";
import type { LabelMatch } from "./label-match.ts";
import type { FieldName, Labels } from "./labels.ts";

export const AMOUNT_FIELDS: FieldName[] = [
  "contractPriceYen",
  "guaranteedYen",
  "fiscalYearYen",
  "bareAmount",
  "bidPrice",
  "product",
];
export const DATE_FIELDS: FieldName[] = ["contractDate", "worksFrom", "worksUntil", "period"];
const WISH_FIELDS: FieldName[] = ["completionNotice", "directSubmission", "paperFeeStatement"];

/** A label in a sentence, with a particle and a value that fits it. */
export function sentence(match: LabelMatch, text: string, labels: Labels): Position | null {
  const found = said(match, text, labels);
  if (found === null || !match.weak) return found;
  // A common word is a label in a sentence only before a value of its own kind.
  const value = text.slice(found.valueFrom).trimStart();
  const { field } = match.target;
  if (DATE_FIELDS.includes(field)) return labels.tokens.writtenDay.test(value) ? found : null;
  if (AMOUNT_FIELDS.includes(field)) return labels.tokens.amountStart.test(value) ? found : null;
  if (field === "worksTitle" && !labels.tokens.titleEnd.test(untilEnd(value, labels))) return null;
  return isPlausible({ field, value: untilEnd(value, labels) }, labels) && isShort(untilEnd(value, labels))
    ? found
    : null;
}

/** Longest name behind a common word: more is a sentence about something else. */
const NAME_CHARS = 24;
const isShort = (value: string): boolean => value !== "" && value.length <= NAME_CHARS;
const untilEnd = (value: string, { tokens }: Labels): string =>
  (value.split(tokens.valueEnd)[0] ?? "").split(tokens.proseEnd)[0] ?? "";

function said(match: LabelMatch, text: string, labels: Labels): Position | null {
  const rest = text.slice(match.end);
  const base = { target: match.target, start: match.start, qualifier: match.qualifier, prose: true };
  if (match.target.field === "product") {
    if (labels.prose.productMentionOnly.test(rest)) return null;
    const amount = labels.tokens.inlineShareParticle.exec(rest);
    if (amount) return { ...base, valueFrom: match.end + (amount[0].includes("(") ? 0 : amount[0].length) };
    // A bare word for the payment itself asks for nothing unless an amount stands behind it.
    if (labels.productLabelOnly.includes(text.slice(match.start, match.end).trim())) return null;
    const request = labels.prose.productRequest.exec(rest);
    if (request) return { ...base, valueFrom: match.end };
  }
  const led = match.target.field === "redeposit" ? labels.tokens.redepositLead.exec(rest) : null;
  if (led) return { ...base, valueFrom: match.end + led[0].length };
  if (match.target.field === "redeposit" && startsWithChoice(rest, labels))
    return { ...base, valueFrom: match.end };
  const isNumber =
    match.target.field === "guaranteeNumber" || match.target.field === "advanceGuaranteeNumber";
  if (isNumber && /^\s*\d{5}/u.test(rest)) return { ...base, valueFrom: match.end };
  const wished = WISH_FIELDS.includes(match.target.field) ? labels.tokens.inlineWish.exec(rest) : null;
  if (wished) return { ...base, valueFrom: match.end + wished[0].length };
  const changed = labels.tokens.changed.exec(rest);
  if (changed) return { ...base, valueFrom: match.end + changed[0].length };
  const isTyped = AMOUNT_FIELDS.includes(match.target.field) || DATE_FIELDS.includes(match.target.field);
  const inBrackets = isTyped ? /^\s*\((?=[^()]*\d)/u.exec(rest) : null;
  if (inBrackets && labels.kinds.correctionWords.test(text))
    return { ...base, valueFrom: match.end + inBrackets[0].length };
  const corrected = isTyped ? labels.tokens.correctly.exec(rest) : null;
  if (corrected) return { ...base, valueFrom: match.end + corrected[0].length };
  const leftOut = labels.tokens.leftOut.exec(rest);
  if (leftOut && !match.weak) return { ...base, valueFrom: match.end + leftOut[0].length };
  const particle = labels.tokens.inlineParticle.exec(rest);
  if (particle) return { ...base, valueFrom: match.end + particle[0].length };
  const amount = AMOUNT_FIELDS.includes(match.target.field) ? amountParticle(match, labels).exec(rest) : null;
  const date = DATE_FIELDS.includes(match.target.field) ? labels.tokens.inlineDateParticle.exec(rest) : null;
  const found = amount ?? date;
  return found ? { ...base, valueFrom: match.end + found[0].length } : null;
}

/** A guaranteed amount may be told as a share first; behind the word for the price a share is somebody else's. */
const amountParticle = ({ target }: LabelMatch, { tokens }: Labels): RegExp =>
  target.field === "guaranteedYen" ? tokens.inlineShareParticle : tokens.inlineAmountParticle;

function startsWithChoice(rest: string, labels: Labels): boolean {
  const { redeposit } = labels.choices;
  return [...redeposit.true, ...redeposit.false].some((word) => rest.trimStart().startsWith(word));
}

/** What a sentence says fits its label: a party is somebody's name, a choice one of its options. */
export function isPlausible({ field, value }: { field: FieldName; value: string }, labels: Labels): boolean {
  const { prose, tokens, choices } = labels;
  if (field === "ordererName" || field === "contractorName") return prose.party.test(nameIn(value, labels));
  if (field === "form") return isSaid(value, [...choices.form.electronic, ...choices.form.paper], labels);
  if (field === "jointVentureName") return labels.jointVenture.test(value);
  if (field === "worksNumber") return /\d/u.test(value);
  if (AMOUNT_FIELDS.includes(field) && field !== "product")
    return tokens.hasAmount.test(value) || parsePercentages(value).length > 0;
  if (field === "depositBank") return tokens.bank.test(value);
  if (field === "handlingBranch") return tokens.branchWord.test(value);
  return true;
}

/** The name that a clause about a party ends with. */
function nameIn(value: string, { tokens }: Labels): string {
  const present = value.replace(tokens.notBut, "").replace(tokens.changedFrom, "");
  const quoted = tokens.quotedFirst.exec(present)?.[1];
  return quoted ?? foldText((present.split(tokens.proseEnd)[0] ?? "").replace(/\([^()]*\)?\s*$/u, ""));
}

const isSaid = (value: string, words: string[], labels: Labels): boolean => {
  const choice = readChoice(value, [[true, words]], labels);
  return choice.ok || choice.reason === "ambiguous";
};

/** The stretch of a sentence that speaks of an earlier job: no matter of this letter. */
export function pastClause(text: string, labels: Labels): { from: number; until: number } | null {
  const match = labels.tokens.earlierJob.exec(text);
  return match && { from: match.index, until: match.index + match[0].length };
}
