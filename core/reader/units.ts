/** Amounts whose unit cannot be known: bare ones in a letter that counts another amount in thousands. */
import { parseUnit, parseYen } from "../money.ts";
import { rowsOf } from "./findings.ts";
import type { FieldName, Labels } from "./labels.ts";
import type { Row } from "./source.ts";

const AMOUNTS: FieldName[] = ["contractPriceYen", "guaranteedYen", "fiscalYearYen", "product"];

/**
 * The rows, those amounts marked doubtful that state no unit although another label of the letter states one, and
 * that would still not be above that other amount if the unit were theirs too.
 */
export function doubtUnits(rows: Row[], labels: Labels): Row[] {
  const amounts = AMOUNTS.flatMap((field) => rowsOf(rows, field));
  const stated = amounts.filter((row) => unitOf(row, labels) > 1);
  if (stated.length === 0) return rows;
  const unit = Math.max(...stated.map((row) => unitOf(row, labels)));
  const largest = Math.max(...stated.map((row) => yenOf(row.value, row.unit)));
  return rows.map((row) => {
    if (row.unit > 1 || !AMOUNTS.includes(row.field) || labels.tokens.statedUnit.test(row.value)) return row;
    const yen = yenOf(row.value, 1);
    return yen > 0 && yen * unit <= largest ? { ...row, doubtful: true } : row;
  });
}

/** The unit of the row's table or label, or the one behind its figures. */
const unitOf = (row: Row, labels: Labels): number =>
  Math.max(row.unit, parseUnit(labels.tokens.unitBehind.exec(row.value)?.[1] ?? "") ?? 1);

function yenOf(value: string, unit: number): number {
  const reading = parseYen(value, { unit, bareMinimumYen: 0 });
  return reading.ok ? reading.yen : 0;
}
