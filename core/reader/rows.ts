/** Lines → rows of label and value, in every layout people use. */

import { parseUnit } from "../money.ts";
import type { GuaranteeKind } from "../terms.ts";
import { withAlignedTables } from "./aligned.ts";
import { anchorsIn } from "./anchors.ts";
import { isRefusal } from "./asked-products.ts";
import {
  continueValue,
  isValueBelow,
  onlyProductIn,
  type RowState,
  statedUnit,
  takeCellBelow,
  takePeriodBelow,
} from "./below.ts";
import { cellsOf } from "./cells.ts";
import { withCentredLabels } from "./centred.ts";
import { matchLabel } from "./label-match.ts";
import { type FieldName, isProductField, type Labels } from "./labels.ts";
import { lineText } from "./line-text.ts";
import { sidewaysTables } from "./matrix.ts";
import { refineAnchors, withSpokenProducts } from "./refine-anchors.ts";
import { meantRows } from "./row-meaning.ts";
import type { Row, Source } from "./source.ts";
import { isTable, readTableLine } from "./tables.ts";

/** Fields that are common to all products and so end a product's section. */
const ENDS_SECTION: FieldName[] = [
  "handlingBranch",
  "completionNotice",
  "completionEmail",
  "directSubmission",
  "department",
  "phone",
];
/** Rows of one source that are read: 500 pairs with all their figures are fewer. */
const MOST_ROWS = 6_000;
/** All rows of a source, in order. Sections of products are resolved, values are folded in width only. */
export function readRows(source: Source, labels: Labels): Row[] {
  const state: RowState = {
    rows: [],
    section: null,
    unit: 1,
    baseUnit: 1,
    inTable: false,
    open: null,
    taken: 0,
    indent: 0,
    old: false,
    reference: false,
    columns: null,
  };
  const { lines } = withAlignedTables(withCentredLabels(source, labels), labels);
  const sideways = sidewaysTables(lines, labels);
  lines.forEach((raw, line) => {
    state.columns = sideways.get(line) ?? state.columns;
    if (state.rows.length >= MOST_ROWS) return;
    const text = lineText(raw, labels);
    if (isSkipped(text, labels, state)) return;
    if (text.trim() === "") closeIfFilled(state);
    else readLine(text, line, source, labels, state);
  });
  return meantRows(state.rows, source, labels);
}

/** The drawn lines of a table, examples, and what stands under a heading such as "for reference". */
function isSkipped(text: string, { tokens }: Labels, state: RowState): boolean {
  if (tokens.ruleLine.test(text) && /[|+\u2500-\u256C]/u.test(text)) return true;
  if (tokens.example.test(text)) return true;
  if (tokens.referenceHead.test(text)) state.reference = true;
  else if (text.trim() === "" || tokens.headerLine.test(text.trim())) state.reference = false;
  return state.reference;
}

function closeIfFilled(state: RowState): void {
  state.columns = null;
  if (state.open && (state.open.value !== "" || state.open.field === "message")) state.open = null;
}

function readLine(given: string, line: number, source: Source, labels: Labels, state: RowState): void {
  const text = skipOldStatement(given, labels, state);
  if (text === null) return;
  const unit = labels.tokens.unitLine.exec(text);
  const isCells = isTable(text) || (state.columns !== null && source.format === "sheet");
  const isUnitAlone = unit !== null && text.replace(unit[0], "").replace(/[\s()[\]]/gu, "") === "";
  // A unit above a table is that table's; one inside a cell is its column's (the qualifier tells).
  if (!isCells && state.inTable) state.unit = state.baseUnit;
  state.inTable = isCells;
  if (unit && (isUnitAlone || !isCells)) state.unit = parseUnit(unit[1] ?? "") ?? 1;
  // Said in a sentence, it is meant for all that follows.
  if (unit && !isUnitAlone && !isCells) state.baseUnit = state.unit;
  if (isUnitAlone) return;
  if (isCells) {
    if (takeCellBelow(text, state) || takePeriodBelow(text, state, labels)) return;
    const stated = cellsOf(text)
      .map((cell) => statedUnit(cell, labels))
      .find((one) => one !== null);
    if (stated) state.unit = stated;
    const isList = state.columns !== null;
    for (const row of readTableLine(text, state, labels))
      pushRow({ ...row, line, source, unit: row.unit ?? state.unit }, labels, state);
    // Rows below a header are each complete: none opens a section for what follows.
    if (isList || state.columns !== null) state.section = null;
    if (state.open?.value !== "") state.open = null;
    return;
  }
  const found = anchorsIn(text, labels, state.rows.length > 0);
  const anchors = isValueBelow(found, text, state, labels) ? [] : found;
  if (anchors.length === 0) {
    const waits = state.open?.value === "" && state.open.field !== "product";
    const named = matchLabel(text, 0, labels)?.target.product ?? null;
    const refused = named ?? state.section;
    if (refused !== null && !waits && isRefusal(text, labels))
      refuseSection(text, refused, line, source, labels, state);
    else continueValue(text, labels, state);
    return;
  }
  state.indent = /^\s*/u.exec(text)?.[0].length ?? 0;
  for (const anchor of withSpokenProducts(refineAnchors(anchors, labels), labels)) {
    pushRow(
      { ...anchor, unit: parseUnit(anchor.qualifier) ?? state.unit, line, cell: null, source },
      labels,
      state,
    );
  }
}

