/** Table rows: cells parted by tabs or bars, label and value side by side, or one header row over many. */
import { parseUnit } from "../money.ts";
import type { GuaranteeKind } from "../terms.ts";
import { meantCells } from "./cells.ts";
import { hasMarks, isUnticked, readChoice } from "./choice.ts";
import { type LabelMatch, matchLabel } from "./label-match.ts";
import type { FieldName, Labels, LabelTarget } from "./labels.ts";
import {
  acrossItems,
  acrossProducts,
  changedRow,
  isAcross,
  isItemHeader,
  isMatrix,
  isMatrixHeader,
  isOfProduct,
} from "./matrix.ts";
import { formOptions } from "./prose.ts";

export interface TableState {
  /** The cells of the row above, below a header row. */
  above?: string[];
  /** Columns that show how the form is filled in. */
  samples?: number[];
  /** Meaning of each column while below a header row. */
  columns: Column[] | null;
}
/** How a table says that a product is not wanted. */
const NOTHING = "-";
export interface Column {
  target: LabelTarget | null;
  qualifier: string;
  /** Before and after a change; one of several works or guarantees side by side. */
  role: "old" | "new" | "item" | null;
  /** The product that a heading above several columns names, by its column. */
  item?: number;
}

export interface TableRow {
  field: FieldName;
  product: GuaranteeKind | null;
  value: string;
  qualifier: string;
  unit: number | undefined;
  prose: false;
  cell: number | null;
  /** Which of several items side by side it belongs to: the column. */
  item?: number;
}

export const isTable = (text: string): boolean => text.includes("\t") || /^\s*\|.*\|/u.test(text);

/** A cell that is nothing but a label. */
function wholeLabel(cell: string, labels: Labels): LabelMatch | null {
  const match = matchLabel(cell, 0, labels);
  return match && cell.slice(match.end).replace(/[\s::*※]/gu, "") === "" ? match : null;
}

/** The rows of one table line; remembers a header row in `state`. */
export function readTableLine(text: string, state: TableState, labels: Labels): TableRow[] {
  const cells = meantCells(text, state, labels);
  const matches = cells.map((cell) => (cell === "" ? null : wholeLabel(cell, labels)));
  const roles = cells.map((cell) => roleOf(cell, labels));
  if (refinesHeader(cells, matches, state.columns)) {
    delete state.above;
    return [];
  }
  if (
    isMatrixHeader(matches) ||
    isItemHeader(cells, labels) ||
    isHeader(cells, matches) ||
    (roles.includes("new") && cells.filter((cell) => cell !== "").length >= 2)
  ) {
    state.columns = cells.map((_, i) => ({
      target: matches[i]?.target ?? null,
      qualifier: matches[i]?.qualifier ?? "",
      role: roles[i] ?? (i > 0 && labels.tokens.itemCell.test(cells[i] ?? "") ? "item" : null),
    }));
    delete state.above;
    return [];
  }
  const { columns } = state;
  if (columns === null) return pairs(cells, matches, labels);
  if (columns.some((column) => column.role === "new")) return changedRow(cells, matches, columns);
  if (columns.some((column) => column.role === "item") && matches[0])
    return acrossItems(cells, matches[0], columns);
  if (matches[0] && isAcross(matches[0].target.field) && isMatrix(columns))
    return acrossProducts(cells, matches[0], columns);
  if (cells.some((cell) => labels.tokens.sumCell.test(cell))) return [];
  // A row kept for reference, as its cell without a heading says.
  if (cells.some((cell, i) => columns[i]?.target == null && labels.tokens.referenceRow.test(cell))) return [];
  const namesProduct = isProductCell(matches[0]) || columns[0]?.target?.field === "productName";
  if (matches[0] === null || namesProduct) return underHeader(cells, matches, columns, labels);
  return pairs(cells, matches, labels);
}

/** A second header row under the first: "from" and "until" below the period. */
function refinesHeader(cells: string[], matches: (LabelMatch | null)[], columns: Column[] | null): boolean {
  const filled = cells.filter((cell) => cell !== "").length;
  const named = matches.filter((match) => match !== null).length;
  if (columns === null || cells[0] !== "" || filled === 0 || named !== filled) return false;
  if (columns.some((column) => column.role !== null)) return false;
  const refined = [...columns];
  let item: number | undefined;
  matches.forEach((match, i) => {
    const over = columns[i]?.target;
    // What a cell of the upper row names goes on until the next one.
    if (over) item = over.field === "product" ? i : undefined;
    if (!match) return;
    const product = item === undefined ? null : (columns[item]?.target?.product ?? null);
    const target =
      product !== null && isOfProduct(match.target.field) ? { ...match.target, product } : match.target;
    refined[i] = {
      target,
      qualifier: match.qualifier,
      role: null,
      ...(product !== null && item !== undefined ? { item } : {}),
    };
  });
  refined.forEach((column, i) => {
    columns[i] = column;
  });
  return true;
}

/** Most columns of a header are known labels; the rest are words too. Pairs of label and value alternate instead. */
function isHeader(cells: string[], matches: (LabelMatch | null)[]): boolean {
  const filled = cells.filter((cell) => cell !== "").length;
  const named = matches.filter((match) => match !== null).length;
  if (filled < 2 || sameAsPairs(matches) || isProductCell(matches.find((match) => match !== null)))
    return false;
  if (named === filled) return true;
  return named >= 3 && named * 3 >= filled * 2 && !cells.some((cell, i) => !matches[i] && /\d/u.test(cell));
}

