/** Table rows: cells parted by tabs or bars, label and value side by side, or one header row over many. */
import { parseUnit } from "../money.ts";
import type { GuaranteeKind } from "../terms.ts";
import { type LabelMatch, matchLabel } from "./label-match.ts";
import type { FieldName, Labels, LabelTarget } from "./labels.ts";

export interface TableState {
  /** Meaning of each column while below a header row. */
  columns: Column[] | null;
}
type Column = { target: LabelTarget | null; qualifier: string; role: "label" | "old" | "new" | null };

export interface TableRow {
  field: FieldName;
  product: GuaranteeKind | null;
  value: string;
  qualifier: string;
  unit: number | undefined;
  prose: false;
  /** Cells of one line of a wide table share a number. */
}

export const isTable = (text: string): boolean => text.includes("\t") || /^\s*\|.*\|/u.test(text);

const cellsOf = (text: string): string[] => {
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
  const filled = cells.filter((cell) => cell !== "").length;
  const named = matches.filter((match) => match !== null).length;
  const roles = cells.map((cell) => roleOf(cell, labels));
  if (filled >= 2 && ((named === filled && !sameAsPairs(matches)) || roles.includes("new"))) {
    state.columns = cells.map((_, i) => ({
      target: matches[i]?.target ?? null,
      qualifier: matches[i]?.qualifier ?? "",
      role: roles[i] ?? null,
    }));
    return [];
  }
  if (state.columns?.some((column) => column.role === "new"))
    return changedRow(cells, matches, state.columns);
  if (state.columns && (matches[0] === null || isProductCell(matches[0])))
    return underHeader(cells, state.columns);
  return pairs(cells, matches, labels);
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
  return label && value !== "" ? [toRow(label.target, value, label.qualifier)] : [];
}

function underHeader(cells: string[], columns: Column[]): TableRow[] {
  return cells.flatMap((cell, i) => {
    const column = columns[i];
    return cell !== "" && column?.target ? [toRow(column.target, cell, column.qualifier)] : [];
  });
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
      current = toRow(match.target, "", match.qualifier);
      rows.push(current);
    } else if (current !== null && cell !== "") current.value = `${current.value} ${cell}`.trim();
    else if (current === null && cell !== "") {
      const inner = matchLabel(cell, 0, labels);
      const separator = inner ? labels.tokens.separator.exec(cell.slice(inner.end)) : null;
      if (inner && separator) {
        current = toRow(inner.target, cell.slice(inner.end + separator[0].length).trim(), inner.qualifier);
        rows.push(current);
      }
    }
  });
  return rows;
}

function toRow(target: LabelTarget, value: string, qualifier: string): TableRow {
  return { ...target, value, qualifier, unit: parseUnit(qualifier) ?? undefined, prose: false };
}
