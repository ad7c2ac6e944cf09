/** What stands below a label: its value, the rest of its value, or nothing that belongs to it. */

import { parseDay } from "../dates.ts";
import { KEY_LENGTH } from "../guarantee/auth-key.ts";
import { parseUnit } from "../money.ts";
import { GUARANTEE_KINDS, type GuaranteeKind } from "../terms.ts";
import { foldCode, foldWidth } from "../text.ts";
import { cellsOf } from "./cells.ts";
import type { FieldName, Labels } from "./labels.ts";
import { AMOUNT_FIELDS, DATE_FIELDS } from "./sentences.ts";
import type { Row } from "./source.ts";
import type { TableState } from "./tables.ts";
import { continuationOf } from "./wrapped.ts";

/** Lines below a label that may belong to its value. */
const VALUE_LINES = 4;

/** Where the reading of a source's lines stands. */
export interface RowState extends TableState {
  rows: Row[];
  section: GuaranteeKind | null;
  unit: number;
  /** The unit said for the letter as a whole; a table's own stands only as long as the table. */
  baseUnit: number;
  /** The last line was a table row. */
  inTable: boolean;
  /** The row that still takes lines below it, and how many it took. */
  open: Row | null;
  taken: number;
  indent: number;
  /** Inside a stretch headed "before the change". */
  old: boolean;
  /** Under a heading such as "for reference: last year". */
  reference: boolean;
}

/** The unit that a cell states for the whole table, and nothing else. */
export const statedUnit = (cell: string, { tokens }: Labels): number | null =>
  tokens.unitCell.test(cell) ? parseUnit(cell) : null;

/** A cell below a value, with nothing beside it, goes on with that value: titles are wrapped so. */
export function takeCellBelow(text: string, { rows, columns }: RowState): boolean {
  const cells = cellsOf(text);
  const at = cells.findIndex((cell) => cell !== "");
  const above = rows.at(-1);
  if (columns !== null || at < 1 || cells.filter((cell) => cell !== "").length !== 1) return false;
  if (above === undefined || above.cell !== at || !takesCell(above, cells[at] ?? "")) return false;
  const more = cells[at] ?? "";
  const isJoined = above.field === "worksTitle" && !(/\w$/u.test(above.value) && /^\w/u.test(more));
  above.value += isJoined ? more : ` ${more}`;
  return true;
}

