import type { GuaranteeNumber } from "../terms.ts";

/**
 * Guarantee numbers, `NNNNN-NNNNNN`: `2`, the Japanese fiscal year of Reiwa in two digits, a serial of seven digits
 * and one check digit by Damm's method (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004), which finds every
 * single wrong digit and every swap of neighbours.
 */

/** Damm's totally anti-symmetric quasigroup of order 10. */
const DAMM = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
] as const;

/** Serials are printed in seven digits. */
export const SERIAL_MAX = 9_999_999;

/** Check digit of a string of digits. */
export function checkDigit(digits: string): string {
  let interim = 0;
  for (const digit of digits) interim = Number(DAMM[interim]?.[Number(digit)]);
  return String(interim);
}

/**
 * Prints a number from its fiscal year and serial.
 * @param fiscalYear year in which the fiscal year began (2026 for April 2026 to March 2027), 2019 or later.
 * @param serial 1 to 9,999,999, counted without gaps within the fiscal year.
 */
export function formatGuaranteeNumber(fiscalYear: number, serial: number): GuaranteeNumber {
  const reiwa = fiscalYear - 2018;
  if (reiwa < 1 || reiwa > 99) throw new RangeError(`fiscal year ${fiscalYear} cannot be printed`);
  if (!Number.isInteger(serial) || serial < 1 || serial > SERIAL_MAX)
    throw new RangeError(`serial ${serial} cannot be printed`);
  const body = `2${String(reiwa).padStart(2, "0")}${String(serial).padStart(7, "0")}`;
  return `${body.slice(0, 5)}-${body.slice(5)}${checkDigit(body)}`;
}

/** True for `NNNNN-NNNNNN` whose last digit is right. */
export function isGuaranteeNumber(text: string): boolean {
  return /^\d{5}-\d{6}$/.test(text) && checkDigit(text.replace("-", "")) === "0";
}

/** The fiscal year (April to March) a day belongs to, named by the year in which it began. */
export function fiscalYearOf(day: string): number {
  const year = Number(day.slice(0, 4));
  return Number(day.slice(5, 7)) >= 4 ? year : year - 1;
}
