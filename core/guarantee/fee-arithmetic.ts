import type { Day } from "../terms.ts";

/** Percentages and months without floating point: a fee is money. */

/** Decimals of a percentage that are read; published rates have three. */
const DECIMALS = 6;
/** A percentage as it is written in a table: `0.065`, up to `1000`. */
export const PERCENT = /^(?:\d{1,3}|1000)(?:\.\d{1,6})?$/;
/** Yen × `percentUnits` / this = yen: 10^6 for the decimals, 100 for the percent sign. */
export const PERCENT_UNITS = 100_000_000n;

/** `0.065` (percent) as 65,000 millionths of a percent. The text fits `PERCENT`. */
export function percentUnits(percent: string): bigint {
  const [whole = "0", decimals = ""] = percent.split(".");
  return BigInt(whole) * 1_000_000n + BigInt(decimals.padEnd(DECIMALS, "0"));
}

/** `units / perYen` as yen, all its decimals, no trailing zeros: `6500`, `12.5`. `perYen` is a power of ten. */
export function plainYen(units: bigint, perYen: bigint): string {
  const places = String(perYen).length - 1;
  const digits = String(units).padStart(places + 1, "0");
  const decimals = digits.slice(-places).replace(/0+$/, "");
  return `${digits.slice(0, -places)}${decimals === "" ? "" : `.${decimals}`}`;
}

/**
 * Months begun from `from` until the day before `end`, at least 1. A month ends on the day before the same day of the
 * next one, or on the last day of a month that has no such day (Civil Code art. 143).
 */
export function begunMonths(from: Day, end: Day): number {
  const [year = 0, month = 0, day = 0] = from.split("-").map(Number);
  const [endYear = 0, endMonth = 0] = end.split("-").map(Number);
  const endOf = (count: number): number => {
    const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
    return day <= last ? Date.UTC(year, month - 1 + count, day) : Date.UTC(year, month + count, 1);
  };
  let months = Math.max(1, (endYear - year) * 12 + endMonth - month - 1);
  while (endOf(months) < Date.parse(`${end}T00:00:00Z`)) months += 1;
  return months;
}
