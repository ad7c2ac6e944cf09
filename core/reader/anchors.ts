/** The labels of one line and the stretch of text that is the value of each. */
import type { GuaranteeKind } from "../terms.ts";
import { productsIn } from "./asked-products.ts";
import { hasMarks } from "./choice.ts";
import { type LabelMatch, matchLabel } from "./label-match.ts";
import type { FieldName, Labels, LabelTarget } from "./labels.ts";
import { AMOUNT_FIELDS, DATE_FIELDS, isPlausible, pastClause, sentence } from "./sentences.ts";

export interface Anchor {
  field: FieldName;
  product: GuaranteeKind | null;
  payment?: true;
  value: string;
  qualifier: string;
  prose: boolean;
  /** Where its label begins. */
  start: number;
}

/** A label found in a line, and where its value begins. */
export interface Position {
  target: LabelTarget;
  start: number;
  valueFrom: number;
  qualifier: string;
  prose: boolean;
}

const PARTIES: FieldName[] = ["ordererName", "contractorName", "depositBank", "handlingBranch"];
/** A label may be quoted in a sentence. */
const QUOTES = "\u300C\u300E";
const WHOLE_LINE: FieldName[] = ["message"];

/** Labels in order with their values; empty when the line has none. */
export function anchorsIn(text: string, labels: Labels, hasRows: boolean): Anchor[] {
  if (isProductChoice(text, labels))
    return [
      { field: "productName", product: null, value: text.trim(), qualifier: "", prose: false, start: 0 },
    ];
  const positions: Position[] = [];
  const first = lineStart(text, labels, hasRows);
  if (first) positions.push(first);
  const swallow = first && WHOLE_LINE.includes(first.target.field) && !first.prose;
  const ticked = first?.target.field === "product" && hasMarks(text.slice(first.valueFrom), labels);
  if (!swallow && !ticked) {
    // What a sentence says of an earlier job is not this letter's matter.
    const past = first === null || first.prose ? pastClause(text, labels) : null;
    const found = inside(text, first?.valueFrom ?? 0, labels);
    positions.push(...found.filter(({ start }) => past === null || start < past.from || start >= past.until));
  }
  const anchors = positions.map((p, i) => toAnchor(text, p, positions[i + 1]?.start ?? text.length, labels));
  return anchors.filter((anchor) => !anchor.prose || isPlausible(anchor, labels));
}

function toAnchor(text: string, p: Position, until: number, labels: Labels): Anchor {
  let value = text.slice(p.valueFrom, until);
  // Inside a line a value ends with its sentence.
  const isInside = text.slice(0, p.start).trim().length > 2;
  if (p.prose || isInside) value = value.split(labels.tokens.valueEnd)[0] ?? "";
  value = withinBrackets(text.slice(0, p.start), value);
  value = value.replace(labels.tokens.valueTail, "").trim();
  return { ...p.target, value, qualifier: p.qualifier, prose: p.prose, start: p.start };
}

/** A value whose label stands inside brackets ends where they close. */
function withinBrackets(before: string, value: string): string {
  let depth = (before.match(/\(/g)?.length ?? 0) - (before.match(/\)/g)?.length ?? 0);
  if (depth <= 0) return value;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === "(") depth += 1;
    if (value[at] === ")") depth -= 1;
    if (depth === 0) return value.slice(0, at);
  }
  return value;
}

function lineStart(text: string, labels: Labels, hasRows: boolean): Position | null {
  const lead = labels.tokens.labelLead.exec(text)?.[0].length ?? 0;
  const match = matchLabel(text, lead, labels) ?? matchLabel(text, 0, labels);
  if (!match || isUnchosen(match, text, labels)) return null;
  const rest = text.slice(match.end);
  const at = (length: number, prose: boolean): Position => ({
    target: match.target,
    start: match.start,
    valueFrom: match.end + length,
    qualifier: match.qualifier,
    prose,
  });
  const separator = labels.tokens.separator.exec(rest);
  if (separator) return at(separator[0].length, false);
  if (isTooShort(match, text) && !match.weak && !labels.tokens.dateStart.test(rest)) return null;
  if (match.weak && weakAt(match, text, hasRows, labels)) return at(0, false);
  if (match.weak) return sentence(match, text, labels);
  // "Deposit bank (before) A": the remark parts the label from its value.
  if (match.qualifier !== "" && /^\S/u.test(rest)) return at(0, false);
  if (/^\s+\S/u.test(rest) || rest.trim() === "")
    return hasRows || rest.trim() !== "" || isAlone(text) ? at(0, false) : null;
  if (hasMarks(rest[0] ?? "", labels) || new RegExp(`[${labels.tokens.circle}×]`, "u").test(rest[0] ?? ""))
    return at(0, false);
  const bracketed =
    text[match.end - 1] !== undefined && labels.tokens.closeBrackets.includes(text[match.end - 1] ?? "");
  if (bracketed || /^\(.*\)\s*$/u.test(rest)) return at(0, false);
  const typed = [...AMOUNT_FIELDS, ...DATE_FIELDS].includes(match.target.field);
  if (typed && labels.tokens.typedStart.test(rest)) return at(0, false);
  return sentence(match, text, labels);
}

