/** Table rows: cells parted by tabs or bars, label and value side by side, or one header row over many. */
import { parseUnit } from "../money.ts";
import type { GuaranteeKind } from "../terms.ts";
import { type LabelMatch, matchLabel } from "./label-match.ts";
import { type FieldName, isProductField, type Labels, type LabelTarget } from "./labels.ts";

export interface TableState {
  /** Meaning of each column while below a header row. */
  columns: Column[] | null;
}
/** How a table says that a product is not wanted. */
const NOTHING = "-";
type Column = { target: LabelTarget | null; qualifier: string; role: "label" | "old" | "new" | null };

export interface TableRow {
  field: FieldName;
  product: GuaranteeKind | null;
  value: string;
  qualifier: string;
  unit: number | undefined;
  prose: false;
  cell: number | null;
}

export const isTable = (text: string): boolean => text.includes("\t") || /^\s*\|.*\|/u.test(text);

/** The cells of a table line, trimmed. */
export const cellsOf = (text: string): string[] => {
  const cells = text.includes("\t")
    ? text.split("\t")
    : text
        .trim()
        .replace(/^\||\|$/g, "")
        .split("|");
  return cells.map((cell) => cell.trim());
};

/** A cell that is nothing but a label. */
function wholeLabel(cell: string, labels: Labels): LabelMatch | null {
  const match = matchLabel(cell, 0, labels);
  return match && cell.slice(match.end).replace(/[\s::*※]/gu, "") === "" ? match : null;
}

/** The rows of one table line; remembers a header row in `state`. */
export function readTableLine(text: string, state: TableState, labels: Labels): TableRow[] {
  const cells = cellsOf(text);
  const matches = cells.map((cell) => (cell === "" ? null : wholeLabel(cell, labels)));
  const roles = cells.map((cell) => roleOf(cell, labels));
  if (
    isMatrixHeader(matches) ||
    isHeader(cells, matches) ||
    (roles.includes("new") && cells.filter((cell) => cell !== "").length >= 2)
  ) {
    state.columns = cells.map((_, i) => ({
      target: matches[i]?.target ?? null,
      qualifier: matches[i]?.qualifier ?? "",
      role: roles[i] ?? null,
    }));
    return [];
  }
  if (state.columns?.some((column) => column.role === "new"))
    return changedRow(cells, matches, state.columns);
  if (state.columns && isOfProduct(matches[0]?.target.field ?? "ignored"))
    if (isMatrix(state.columns)) return acrossProducts(cells, matches[0], state.columns);
  if (state.columns && (matches[0] === null || isProductCell(matches[0])))
    return underHeader(cells, matches, state.columns, labels);
  return pairs(cells, matches, labels);
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

const isProductCell = (match: LabelMatch | null | undefined): boolean => match?.target.field === "product";

/** `label, product, label, product` is a line of pairs, not a header. */
function sameAsPairs(matches: (LabelMatch | null)[]): boolean {
  return (
    matches.length >= 2 &&
    matches[0]?.target.field === "productName" &&
    matches.slice(1).every((m) => isProductCell(m))
  );
}

function roleOf(cell: string, labels: Labels): "old" | "new" | null {
  if (labels.tokens.newCell.test(cell)) return "new";
  return labels.tokens.oldCell.test(cell) ? "old" : null;
}

function changedRow(cells: string[], matches: (LabelMatch | null)[], columns: Column[]): TableRow[] {
  const label = matches.find((match) => match !== null);
  const at = columns.findIndex((column) => column.role === "new");
  const value = cells[at] ?? "";
  return label && value !== "" ? [toRow(label.target, value, label.qualifier, at)] : [];
}

const isOfProduct = (field: FieldName): boolean => isProductField(field) || field === "bareAmount";

/** Products side by side over their values: a header whose every name but the corner's is a product. */
const isMatrixHeader = (matches: (LabelMatch | null)[]): boolean =>
  matches.length >= 3 && !isProductCell(matches[0]) && matches.slice(1).every(isProductCell);

const isMatrix = (columns: Column[]): boolean =>
  columns.length >= 3 && columns.slice(1).every((column) => column.target?.field === "product");

function acrossProducts(
  cells: string[],
  label: LabelMatch | null | undefined,
  columns: Column[],
): TableRow[] {
  if (!label) return [];
  return cells.slice(1).flatMap((cell, i) => {
    const product = columns[i + 1]?.target?.product ?? null;
    if (cell === "" || product === null) return [];
    return [toRow({ field: label.target.field, product }, cell, label.qualifier, i + 1)];
  });
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
    const row = toRow(column.target, cell, column.qualifier, i);
    return [row.product === null && isOfProduct(row.field) ? { ...row, product } : row];
  });
  if (product === null) return rows;
  const told = rows.filter((row) => !labels.nothing.test(row.value));
  const target: LabelTarget = { field: "product", product };
  const isRefused = !told.some((row) => isOfProduct(row.field));
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
    if (match && !(isValue && isProductCell(match))) {
      current = toRow(match.target, "", match.qualifier, null);
      rows.push(current);
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
  return rows;
}

function toRow(target: LabelTarget, value: string, qualifier: string, cell: number | null): TableRow {
  return { ...target, value, qualifier, unit: parseUnit(qualifier) ?? undefined, prose: false, cell };
}
