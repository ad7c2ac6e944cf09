/** Tables whose columns are products, items, or the state before and after a change. */
import type { LabelMatch } from "./label-match.ts";
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
