/** Which products a letter asks for, and the values of each. */
import { parsePercentages, parseYen } from "../money.ts";
import { GUARANTEE_KINDS, type GuaranteeKind, type Medium, type Problem, type RequestedGuarantee } from "../terms.ts";
import { foldCode, foldWidth } from "../text.ts";
import { marksIn, normaliseMarks, readChoice } from "./choice.ts";
import { wishFindings } from "./contact.ts";
import { type Finding, makeProblem, resolve, resolveText, rowsOf } from "./findings.ts";
import { isProductField, type Labels } from "./labels.ts";
import { assignRows } from "./product-rows.ts";
import { formOptions } from "./prose.ts";
import type { Row } from "./source.ts";
import { texts } from "./works.ts";
import { yenFinding } from "./values.ts";

/** `yes`/`no`: said so. `values`: only its fields are filled. */
type Wish = "yes" | "no";

const NUMBER = /(?<![\d-])(\d{5})\s*-\s*(\d{6})(?![\d-])/u;
const hasDeposit = (kind: GuaranteeKind): boolean => kind !== "performance";

/** Does a product's row ask for it, refuse it, or say neither? */
function wishOf(row: Row, labels: Labels): Wish | null {
  const value = normaliseMarks(row.value, labels);
  if (row.prose) {
    const sentence = foldWidth(row.source.lines[row.line] ?? "");
    const clause = sentence.slice(Math.max(0, sentence.indexOf(row.value)));
    if (labels.prose.negative.test(row.value)) return "no";
    return labels.prose.requestVerb.test(clause) || parseYen(row.value).ok ? "yes" : null;
  }
  const marks = marksIn(value, labels);
  const options: [boolean, string[]][] = [[true, labels.choices.product.true], [false, labels.choices.product.false]];
  const choice = readChoice(value, options, labels);
  if (choice.ok) return choice.value ? "yes" : "no";
  if (marks.length > 0) return marks.some((mark) => mark.on) ? "yes" : "no";
  if (labels.nothing.test(value) || /^[×x]$/u.test(value)) return "no";
  return value === "" ? null : "yes";
}