/** "Wrong" or "right" apart from what it is said of. */
const MARKED_OFF = /(?:[:)\]】]\s*|\S[ ]+)$/u;

/** Text behind "before the change" is not the letter's wish. Returns what is left of the line, or `null`. */
function skipOldStatement(text: string, labels: Labels, state: RowState): string | null {
  const fresh = labels.tokens.new.exec(text);
  if (fresh && (fresh[0].trim() === text.trim() || MARKED_OFF.test(fresh[0]))) {
    state.old = false;
    return text.slice(fresh[0].length).trim() === "" ? null : text.slice(fresh[0].length);
  }
  const old = labels.tokens.old.exec(text);
  if (old && text.slice(old[0].length).trim() === "") state.old = true;
  if (state.old || !old || !MARKED_OFF.test(old[0])) return state.old ? null : text;
  const right = labels.tokens.newInside.test(text) ? text.replace(labels.tokens.newInside, "") : "";
  return right.trim() === "" ? null : right;
}

type NewRow = Omit<Row, "product" | "header" | "doubtful"> & {
  product: GuaranteeKind | null;
  bracketed?: boolean;
};

function pushRow(given: NewRow, labels: Labels, state: RowState): void {
  const { bracketed: _, ...fields } = given;
  const row: Row = { ...fields, value: rightOne(given.value.trim(), labels), header: false, doubtful: false };
  const isOfProducts = row.field === "productName" && row.cell !== null;
  // Among products "contract" alone is the one that guarantees it.
  if (isOfProducts && labels.tokens.performanceCell.test(row.value))
    row.value = labels.products.performance[0] ?? row.value;
  if (row.field === "product" && !row.prose) enterSection(row, labels, state);
  const wording = [...labels.choices.product.true, ...labels.choices.product.false];
  if (row.field === "productName" && state.section !== null && isWish(row.value, wording, labels)) {
    // "Application: none" inside a product's section is that product's.
    row.field = "product";
    row.product = state.section;
  }
  if (row.field === "productName" && !row.prose) state.section = onlyProductIn(row.value, labels);
  if (row.field === "bareAmount" && (row.product ?? state.section) !== null) row.field = "guaranteedYen";
  if (ENDS_SECTION.includes(row.field)) state.section = null;
  if (isProductField(row.field)) {
    const isCommon = labels.tokens.allProducts.test(`${row.qualifier} ${row.value}`);
    if (isCommon) state.section = null;
    if (row.product === null && !isCommon) row.product = state.section;
    else if (state.section !== null) state.section = row.product;
  }
  if (labels.tokens.formerQualifier.test(row.qualifier)) return;
  const above = state.rows.at(-1);
  if (row.field === "branchName" && above?.field === "depositBank" && row.line - above.line <= 2) {
    above.value += ` ${row.value}`;
    return;
  }
  state.rows.push(row);
  state.open = row;
  state.taken = 0;
}

/** Of "wrong: … right: …" behind one label the right one; it may stand on the next line. */
function rightOne(value: string, { tokens }: Labels): string {
  if (!tokens.old.test(value) || tokens.old.exec(value)?.[0].trim() === "") return value;
  return tokens.newInside.test(value) ? value.replace(tokens.newInside, "") : "";
}

const isWish = (value: string, wording: string[], labels: Labels): boolean =>
  wording.includes(value.trim()) || isRefusal(value, labels);

/** A product's name alone, or with a tick, heads a section; with an amount beside it, it is a row like others. */
function enterSection(row: Row, labels: Labels, state: RowState): void {
  const { on, off, circle } = labels.tokens;
  const bare = row.value.replace(labels.tokens.noiseLine, "");
  const marked = [...row.value].some((c) => (on + off + circle).includes(c) || /\[.?\]/u.test(row.value));
  const chosen = [...labels.choices.product.true, ...labels.choices.product.false].includes(bare);
  row.header = bare === "" || labels.productHeaderTail.test(bare) || marked || chosen;
  if (labels.productHeaderTail.test(bare)) row.value = "";
  // What follows a product that is not wanted is said of another one.
  const isRefused = labels.choices.product.false.includes(bare) && !isRefusal(bare, labels);
  state.section = row.header && !isRefused ? row.product : null;
}

/** "Not this time" anywhere in a product's section is said of that product. */
function refuseSection(
  text: string,
  refused: GuaranteeKind,
  line: number,
  source: Source,
  labels: Labels,
  state: RowState,
): void {
  const { section, open } = state;
  const refusal = {
    field: "product",
    qualifier: "",
    unit: 1,
    prose: false,
    line,
    cell: null,
    source,
  } as const;
  pushRow({ ...refusal, product: refused, value: text }, labels, state);
  state.section = section;
  state.open = open?.field === "message" ? open : null;
}