/** Which products are wanted, as boxes beside each other on a line of their own. */
function isProductChoice(text: string, labels: Labels): boolean {
  if (!hasMarks(text.trim().slice(0, 3), labels) || /\d/u.test(text)) return false;
  const first = matchLabel(text.trim().replace(/^\S\s?/u, ""), 0, labels);
  return first?.target.field === "product" && productsIn(text, labels).length > 1;
}

/** An empty box in front of a label leaves the label out; one in front of a product is that product's own. */
const isUnchosen = ({ target, start }: LabelMatch, text: string, { tokens }: Labels): boolean =>
  target.field !== "product" && tokens.off.includes(text.slice(0, start).trim().at(-1) ?? " ");

/** A weak label without a separator counts as an item of a list, before a column, or before a value of its own kind. */
function weakAt(match: LabelMatch, text: string, hasRows: boolean, labels: Labels): boolean {
  const rest = text.slice(match.end);
  const isItem = text.slice(0, match.start).trim() !== "";
  const mayBeAlone = hasRows && !labels.tokens.neverAlone.test(text.trim());
  if (/^\s{2,}\S/u.test(rest) || ((isItem || mayBeAlone) && rest.trim() === "")) return true;
  if (isItem && /^\s/u.test(rest)) return true;
  const { field } = match.target;
  if (PARTIES.includes(field) && /^\s\S{1,24}$/u.test(rest))
    return isPlausible({ field, value: rest.trim() }, labels);
  if (field === "form" && /^\s\S{1,10}$/u.test(rest))
    return isPlausible({ field, value: rest.trim() }, labels);
  if (field === "worksTitle" && /^\s\S+$/u.test(rest)) return labels.tokens.titleEnd.test(rest.trim());
  if (DATE_FIELDS.includes(field)) return labels.tokens.writtenDay.test(rest.trimStart());
  if (AMOUNT_FIELDS.includes(match.target.field)) return labels.tokens.amountStart.test(rest.trimStart());
  return false;
}

const isAlone = (text: string): boolean => text.trim().length <= 24;
const isTooShort = (match: LabelMatch, text: string): boolean =>
  text.slice(match.start, match.end).replace(/\s/gu, "").length === 1;

/** Labels inside a line: behind a colon they count anywhere, in a sentence only with a particle and a fitting value. */
function inside(text: string, from: number, labels: Labels): Position[] {
  const found: Position[] = [];
  let at = from;
  while (at < text.length) {
    const c = text[at] ?? "";
    const position =
      labels.firstCharacters.has(c.toUpperCase()) || QUOTES.includes(c) ? positionAt(text, at, labels) : null;
    if (position) {
      found.push(position);
      at = Math.max(position.valueFrom, at + 1);
    } else at += 1;
  }
  return found;
}

function positionAt(text: string, at: number, labels: Labels): Position | null {
  // A label behind a kanji or the like is only the tail of a longer word.
  if (labels.tokens.insideWord.test(text[at - 1] ?? " ")) return null;
  const match = matchLabel(text, at, labels);
  if (!match || match.start !== at || isTooShort(match, text)) return null;
  const gloss = asGloss(match, text, labels);
  if (gloss) return gloss;
  if (isUnchosen(match, text, labels)) return null;
  const column = asColumn(match, text);
  if (column) return column;
  return behindColon(match, text, labels) ?? sentence(match, text, labels);
}

/** "Where we keep it (deposit bank)  …": the proper name stands in brackets behind words of the writer's own. */
function asGloss(match: LabelMatch, text: string, { tokens }: Labels): Position | null {
  const before = text.slice(0, match.start);
  const behind = /^\)(?:\s*[:=]\s*|\s+(?=\S))/u.exec(text.slice(match.end));
  if (!behind || !/^\s*\S[^\d:()]{1,20}\($/u.test(before) || tokens.sentenceLine.test(text)) return null;
  return {
    target: match.target,
    start: match.start,
    valueFrom: match.end + behind[0].length,
    qualifier: match.qualifier,
    prose: false,
  };
}

/** A further label of a line in columns: spaces part it from what stands before it, and from its value. */
function asColumn(match: LabelMatch, text: string): Position | null {
  const gap = /^\s+(?=\S)/u.exec(text.slice(match.end));
  if (match.weak || gap === null || !/\S\s{2,}$/u.test(text.slice(0, match.start))) return null;
  return {
    target: match.target,
    start: match.start,
    valueFrom: match.end + gap[0].length,
    qualifier: match.qualifier,
    prose: false,
  };
}

function behindColon(match: LabelMatch, text: string, labels: Labels): Position | null {
  const separator = /^\s*[:=]\s*/u.exec(text.slice(match.end));
  if (!separator || labels.tokens.separator.exec(text.slice(match.end)) === null) return null;
  return {
    target: match.target,
    start: match.start,
    valueFrom: match.end + separator[0].length,
    qualifier: match.qualifier,
    prose: false,
  };
}
