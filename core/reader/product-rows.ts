/** Gives rows that name no product to the products they belong to. */
import type { GuaranteeKind } from "../terms.ts";
import { isProductField, type Labels } from "./labels.ts";
import type { Row } from "./source.ts";

/** The rows of each product asked for; a row that belongs to all of them is given to each. */
export function assignRows(rows: Row[], kinds: GuaranteeKind[], labels: Labels): Map<GuaranteeKind, Row[]> {
  const own = new Map<GuaranteeKind, Row[]>(kinds.map((kind) => [kind, []]));
  const give = (kind: GuaranteeKind, row: Row) => own.get(kind)?.push(row);
  const loose = rows.filter((row) => row.product === null && belongsToProducts(row));
  for (const row of rows)
    if (row.product !== null && (belongsToProducts(row) || row.field === "product")) give(row.product, row);
  for (const field of new Set(loose.map((row) => row.field))) {
    const group = loose.filter((row) => row.field === field);
    const split = kinds.length > 1 && group.length > 1 ? splitByNeighbour(group, rows) : null;
    for (const row of group) {
      const kind = split?.get(row);
      if (labels.tokens.allProducts.test(row.value) || kind === undefined)
        for (const each of kinds) give(each, row);
      else give(kind, row);
    }
  }
  return own;
}

const belongsToProducts = (row: Row): boolean =>
  isProductField(row.field) || row.field === "ratio" || row.field === "guaranteeNumber";

/** Several loose rows of one kind each belong to the product named last before them, if those are all different. */
function splitByNeighbour(group: Row[], rows: Row[]): Map<Row, GuaranteeKind> | null {
  const neighbours = new Map<Row, GuaranteeKind>();
  for (const row of group) {
    const before = rows
      .slice(0, rows.indexOf(row))
      .findLast((r) => r.source === row.source && r.product !== null);
    if (before?.product) neighbours.set(row, before.product);
  }
  const distinct = new Set(neighbours.values());
  return neighbours.size === group.length && distinct.size === group.length ? neighbours : null;
}
