/** Which products a letter asks for, which it refuses. */
import { parseYen } from "../money.ts";
import { GUARANTEE_KINDS, type GuaranteeKind } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { isUnticked, marksIn, normaliseMarks, readChoice } from "./choice.ts";
import { rowsOf } from "./findings.ts";
import { isProductField, type Labels } from "./labels.ts";
import type { Row } from "./source.ts";

/** `yes`/`no`: said so. `values`: only its fields are filled. */
type Wish = "yes" | "no";

export const hasDeposit = (kind: GuaranteeKind): boolean => kind !== "performance";

/** Does a line say of the product whose section or row it stands in that it is not applied for? */
export const isRefusal = (text: string, labels: Labels): boolean =>
  labels.prose.refused.test(text) || labels.prose.refusedAlone.test(text);

/** Does a product's row ask for it, refuse it, or say neither? */
function wishOf(given: Row, labels: Labels, isInquiry: boolean): Wish | null {
  // What stands in brackets is said of something else, unless it is all there is.
  const bare = given.value.replace(/\([^()]*\)/gu, "");
  const row = given.prose && bare.trim() !== "" ? { ...given, value: bare } : given;
  const value = normaliseMarks(row.value, labels);
  // A payment that was made long ago is no wish.
  if (row.payment && labels.prose.settled.test(value)) return null;
  // "Advance payment: yes" is the orderer's condition; only an amount makes it a wish.
  if (row.payment && !row.prose && marksIn(value, labels).length === 0 && !parseYen(value).ok && value !== "")
    return isRefusal(value, labels) ? "no" : null;
  if (row.prose) {
    const sentence = foldWidth(row.source.lines[row.line] ?? "");
    const clause = sentence.slice(Math.max(0, sentence.indexOf(given.value)));
    if (labels.prose.negative.test(row.value) || labels.prose.refused.test(row.value)) return "no";
    // "If we ask for …" asks for nothing, unless an amount says how much.
    if (labels.prose.hypothetical.test(row.value) && !labels.tokens.amountStart.test(row.value))
      return isInquiry ? "yes" : "no";
    return labels.prose.requestVerb.test(clause) || parseYen(row.value).ok ? "yes" : null;
  }
  const marks = marksIn(value, labels);
  const unbracketed = bare.trim() === "" ? value : normaliseMarks(bare, labels);
  if (marks.length === 0 && (isRefusal(unbracketed, labels) || labels.prose.settled.test(value))) return "no";
  const options: [boolean, string[]][] = [
    [true, labels.choices.product.true],
    [false, labels.choices.product.false],
  ];
  const choice = readChoice(value, options, labels);
  if (choice.ok) return choice.value ? "yes" : "no";
  if (marks.length > 0) return marks.some((mark) => mark.on) ? "yes" : "no";
  if (labels.nothing.test(value) || /^[×x]$/u.test(value)) return "no";
  return value === "" ? null : "yes";
}

/** Products named beside a label such as "kind of guarantee"; ticks decide where there are any. */
function namedProducts(row: Row, labels: Labels): Map<GuaranteeKind, Wish> {
  const text = normaliseMarks(foldWidth(row.value), labels);
  const words = GUARANTEE_KINDS.flatMap((kind) =>
    labels.products[kind].map((word) => ({ kind, word: foldWidth(word) })),
  );
  words.sort((a, b) => b.word.length - a.word.length);
  const hits: { kind: GuaranteeKind; at: number; end: number }[] = [];
  for (const { kind, word } of words) {
    const at = text.indexOf(word);
    if (at >= 0 && !hits.some((hit) => at < hit.end && at + word.length > hit.at))
      hits.push({ kind, at, end: at + word.length });
  }
  const picked = labels.tokens.pickedNumber.exec(text)?.[1];
  if (picked !== undefined) {
    const chosen = hits.find((hit) => new RegExp(`${picked}\\s*[.)]?\\s*$`, "u").test(text.slice(0, hit.at)));
    if (chosen) return new Map([[chosen.kind, "yes" as const]]);
  }
  const marks = marksIn(text, labels);
  const before = marks.length > 0 && (marks[0]?.at ?? 0) < Math.min(...hits.map((hit) => hit.at));
  const wishes = new Map<GuaranteeKind, Wish>();
  for (const hit of hits) {
    const mark = before ? marks.findLast((m) => m.at < hit.at) : marks.find((m) => m.at >= hit.end);
    wishes.set(hit.kind, marks.length === 0 || mark?.on ? "yes" : "no");
  }
  return wishes;
}

export interface Asked {
  kinds: GuaranteeKind[];
  /** Explicitly not asked for. */
  refused: Set<GuaranteeKind>;
}