/** Products named beside a label such as "kind of guarantee"; ticks decide where there are any. */
function namedProducts(row: Row, labels: Labels): Map<GuaranteeKind, Wish> {
  const text = normaliseMarks(foldWidth(row.value), labels);
  const words = GUARANTEE_KINDS.flatMap((kind) => labels.products[kind].map((word) => ({ kind, word: foldWidth(word) })));
  words.sort((a, b) => b.word.length - a.word.length);
  const hits: { kind: GuaranteeKind; at: number; end: number }[] = [];
  for (const { kind, word } of words) {
    const at = text.indexOf(word);
    if (at >= 0 && !hits.some((hit) => at < hit.end && at + word.length > hit.at)) hits.push({ kind, at, end: at + word.length });
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

interface Asked {
  kinds: GuaranteeKind[];
  /** Explicitly not asked for. */
  refused: Set<GuaranteeKind>;
}

/** The products asked for: said so, or with values of their own; else those that only head a section or the subject names. */
export function askedProducts(rows: Row[], titles: string, labels: Labels): Asked {
  const yes = new Set<GuaranteeKind>();
  const refused = new Set<GuaranteeKind>();
  const note = (kind: GuaranteeKind, wish: Wish | null) => {
    if (wish === "yes") yes.add(kind);
    if (wish === "no") refused.add(kind);
  };
  for (const row of rowsOf(rows, "productName")) for (const [kind, wish] of namedProducts(row, labels)) note(kind, wish);
  for (const row of rowsOf(rows, "product")) if (row.product) note(row.product, wishOf(row, labels));
  for (const row of rows) {
    const filled = isProductField(row.field) && row.product !== null && row.value.replace(labels.tokens.noiseLine, "") !== "";
    if (filled && row.product && !refused.has(row.product) && row.field !== "advanceGuaranteeNumber") yes.add(row.product);
  }
  shareConjunctions(rows, labels, note);
  if (yes.size === 0) for (const row of rowsOf(rows, "product")) if (row.product && row.header && !refused.has(row.product)) yes.add(row.product);
  if (yes.size === 0) for (const kind of productsIn(titles, labels)) if (!refused.has(kind)) yes.add(kind);
  return { kinds: GUARANTEE_KINDS.filter((kind) => yes.has(kind)), refused };
}

/** "A and B, please": the wish behind the last of a list holds for all of it. */
function shareConjunctions(rows: Row[], labels: Labels, note: (kind: GuaranteeKind, wish: Wish | null) => void): void {
  const prose = rows.filter((row) => row.field === "product" && row.prose);
  for (let i = prose.length - 2; i >= 0; i -= 1) {
    const [row, next] = [prose[i], prose[i + 1]];
    if (!row?.product || !next || next.source !== row.source || next.line !== row.line) continue;
    if (row.value !== "" && !labels.tokens.conjunction.test(row.value)) continue;
    row.value = withoutAmount(next.value);
    note(row.product, wishOf(row, labels));
  }
}

const withoutAmount = (value: string): string => value.replace(/(?:金|¥)?[\d,.]+\s*[千万億百]*円?/gu, "");

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

/** Reads every product asked for. `form` is what running text says for all of them. */
export function readGuarantees(rows: Row[], titles: string, form: Medium | null, price: number | null, labels: Labels, problems: Problem[]): RequestedGuarantee[] {
  const asked = askedProducts(rows, titles, labels);
  const own = assignRows(rows, asked.kinds, labels);
  reportUntickedAmounts(rows, asked, labels, problems);
  return asked.kinds.map((kind) => readOne(kind, own.get(kind) ?? [], form, price, labels, problems));
}

function reportUntickedAmounts(rows: Row[], asked: Asked, labels: Labels, problems: Problem[]): void {
  for (const kind of GUARANTEE_KINDS) {
    const amount = rows.find((row) => row.product === kind && row.field === "guaranteedYen" && parseYen(row.value).ok);
    const said = asked.refused.has(kind);
    if (!said) continue;
    const field = `guarantees.${kind}`;
    if (asked.kinds.includes(kind)) continue;
    if (amount) problems.push(makeProblem(labels, field, "ambiguous", { read: amount.value, sentence: "unticked_with_amount" }));
  }
}

function readOne(kind: GuaranteeKind, rows: Row[], form: Medium | null, price: number | null, labels: Labels, problems: Problem[]): RequestedGuarantee {
  const path = (field: string) => `guarantees.${kind}.${field}`;
  const text = (field: Row["field"]) => resolveText(texts(rows, field, labels), path(field), labels, problems);
  const amounts = amountFindings(rows, labels);
  const guaranteedYen = resolve(amounts, path("guaranteedYen"), "yen", String, labels, problems);
  const fiscalYearYen = resolve(rowsOf(rows, "fiscalYearYen").flatMap((row) => yenFinding(row, labels)), path("fiscalYearYen"), "yen", String, labels, problems);
  const forms = formFindings(rows, labels);
  const redeposits = choiceFindings(rows, "redeposit", [[true, labels.choices.redeposit.true], [false, labels.choices.redeposit.false]], labels);
  const said: Finding<Medium>[] = forms.length === 0 && form !== null ? [{ ok: true, value: form, read: "" }] : forms;
  checkRatio(kind, rows, guaranteedYen, fiscalYearYen ?? price, labels, problems);
  return {
    kind,
    form: resolve(said, path("form"), "form", String, labels, problems),
    guaranteedYen,
    fiscalYearYen,
    depositBank: hasDeposit(kind) ? text("depositBank") : null,
    redeposit: hasDeposit(kind) ? resolve(redeposits, path("redeposit"), "redeposit", String, labels, problems) : null,
    feePayment: text("feePayment"),
    feeBillTo: text("feeBillTo"),
    paperFeeStatement: resolve(wishFindings(rows, "paperFeeStatement", labels), path("paperFeeStatement"), "choice", String, labels, problems),
    advanceGuaranteeNumber: kind === "interim_advance_payment" ? advanceNumber(rows, path("advanceGuaranteeNumber"), labels, problems) : null,
  };
}

function amountFindings(rows: Row[], labels: Labels): Finding<number>[] {
  const beside = rowsOf(rows, "product").filter((row) => /\d|[一-九壱弐参]+[十百千万億]/u.test(row.value));
  const ratios = rowsOf(rows, "ratio").flatMap((row) => yenFinding(row, labels)).filter((f) => !f.ok && f.sentence === "percentage");
  const own = [...rowsOf(rows, "guaranteedYen"), ...beside].flatMap((row) => yenFinding(row, labels));
  const stated = own.filter((f) => f.ok || !/^\D*0(?:\.0+)?\s*%\D*$/u.test(f.read));
  return stated.length > 0 ? stated : ratios;
}

function choiceFindings<T>(rows: Row[], field: Row["field"], options: [T, string[]][], labels: Labels): Finding<T>[] {
  return rowsOf(rows, field).flatMap((row): Finding<T>[] => {
    if (row.value === "" || labels.blankValue.test(row.value)) return [];
    const choice = readChoice(row.value, options, labels);
    if (choice.ok) return [{ ok: true, value: choice.value, read: row.value }];
    return choice.reason === "absent" ? [] : [{ ok: false, code: choice.reason, read: row.value }];
  });
}

/** The medium, from its own label or from a remark beside the product's name or amount. */
function formFindings(rows: Row[], labels: Labels): Finding<Medium>[] {
  const options = formOptions(labels);
  const beside = [...rowsOf(rows, "product"), ...rowsOf(rows, "guaranteedYen")].flatMap((row): Finding<Medium>[] => {
    const choice = readChoice(row.value, options, labels);
    if (choice.ok) return [{ ok: true, value: choice.value, read: row.value }];
    return choice.reason === "ambiguous" ? [{ ok: false, code: "ambiguous", read: row.value }] : [];
  });
  return [...choiceFindings(rows, "form", options, labels), ...beside];
}

function advanceNumber(rows: Row[], field: string, labels: Labels, problems: Problem[]): string | null {
  const found = [...rowsOf(rows, "advanceGuaranteeNumber"), ...rowsOf(rows, "guaranteeNumber")].flatMap((row): Finding<string>[] => {
    const match = NUMBER.exec(foldCode(row.value));
    if (match) return [{ ok: true, value: `${match[1]}-${match[2]}`, read: row.value }];
    return row.value === "" || labels.blankValue.test(row.value) ? [] : [{ ok: false, code: "unreadable", read: row.value }];
  });
  return resolve(found, field, "guaranteeNumber", String, labels, problems);
}

/** Most that orderers round an amount down by (100,000 yen), so that a stated percentage still fits the amount. */
const ROUNDED_DOWN_YEN = 100_000;

/** A stated percentage must fit the stated amount (0.0 % is what a blank form prints). */
function checkRatio(kind: GuaranteeKind, rows: Row[], yen: number | null, base: number | null, labels: Labels, problems: Problem[]): void {
  if (yen === null || base === null || base <= 0) return;
  const own = rows.filter((row) => ["guaranteedYen", "product", "ratio"].includes(row.field));
  const stated = own.flatMap((row) => [...parsePercentages(row.value), ...parsePercentages(row.qualifier)]).filter((p) => p.percent > 0);
  for (const { percent, decimals } of stated) {
    const slack = 0.5 * 10 ** -decimals;
    const most = (base * (percent + (decimals > 0 ? slack : 0.05))) / 100;
    const least = (base * (percent - (decimals > 0 ? slack : 0.05))) / 100 - Math.min(ROUNDED_DOWN_YEN, base / 20);
    if (yen > most + 1 || yen < least) {
      problems.push(makeProblem(labels, `guarantees.${kind}.guaranteedYen`, "inconsistent", { read: `${yen} / ${percent}%`, sentence: "ratio_disagrees" }));
      return;
    }
  }
}
