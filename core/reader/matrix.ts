/** Tables whose columns are products, items, or the state before and after a change. */
import { foldCode, foldWidth } from "../text.ts";
import { type LabelMatch, matchLabel } from "./label-match.ts";
import { type FieldName, isProductField, type Labels } from "./labels.ts";
import { type Column, isProductCell, type TableRow, toRow } from "./tables.ts";

/** What stands behind a change, beside its label. */
export function changedRow(cells: string[], matches: (LabelMatch | null)[], columns: Column[]): TableRow[] {
  const label = matches.find((match) => match !== null);
  const at = columns.findIndex((column) => column.role === "new");
  const value = cells[at] ?? "";
  return label && value !== "" ? [toRow(label.target, value, label.qualifier, at)] : [];
}

export const isOfProduct = (field: FieldName): boolean => isProductField(field) || field === "bareAmount";

/** Products side by side over their values: a header whose every name but the corner's is a product. */
/** Numbers and keys of several products may stand side by side too. */
export const isAcross = (field: FieldName): boolean =>
  isOfProduct(field) || field === "guaranteeNumber" || field === "authKey";

export const isMatrixHeader = (matches: (LabelMatch | null)[]): boolean =>
  matches.length >= 3 && !isProductCell(matches[0]) && matches.slice(1).every(isProductCell);

export const isMatrix = (columns: Column[]): boolean =>
  columns.length >= 3 && columns.slice(1).every((column) => column.target?.field === "product");

/** A value for each product; a single one in a row that is shorter than the header spans them all. */
export function acrossProducts(
  cells: string[],
  label: LabelMatch | null | undefined,
  columns: Column[],
): TableRow[] {
  if (!label) return [];
  const [, first, ...others] = cells;
  const spans = cells.length < columns.length && others.length === 0 && first !== undefined;
  const values = spans ? columns.slice(1).map(() => first) : cells.slice(1);
  return values.flatMap((cell, i) => {
    const product = columns[i + 1]?.target?.product ?? null;
    if (cell === "" || product === null) return [];
    return [
      {
        ...toRow({ field: label.target.field, product }, cell, label.qualifier, spans ? 1 : i + 1),
        item: i + 1,
      },
    ];
  });
}

/** Several works or guarantees side by side: the first cell is empty or names nothing, the others count them. */
export const isItemHeader = (cells: string[], { tokens }: Labels): boolean =>
  cells.length >= 3 &&
  cells.slice(1).every((cell) => tokens.itemCell.test(cell)) &&
  !/\d{4}/u.test(cells[0] ?? "");

/** One row for each item of a line, with the column that tells them apart. */
export const acrossItems = (cells: string[], label: LabelMatch, columns: Column[]): TableRow[] =>
  cells.flatMap((cell, i) =>
    cell === "" || columns[i]?.role !== "item"
      ? []
      : [{ ...toRow(label.target, cell, label.qualifier, i), item: i }],
  );

/**
 * Columns of tables that stand on their side without a heading: a label in front of each row, and in the row of the
 * guarantee numbers a number in every other cell. By the first line of each table.
 */
export function sidewaysTables(lines: string[], labels: Labels): Map<number, Column[]> {
  const found = new Map<number, Column[]>();
  for (let from = 0; from < lines.length; from += 1) {
    let until = from;
    while (until < lines.length && (lines[until] ?? "").includes("\t")) until += 1;
    const width = until - from < 2 ? 0 : sidewaysWidth(lines.slice(from, until), labels);
    if (width > 2)
      found.set(
        from,
        Array.from({ length: width }, (_, i) => ({
          target: null,
          qualifier: "",
          role: i > 0 ? ("item" as const) : null,
        })),
      );
    from = Math.max(from, until);
  }
  return found;
}

function sidewaysWidth(lines: string[], labels: Labels): number {
  const rows = lines.map((line) =>
    foldWidth(line)
      .split("\t")
      .map((cell) => cell.trim()),
  );
  const heads = rows.map(([head = ""]) => matchLabel(head, 0, labels));
  const isLabelled = heads.every(
    (match, i) => match !== null && (rows[i]?.[0] ?? "").slice(match.end).trim() === "",
  );
  const at = heads.findIndex((match) => match?.target.field === "guaranteeNumber");
  const [, ...numbers] = rows[at] ?? [];
  const width = numbers.length + 1;
  const isNumbered =
    numbers.length >= 2 && numbers.every((cell) => /^\d{5}\s?-\s?\d{6}$/u.test(foldCode(cell)));
  return isLabelled && isNumbered && rows.every((cells) => cells.length === width) ? width : 0;
}