/** The products asked for: said so, or with values of their own; else those that only head a section or the subject names. */
export function askedProducts(
  rows: Row[],
  titles: string,
  labels: Labels,
  { background = "", isInquiry = false }: { background?: string; isInquiry?: boolean } = {},
): Asked {
  const yes = new Set<GuaranteeKind>();
  const refused = new Set<GuaranteeKind>();
  const note = (kind: GuaranteeKind, wish: Wish | null) => {
    if (wish === "yes") yes.add(kind);
    if (wish === "no") refused.add(kind);
  };
  for (const row of rowsOf(rows, "productName"))
    for (const [kind, wish] of namedProducts(row, labels)) note(kind, wish);
  for (const row of rowsOf(rows, "product"))
    if (row.product) note(row.product, wishOf(row, labels, isInquiry));
  for (const row of rowsOf(rows, "guaranteedYen"))
    if (row.product && (isRefusal(row.value, labels) || labels.tokens.zeroCell.test(row.value)))
      note(row.product, "no");
  for (const row of rows) {
    const filled =
      isProductField(row.field) &&
      row.product !== null &&
      row.value.replace(labels.tokens.noiseLine, "") !== "" &&
      !isUnticked(row.value, labels);
    if (filled && row.product && !refused.has(row.product) && row.field !== "advanceGuaranteeNumber")
      yes.add(row.product);
  }
  shareConjunctions(rows, labels, note);
  if (yes.size === 0)
    for (const row of rowsOf(rows, "product"))
      if (row.product && row.header && !refused.has(row.product)) yes.add(row.product);
  if (yes.size === 0) for (const kind of productsIn(titles, labels)) if (!refused.has(kind)) yes.add(kind);
  if (yes.size === 0) for (const kind of impliedProducts(rows, background, labels)) yes.add(kind);
  if (hasAdvanceAlready(rows)) yes.delete("advance_payment");
  return { kinds: GUARANTEE_KINDS.filter((kind) => yes.has(kind)), refused };
}

/** Whoever names the number of the advance payment's guarantee has it; only an amount of its own would ask for another. */
function hasAdvanceAlready(rows: Row[]): boolean {
  const named = rows.some((row) => row.field === "advanceGuaranteeNumber" && /\d{5}/u.test(row.value));
  const isOwn = (row: Row) => row.product === "advance_payment" && parseYen(row.value).ok && !row.payment;
  return named && !rows.some((row) => ["product", "guaranteedYen"].includes(row.field) && isOwn(row));
}

/** Fields that only an advance or interim guarantee has. */
const DEPOSIT_FIELDS: Row["field"][] = ["depositBank", "redeposit", "fiscalYearYen"];

/**
 * Values without any product's name, as in a correction: they belong to the one product that the quoted letter
 * speaks of; a deposit bank can only be that of the advance payment unless an interim one is mentioned.
 */
function impliedProducts(rows: Row[], background: string, labels: Labels): GuaranteeKind[] {
  const loose = rows.filter((row) => isProductField(row.field) && row.product === null && row.value !== "");
  if (loose.length === 0 || background === "") return [];
  const spoken = productsIn(background, labels);
  if (loose.every((row) => DEPOSIT_FIELDS.includes(row.field))) {
    const fitting = spoken.filter(hasDeposit);
    return fitting.length === 0 ? ["advance_payment"] : fitting.length === 1 ? fitting : [];
  }
  return spoken.length === 1 ? spoken : [];
}

/** "A and B, please": the wish behind the last of a list holds for all of it. */
function shareConjunctions(
  rows: Row[],
  labels: Labels,
  note: (kind: GuaranteeKind, wish: Wish | null) => void,
): void {
  const prose = rows.filter((row) => row.field === "product" && row.prose);
  for (let i = prose.length - 2; i >= 0; i -= 1) {
    const [row, next] = [prose[i], prose[i + 1]];
    if (!row?.product || !next || next.source !== row.source || next.line !== row.line) continue;
    if (row.value !== "" && !labels.tokens.conjunction.test(row.value)) continue;
    if (isBracketed(next, labels)) continue;
    row.value = withoutAmount(next.value, labels);
    note(row.product, wishOf(row, labels, false));
  }
}

/** Does the product stand in brackets behind another? Then the words there are about it alone. */
function isBracketed(row: Row, labels: Labels): boolean {
  const text = foldWidth(row.source.lines[row.line] ?? "");
  const word = labels.products[row.product ?? "performance"].find((one) => text.includes(`(${one}`));
  return word !== undefined;
}

const withoutAmount = (value: string, labels: Labels): string =>
  value.replace(new RegExp(labels.tokens.amount.source, "gu"), "");

/** Products whose names occur in a text; the longer name wins where one contains another. */
export function productsIn(text: string, labels: Labels): GuaranteeKind[] {
  let rest = foldWidth(text);
  const found = new Set<GuaranteeKind>();
  for (const kind of ["interim_advance_payment", "advance_payment", "performance"] as const) {
    for (const word of [...labels.products[kind]].sort((a, b) => b.length - a.length)) {
      if (labels.productLabelOnly.includes(word) || !rest.includes(foldWidth(word))) continue;
      found.add(kind);
      rest = rest.replaceAll(foldWidth(word), " ");
    }
  }
  return GUARANTEE_KINDS.filter((kind) => found.has(kind));
}