/** Titles are wrapped over cells; an amount may have its tax below it. Hints and notes of a form are no values. */
const takesCell = (above: Row, cell: string): boolean =>
  above.field === "worksTitle" ? !/^[*(]|[:\u3002]/u.test(cell) : isAmount(above.field) && /^\(/u.test(cell);

/** The end of a period on the next row of a form, its day perhaps one cell a figure. */
export function takePeriodBelow(text: string, { rows, columns }: RowState, labels: Labels): boolean {
  const above = rows.at(-1);
  const cells = cellsOf(text);
  if (columns !== null || above?.field !== "period" || cells[0] !== "") return false;
  const line = cells.filter((cell) => cell !== "").join(" ");
  if (!labels.tokens.writtenDay.test(line) && !labels.tokens.untilLine.test(line)) return false;
  above.value += ` ${line}`;
  return true;
}

/** A label waits for its value, and the line begins with one: labels in its remarks are no rows. */
const NAMES: FieldName[] = ["name", "department", "depositBank"];

export function isValueBelow(
  anchors: readonly { prose: boolean; start: number }[],
  text: string,
  { open }: RowState,
  labels: Labels,
): boolean {
  const waits = open !== null && open.value === "" && !open.prose && open.field !== "product";
  if (!waits || !anchors.every(({ prose }) => prose)) return false;
  return (
    labels.tokens.valueWithRemark.test(text) ||
    (NAMES.includes(open.field) && anchors.every(({ start }) => start > 2))
  );
}

/** A line without a label: the value of the label above, its continuation, or prose that belongs to nothing. */
export function continueValue(text: string, labels: Labels, state: RowState): void {
  const line = text.trim();
  const open = state.open;
  if (labels.tokens.headerLine.test(line)) {
    state.section = null;
    state.open = null;
    return;
  }
  if (open === null) return;
  if (labels.tokens.noiseLine.test(line)) return;
  state.taken += 1;
  if (state.taken > VALUE_LINES) {
    state.open = null;
  } else if (
    open.field === "period" &&
    (labels.tokens.untilLine.test(text) || labels.tokens.openPeriod.test(open.value))
  )
    open.value += ` ${line}`;
  else if (open.field === "period" && isOneDay(open.value) && isOneDay(line)) open.value += ` ~ ${line}`;
  else if (open.value === "") takeFirst(open, line, labels, state);
  else if (goesOnInSentence(open, line, labels)) open.value += ` ${line}`;
  else if (open.field === "completionNotice" && /@/u.test(line)) open.value += ` ${line}`;
  else if (open.field === "message" && !open.prose) open.value += `\n${line}`;
  else if (/^\(/u.test(line) && !open.prose && isAmount(open.field)) {
    if (labels.tokens.amountRemark.test(line)) open.value += ` ${line}`;
  } else if (takesMore(open, line, labels)) open.value += ` ${line}`;
  else takeContinuation(open, text, labels, state);
}

/** "…, which was wrong. / Rightly it is …", or the amount behind the share that it comes to. */
const goesOnInSentence = (open: Row, line: string, { tokens }: Labels): boolean =>
  open.prose &&
  (([...AMOUNT_FIELDS, ...DATE_FIELDS].includes(open.field) && tokens.rightly.test(line)) ||
    (AMOUNT_FIELDS.includes(open.field) &&
      !tokens.hasAmount.test(open.value) &&
      tokens.amountStart.test(line)));

/** Under the label of a period a day and, on the next line, another. */
const isOneDay = (text: string): boolean => parseDay(text).ok;

const isAmount = (field: FieldName): boolean =>
  ["contractPriceYen", "guaranteedYen", "fiscalYearYen", "bareAmount", "product"].includes(field);

function takeFirst(open: Row, line: string, labels: Labels, state: RowState): void {
  // A field left blank: what stands below it is something else.
  if ((open.field === "completionEmail" || open.field === "email") && !line.includes("@")) {
    state.open = null;
    return;
  }
  if (labels.tokens.fillHint.test(line)) return;
  const isProduct = open.field === "product";
  const marks = new RegExp(`[${labels.tokens.on}${labels.tokens.off}]`, "u").test(line);
  const amount = labels.tokens.amountStart.test(line);
  const worded = [...labels.choices.product.true, ...labels.choices.product.false].includes(line);
  if (isProduct && !marks && !amount && !worded) {
    if (open.header) return;
    state.open = null;
    return;
  }
  open.value = line;
  if (isProduct) state.section = amount && !marks ? null : open.product;
  if (open.field === "productName") state.section = onlyProductIn(line, labels);
}

function takeContinuation(open: Row, text: string, labels: Labels, state: RowState): void {
  const more = continuationOf(text, open, state.indent, labels);
  if (more === null || more === "doubtful") state.open = null;
  else open.value += more.text;
  if (more !== "doubtful") return;
  open.value += ` ${text.trim()}`;
  open.doubtful = true;
}

const CHOICES: FieldName[] = [
  "form",
  "redeposit",
  "feePayment",
  "paperFeeStatement",
  "completionNotice",
  "directSubmission",
  "product",
  "productName",
  "handlingBranch",
];
const isChoice = (field: FieldName): boolean => CHOICES.includes(field);

/** Groups of a key that go on below: letters and digits only, and no more than a key has with them. */
function isKeyPart(value: string, line: string): boolean {
  const both = [value, line].map((part) => foldCode(part).replace(/[ -]/gu, ""));
  return both.every((part) => /^[A-Za-z0-9]+$/u.test(part)) && both.join("").length <= KEY_LENGTH;
}

/** Values of the web form come over several lines: choices, ratios, the second half of a period. */
function takesMore(open: Row, line: string, labels: Labels): boolean {
  if (open.prose) return false;
  if (open.field === "authKey") return isKeyPart(open.value, line);
  if (/^[(]?\d+(?:\.\d+)?\s*%[)]?$/u.test(line)) return isAmount(open.field);
  return isChoice(open.field) && new RegExp(`^[${labels.tokens.on}${labels.tokens.off}]`, "u").test(line);
}

/** The one product that a value names, and nothing else. */
export function onlyProductIn(value: string, labels: Labels): GuaranteeKind | null {
  const found = GUARANTEE_KINDS.filter((kind) =>
    labels.products[kind].some((word) => foldWidth(word) === value.trim()),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}
