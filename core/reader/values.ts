/** One row's value, understood as yen, a day or a period (as a text: `text-value.ts`). An empty value yields no finding at all. */
import { type DayReading, dayFromSerial, parseDay, parsePeriod } from "../dates.ts";
import { parseYen, type YenReading } from "../money.ts";
import type { Day, Yen } from "../terms.ts";
import type { Finding } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";

const ARROW = /\s*(?:\u2192|\u21D2|->|=>)\s*/u;

function isOnePeriod(text: string): boolean {
  const { from, until } = parsePeriod(text.replace(ARROW, "~"));
  return ARROW.test(text) && from?.ok === true && until?.ok === true;
}

/** The value as the letter finally states it: behind "not X but Y" or "from X to Y". */
function latest(given: string, labels: Labels, isPeriod = false): string {
  // Between the two days of a period an arrow leads from one to the other.
  const value = isPeriod && isOnePeriod(given) ? given.replace(ARROW, "~") : given;
  const replaced = value
    .replace(labels.tokens.replacedBy, "")
    .replace(labels.tokens.formerly, "")
    .replace(labels.tokens.intoNew, "")
    .replace(labels.tokens.finally, "")
    .replace(new RegExp(labels.tokens.formerDay.source, "gu"), "");
  return isPeriod ? replaced : replaced.replace(labels.tokens.replacedFromTo, "");
}

export function yenFinding(row: Row, labels: Labels): Finding<Yen>[] {
  if (row.doubtful) {
    const sentence = labels.tokens.statedUnit.test(row.value) ? {} : { sentence: "unit_unknown" };
    return [{ ok: false, code: "ambiguous", read: row.value, ...sentence }];
  }
  // "One 0 too many" is no amount.
  if (
    row.prose &&
    /^\D*0\u304C/u.test(row.value.replace(labels.tokens.formerly, "")) &&
    !labels.tokens.replacedBy.test(row.value)
  )
    return [];
  const stated = row.prose ? (row.value.split(labels.tokens.clauseEnd)[0] ?? "") : row.value;
  const value = latest(stated, labels);
  // What the desk had read, or what it was: no statement of what it is.
  if (row.prose && labels.tokens.wasSo.test(value)) return [];
  if (
    value.replace(new RegExp(labels.tokens.yenOnly.source, "gu"), "") === "" ||
    labels.blankValue.test(value.trim())
  )
    return [];
  const taxExcluded = labels.qualifiers.taxExcluded.test(row.qualifier);
  return fromYen(parseYen(value, { unit: row.unit, taxExcluded }), value, row);
}

function fromYen(reading: YenReading, read: string, row: Row): Finding<Yen>[] {
  if (reading.ok) return [{ ok: true, value: reading.yen, read, row }];
  if (reading.reason === "several") return [{ ok: false, code: "ambiguous", read }];
  if (reading.reason === "unit_unknown")
    return [{ ok: false, code: "ambiguous", read, sentence: "unit_unknown" }];
  const sentence = ["approximate", "tax_excluded", "percentage", "too_large"].includes(reading.reason)
    ? { sentence: reading.reason }
    : {};
  return [{ ok: false, code: "unreadable", read, ...sentence }];
}

/** Serial day numbers of a spreadsheet become written days. */
function withoutSerials(row: Row, value: string): string {
  if (row.source.format !== "sheet") return value;
  return value.replace(
    /(?<![\d./-])(\d{5})(?:\.\d+)?(?![\d./-])/gu,
    (whole, serial: string) => dayFromSerial(Number(serial)) ?? whole,
  );
}

export function dayFinding(row: Row, labels: Labels): Finding<Day>[] {
  const value = withoutSerials(row, latest(row.value, labels));
  if (labels.tokens.provisional.test(value)) return [];
  if (labels.tokens.either.test(value) && value.trim() !== "")
    return [{ ok: false, code: "ambiguous", read: value }];
  if (value.trim() === "" || labels.blankValue.test(value.trim())) return [];
  return fromDay(parseDay(value), value, row);
}

function fromDay(reading: DayReading | null, read: string, row: Row): Finding<Day>[] {
  if (reading === null || (!reading.ok && reading.reason === "absent")) return [];
  if (reading.ok) return [{ ok: true, value: reading.day, read, row }];
  return [{ ok: false, code: reading.reason === "several" ? "ambiguous" : "unreadable", read }];
}

/** Both ends of a period; a label whose value is no period leaves both unreadable. */
export function periodFindings(row: Row, labels: Labels): { from: Finding<Day>[]; until: Finding<Day>[] } {
  const value = withoutSerials(row, latest(row.value, labels, true));
  if (value.trim() === "" || labels.blankValue.test(value.trim())) return { from: [], until: [] };
  if (labels.qualifiers.from.test(row.qualifier))
    return { from: fromDay(parseDay(value), value, row), until: [] };
  if (labels.qualifiers.until.test(row.qualifier))
    return { from: [], until: fromDay(parseDay(value), value, row) };
  const period = parsePeriod(value);
  const head = row.prose ? (/^\D*/u.exec(row.value)?.[0] ?? "") : "";
  // "The end is said to be … and is rightly …": one day, of the end.
  if (period.until === null && labels.qualifiers.until.test(head))
    return { from: [], until: fromDay(period.from, value, row) };
  return { from: fromDay(period.from, value, row), until: fromDay(period.until, value, row) };
}
