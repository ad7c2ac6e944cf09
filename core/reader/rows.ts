/** Lines → rows of label and value, in every layout people use. */

import { KEY_LENGTH } from "../guarantee/auth-key.ts";
import { parseUnit } from "../money.ts";
import { GUARANTEE_KINDS, type GuaranteeKind } from "../terms.ts";
import { foldCode, foldText, foldWidth } from "../text.ts";
import { anchorsIn } from "./anchors.ts";
import { isRefusal } from "./asked-products.ts";
import { type FieldName, isProductField, type Labels } from "./labels.ts";
import { refineAnchors } from "./refine-anchors.ts";
import type { Row, Source } from "./source.ts";
import { cellsOf, isTable, readTableLine, type TableState } from "./tables.ts";
import { continuationOf } from "./wrapped.ts";

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
/** Lines below a label that may belong to its value. */
const VALUE_LINES = 4;

interface State extends TableState {
  rows: Row[];
  section: GuaranteeKind | null;
  unit: number;
  /** The last line was a table row. */
  inTable: boolean;
  /** The row that still takes lines below it, and how many it took. */
  open: Row | null;
  taken: number;
  indent: number;
  /** Inside a stretch headed "before the change". */
  old: boolean;
}

/** All rows of a source, in order. Sections of products are resolved, values are folded in width only. */
export function readRows(source: Source, labels: Labels): Row[] {
  const state: State = {
    rows: [],
    section: null,
    unit: 1,
    inTable: false,
    open: null,
    taken: 0,
    indent: 0,
    old: false,
    columns: null,
  };
  source.lines.forEach((raw, line) => {
    if (state.rows.length >= MOST_ROWS) return;
    const text = lineText(raw, labels);
    // The drawn lines of a table part nothing but its rows.
    if (labels.tokens.ruleLine.test(text) && /[|+─-╬]/u.test(text)) return;
    if (text.trim() === "") closeIfFilled(state);
    else readLine(text, line, source, labels, state);
  });
  return state.rows.map((row) => named(row, state.rows, labels));
}

/**
 * A bare "amount" outside any product: with a word on tax it is the price of the works, beside a price it is the
 * amount guaranteed, and alone nobody can tell.
 */
function named(row: Row, rows: Row[], labels: Labels): Row {
  if (row.field === "counterparty")
    return {
      ...row,
      field: labels.tokens.nameEnd.test(foldText(row.value)) ? "ordererName" : "contractorName",
    };
  if (row.field !== "bareAmount") return row;
  if (labels.tokens.taxWord.test(`${row.qualifier} ${row.value}`))
    return { ...row, field: "contractPriceYen" };
  const hasPrice = rows.some((one) => one.field === "contractPriceYen");
  return { ...row, field: "guaranteedYen", doubtful: !hasPrice };
}

/** Strokes that people draw between the cells of a table. */
const CELL_STROKE = /[│┃║┆┇┊┋¦]/gu;

const lineText = (raw: string, labels: Labels): string =>
  foldWidth(raw.replace(labels.tokens.circled, "").replace(CELL_STROKE, "|")).replace(/[^\S\t]+$/u, "");

function closeIfFilled(state: State): void {
  state.columns = null;
  if (state.open && (state.open.value !== "" || state.open.field === "message")) state.open = null;
}

