/** Lines → rows of label and value, in every layout people use. */

import { parsePeriod } from "../dates.ts";
import { parseUnit } from "../money.ts";
import type { GuaranteeKind } from "../terms.ts";
import { foldText, foldWidth } from "../text.ts";
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
import { readChoice } from "./choice.ts";
import { matchLabel } from "./label-match.ts";
import { type FieldName, isProductField, type Labels } from "./labels.ts";
import { lineText } from "./line-text.ts";
import { refineAnchors } from "./refine-anchors.ts";
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
/** Whom to call: on a paper copied into the letter that is somebody else. */
const PERSONAL: FieldName[] = ["department", "title", "name", "phone", "weakPhone", "email"];
/** The section that stands right below the orderer is the orderer's. */
const isOrderersUnit = (row: Row, above: Row | undefined): boolean =>
  row.field === "department" && above?.field === "ordererName" && row.line - above.line === 1;

/** "From … until …" behind the label of the beginning. */
function isWholePeriod(value: string): boolean {
  const { from, until } = parsePeriod(value);
  return from?.ok === true && until?.ok === true;
}

/** Yes to the electronic guarantee is its medium, no is the other one; anything else is what it says. */
function mediumOf(value: string, labels: Labels): string {
  const { wish, redeposit, form } = labels.choices;
  const options: [boolean, string[]][] = [
    [true, [...wish.true, ...redeposit.true]],
    [false, [...wish.false, ...redeposit.false]],
  ];
  const choice = readChoice(value, options, labels);
  return choice.ok ? ((choice.value ? form.electronic[0] : form.paper[0]) ?? value) : value;
}

/** Rows of one source that are read: 500 pairs with all their figures are fewer. */
const MOST_ROWS = 6_000;
/** All rows of a source, in order. Sections of products are resolved, values are folded in width only. */
export function readRows(given: Source, labels: Labels): Row[] {
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
  const source = given;
  const { lines } = withAlignedTables(given, labels);
  lines.forEach((raw, line) => {
    if (state.rows.length >= MOST_ROWS) return;
    const text = lineText(raw, labels);
    // The drawn lines of a table part nothing but its rows.
    if (labels.tokens.ruleLine.test(text) && /[|+\u2500-\u256C]/u.test(text)) return;
    if (labels.tokens.example.test(text)) return;
    if (labels.tokens.referenceHead.test(text)) state.reference = true;
    else if (state.reference && (text.trim() === "" || labels.tokens.headerLine.test(text.trim())))
      state.reference = false;
    if (state.reference) return;
    if (text.trim() === "") closeIfFilled(state);
    else readLine(text, line, source, labels, state);
  });
  const copied = source.lines.findIndex((raw) => labels.tokens.copiedStart.test(foldWidth(raw)));
  const isTheirs = (row: Row) => copied >= 0 && row.line > copied && PERSONAL.includes(row.field);
  return state.rows
    .filter((row, i) => !isTheirs(row) && !isOrderersUnit(row, state.rows[i - 1]))
    .map((row) => named(row, state.rows, labels));
}

/**
 * A bare "amount" outside any product: with a word on tax it is the price of the works, beside a price it is the
 * amount guaranteed, and alone nobody can tell.
 */
function named(row: Row, rows: Row[], labels: Labels): Row {
  if (row.field === "counterparty")
    return {
      ...row,
      field:
        labels.tokens.nameEnd.test(foldText(row.value)) && !labels.legalForm.test(foldText(row.value))
          ? "ordererName"
          : "contractorName",
    };
  if (row.field === "worksFrom" && isWholePeriod(row.value)) return { ...row, field: "period" };
  if (row.field === "electronicUse") return { ...row, field: "form", value: mediumOf(row.value, labels) };
  if (row.field === "branchName") return { ...row, field: "handlingBranch" };
  if (row.field === "fee")
    return { ...row, field: labels.tokens.feeWay.test(row.value) ? "feePayment" : "ignored" };
  if (row.field === "bidPrice")
    return {
      ...row,
      field: rows.some((one) => one.field === "contractPriceYen") ? "ignored" : "contractPriceYen",
    };
  if (row.field !== "bareAmount") return row;
  if (labels.tokens.taxWord.test(`${row.qualifier} ${row.value}`))
    return { ...row, field: "contractPriceYen" };
  const hasPrice = rows.some((one) => one.field === "contractPriceYen");
  return { ...row, field: "guaranteedYen", doubtful: !hasPrice };
}

function closeIfFilled(state: RowState): void {
  state.columns = null;
  if (state.open && (state.open.value !== "" || state.open.field === "message")) state.open = null;
}

function readLine(given: string, line: number, source: Source, labels: Labels, state: RowState): void {
  const text = skipOldStatement(given, labels, state);
  if (text === null) return;
  const unit = labels.tokens.unitLine.exec(text);

  const isCells = isTable(text);
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
  for (const anchor of refineAnchors(anchors, labels)) {
    pushRow(
      { ...anchor, unit: parseUnit(anchor.qualifier) ?? state.unit, line, cell: null, source },
      labels,
      state,
    );
  }
}

/** Text behind "before the change" is not the letter's wish. Returns what is left of the line, or `null`. */
function skipOldStatement(text: string, labels: Labels, state: RowState): string | null {
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

function pushRow(given: NewRow, labels: Labels, state: RowState): void {
  const { bracketed: _, ...fields } = given;
  const row: Row = { ...fields, value: rightOne(given.value.trim(), labels), header: false, doubtful: false };
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
  state.section = row.header ? row.product : null;
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