export const isProductCell = (match: LabelMatch | null | undefined): boolean =>
  match?.target.field === "product";

/** `label, product, label, product` is a line of pairs, not a header. */
function sameAsPairs(matches: (LabelMatch | null)[]): boolean {
  const [first, ...others] = matches.filter((match) => match !== null);
  return first?.target.field === "productName" && others.length > 0 && others.every(isProductCell);
}

function roleOf(cell: string, labels: Labels): "old" | "new" | null {
  if (labels.tokens.newCell.test(cell)) return "new";
  return labels.tokens.oldCell.test(cell) ? "old" : null;
}

/** The row of one product says so in any cell; what its other cells hold is that product's, dashes are nothing. */
function underHeader(
  cells: string[],
  matches: (LabelMatch | null)[],
  columns: Column[],
  labels: Labels,
): TableRow[] {
  const at = matches.findIndex((match, i) => {
    const field = columns[i]?.target?.field;
    return isProductCell(match) && (field === undefined || field === "productName" || field === "ignored");
  });
  const product = matches[at]?.target.product ?? null;
  const rows = cells.flatMap((cell, i) => {
    const column = columns[i];
    if (cell === "" || i === at || !column?.target) return [];
    const beside = column.item === undefined ? {} : { item: column.item };
    const row = { ...toRow(column.target, cell, column.qualifier, i), ...beside };
    return [row.product === null && isOfProduct(row.field) ? { ...row, product } : row];
  });
  if (product === null) return rows;
  const told = rows.filter(
    (row) =>
      !labels.nothing.test(row.value) &&
      !labels.tokens.noiseLine.test(row.value) &&
      !isUnticked(row.value, labels),
  );
  const target: LabelTarget = { field: "product", product };
  const isOff = labels.tokens.off.includes((cells[at] ?? "").charAt(0));
  const isRefused = isOff || !told.some((row) => isOfProduct(row.field));
  return [toRow(target, isRefused ? NOTHING : "", "", at), ...told];
}

function pairs(cells: string[], matches: (LabelMatch | null)[], labels: Labels): TableRow[] {
  const rows: TableRow[] = [];
  let current: TableRow | null = null;
  cells.forEach((cell, i) => {
    const match = matches[i];
    const isValue =
      current !== null &&
      current.value === "" &&
      (current.field === "productName" || matches[i + 1] === null);
    const isOption = current?.field === "productName" && isProductCell(match) && hasMarks(cell, labels);
    const isLast = cells.slice(i + 1).every((one) => one === "");
    const isRemark = match?.weak === true && isLast && current?.cell != null;
    const isAnswer =
      match && isLast && current?.value === "" && answersWith(current.field, cell, match, labels);
    if (match && !isRemark && !isAnswer && !isOption && !(isValue && isProductCell(match))) {
      current = toRow(match.target, "", match.qualifier, null);
      rows.push(current);
    } else if (labels.tokens.unitLine.test(cell) && parseUnit(cell) !== null) {
      // A unit stated in the corner of a table belongs to no cell.
    } else if (current !== null && PARTIES.includes(current.field) && labels.tokens.shareCell.test(cell)) {
      // A member's share is no part of its name.
    } else if (current !== null && cell !== "") {
      current.value = `${current.value} ${cell}`.trim();
      current.cell ??= i;
    } else if (current === null && cell !== "") {
      const inner = matchLabel(cell, 0, labels);
      const separator = inner ? labels.tokens.separator.exec(cell.slice(inner.end)) : null;
      if (inner && separator) {
        current = toRow(inner.target, cell.slice(inner.end + separator[0].length).trim(), inner.qualifier, i);
        rows.push(current);
      }
    }
  });
  return ofOneProduct(rows, labels);
}

const PARTIES: FieldName[] = ["contractorName", "leadMember", "jointVentureName"];

/** `product, no, amount, 0`: what else the line of a product says is that product's; beside a refusal a zero is nothing. */
function ofOneProduct(rows: TableRow[], { tokens }: Labels): TableRow[] {
  const named = rows.filter((row) => row.field === "product" && row.product !== null);
  const [product] = named;
  if (product === undefined || named.length > 1 || rows[0] !== product) return rows;
  const isRefused = tokens.crossCell.test(product.value);
  return rows
    .map((row) =>
      row.product === null && isOfProduct(row.field) ? { ...row, product: product.product } : row,
    )
    .filter(
      (row) => row === product || !isRefused || !isOfProduct(row.field) || !tokens.zeroCell.test(row.value),
    );
}

/** Answers that are themselves labels elsewhere: a post such as the representative's, "the contractor" to be billed. */
function answersWith(field: FieldName, cell: string, { target }: LabelMatch, labels: Labels): boolean {
  if (field === "form") return readChoice(cell, formOptions(labels), labels).ok;
  if (field === "feeBillTo") return BILLED.includes(target.field);
  return field === "title" || field === "message";
}

const BILLED: FieldName[] = ["contractorName", "leadMember", "ordererName", "jointVentureName"];

export function toRow(target: LabelTarget, value: string, qualifier: string, cell: number | null): TableRow {
  return { ...target, value, qualifier, unit: parseUnit(qualifier) ?? undefined, prose: false, cell };
}