function readLine(given: string, line: number, source: Source, labels: Labels, state: State): void {
  const text = skipOldStatement(given, labels, state);
  if (text === null) return;
  const unit = labels.tokens.unitLine.exec(text);
  const isCells = isTable(text);
  const isUnitAlone = unit !== null && text.replace(unit[0], "").replace(/[\s()[\]]/gu, "") === "";
  // A unit above a table is that table's; one inside a cell is its column's (the qualifier tells).
  if (!isCells && state.inTable) state.unit = 1;
  state.inTable = isCells;
  if (unit && (isUnitAlone || !isCells)) state.unit = parseUnit(unit[1] ?? "") ?? 1;
  if (isUnitAlone) return;
  if (isCells) {
    if (takeCellBelow(text, state) || takePeriodBelow(text, state, labels)) return;
    const stated = cellsOf(text)
      .map(statedUnit)
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
  const anchors = isValueBelow(found, text, state) ? [] : found;
  if (anchors.length === 0) {
    const waits = state.open?.value === "" && state.open.field !== "product";
    if (state.section !== null && !waits && isRefusal(text, labels))
      refuseSection(text, line, source, labels, state);
    else continueValue(text, labels, state);
    return;
  }
  state.indent = /^\s*/u.exec(text)?.[0].length ?? 0;
  for (const anchor of refineAnchors(anchors, labels)) {
    pushRow(
      { ...anchor, unit: parseUnit(anchor.qualifier) ?? state.unit, line, cell: null, source },
      labels,
      state,
    );
  }
}

/** The unit that a cell states for the whole table, and nothing else. */
const statedUnit = (cell: string): number | null => (/^[([]?\s*単位/u.test(cell) ? parseUnit(cell) : null);

/** A cell below a value, with nothing beside it, goes on with that value: titles are wrapped so. */
function takeCellBelow(text: string, { rows, columns }: State): boolean {
  const cells = cellsOf(text);
  const at = cells.findIndex((cell) => cell !== "");
  const above = rows.at(-1);
  if (columns !== null || at < 1 || cells.filter((cell) => cell !== "").length !== 1) return false;
  if (above === undefined || above.cell !== at) return false;
  const more = cells[at] ?? "";
  const isJoined = above.field === "worksTitle" && !(/\w$/u.test(above.value) && /^\w/u.test(more));
  above.value += isJoined ? more : ` ${more}`;
  return true;
}

/** The end of a period on the next row of a form, its day perhaps one cell a figure. */
function takePeriodBelow(text: string, { rows, columns }: State, labels: Labels): boolean {
  const above = rows.at(-1);
  const cells = cellsOf(text);
  if (columns !== null || above?.field !== "period" || cells[0] !== "") return false;
  const line = cells.filter((cell) => cell !== "").join(" ");
  if (!labels.tokens.writtenDay.test(line) && !labels.tokens.untilLine.test(line)) return false;
  above.value += ` ${line}`;
  return true;
}

/** A label waits for its value, and the line begins with one: labels in its remarks are no rows. */
function isValueBelow(anchors: readonly { prose: boolean }[], text: string, { open }: State): boolean {
  const waits = open !== null && open.value === "" && !open.prose && open.field !== "product";
  return waits && anchors.every(({ prose }) => prose) && /^\s*[¥金]?\d[^(]*\(/u.test(text);
}

/** Text behind "before the change" is not the letter's wish. Returns what is left of the line, or `null`. */
function skipOldStatement(text: string, labels: Labels, state: State): string | null {
  const fresh = labels.tokens.new.exec(text);
  if (fresh && (fresh[0].trim() === text.trim() || /[:)\]】]\s*$/u.test(fresh[0]))) {
    state.old = false;
    return text.slice(fresh[0].length).trim() === "" ? null : text.slice(fresh[0].length);
  }
  const old = labels.tokens.old.exec(text);
  if (old && text.slice(old[0].length).trim() === "") state.old = true;
  return state.old || (old && /[:)\]】]\s*$/u.test(old[0])) ? null : text;
}

type NewRow = Omit<Row, "product" | "header" | "doubtful"> & {
  product: GuaranteeKind | null;
  bracketed?: boolean;
};

function pushRow(given: NewRow, labels: Labels, state: State): void {
  const { bracketed: _, ...fields } = given;
  const row: Row = { ...fields, value: given.value.trim(), header: false, doubtful: false };
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
    if (row.product === null && !labels.tokens.allProducts.test(row.value)) row.product = state.section;
    else if (state.section !== null) state.section = row.product;
  }
  state.rows.push(row);
  state.open = row;
  state.taken = 0;
}

const isWish = (value: string, wording: string[], labels: Labels): boolean =>
  wording.includes(value.trim()) || isRefusal(value, labels);

/** A product's name alone, or with a tick, heads a section; with an amount beside it, it is a row like others. */
function enterSection(row: Row, labels: Labels, state: State): void {
  const { on, off, circle } = labels.tokens;
  const bare = row.value.replace(labels.tokens.noiseLine, "");
  const marked = [...row.value].some((c) => (on + off + circle).includes(c) || /\[.?\]/u.test(row.value));
  const chosen = [...labels.choices.product.true, ...labels.choices.product.false].includes(bare);
  row.header = bare === "" || labels.productHeaderTail.test(bare) || marked || chosen;
  if (labels.productHeaderTail.test(bare)) row.value = "";
  state.section = row.header ? row.product : null;
}

/** "Not this time" anywhere in a product's section is said of that product. */
function refuseSection(text: string, line: number, source: Source, labels: Labels, state: State): void {
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
  pushRow({ ...refusal, product: section, value: text }, labels, state);
  state.section = section;
  state.open = open?.field === "message" ? open : null;
}

function onlyProductIn(value: string, labels: Labels): GuaranteeKind | null {
  const found = GUARANTEE_KINDS.filter((kind) =>
    labels.products[kind].some((word) => foldWidth(word) === value.trim()),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** A line without a label: the value of the label above, its continuation, or prose that belongs to nothing. */
function continueValue(text: string, labels: Labels, state: State): void {
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
  else if (open.value === "") takeFirst(open, line, labels, state);
  else if (open.field === "message" && !open.prose) open.value += `\n${line}`;
  else if (/^\(/u.test(line) && !open.prose && isAmount(open.field)) {
    if (labels.tokens.amountRemark.test(line)) open.value += ` ${line}`;
  } else if (takesMore(open, line, labels)) open.value += ` ${line}`;
  else takeContinuation(open, text, labels, state);
}

const isAmount = (field: FieldName): boolean =>
  ["contractPriceYen", "guaranteedYen", "fiscalYearYen", "bareAmount", "product"].includes(field);

function takeFirst(open: Row, line: string, labels: Labels, state: State): void {
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

function takeContinuation(open: Row, text: string, labels: Labels, state: State): void {
  const more = continuationOf(text, open, state.indent, labels);
  if (more === null || more === "doubtful") state.open = null;
  else open.value += more.text;
  if (more !== "doubtful") return;
  open.value += ` ${text.trim()}`;
  open.doubtful = true;
}

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
  return new RegExp(`^[${labels.tokens.on}${labels.tokens.off}]`, "u").test(line);
}
