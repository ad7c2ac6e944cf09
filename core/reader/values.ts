/** One row's value, understood as text, yen, a day or a period. An empty value yields no finding at all. */
import { type DayReading, dayFromSerial, parseDay, parsePeriod } from "../dates.ts";
import { parseYen, type YenReading } from "../money.ts";
import type { Day, Yen } from "../terms.ts";
import { foldText } from "../text.ts";
import { tickedText } from "./choice.ts";
import type { Finding } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";

/** A title in quotation marks among other words. */
const WITH_QUOTES = /[\u300C\u300E]([^\u300C-\u300F]{3,})[\u300D\u300F]/u;
const PARTY_FIELDS: Row["field"][] = ["ordererName", "contractorName"];
/** What a sentence remarks on a party behind its name. */
const REMARK = /\s*\([^()]*\)$/u;
/** A bracket that the end of the clause cut off. */
const UNCLOSED = /\s*\([^()]*$/u;
const LOST_CHARACTER = "\uFFFD";
/** What may be said for several products at once, or as it was the last time. */
const SHARED_FIELDS: Row["field"][] = ["depositBank", "feePayment", "feeBillTo", "handlingBranch"];
/** Longest name or title; more is a paragraph that a label happened to precede. */
const TEXT_LENGTH = 200;

/** The value as the letter finally states it: behind "not X but Y" or "from X to Y". */
function latest(value: string, labels: Labels, isPeriod = false): string {
  const replaced = value
    .replace(labels.tokens.replacedBy, "")
    .replace(labels.tokens.formerly, "")
    .replace(new RegExp(labels.tokens.formerDay.source, "gu"), "");
  return isPeriod ? replaced : replaced.replace(labels.tokens.replacedFromTo, "");
}

export function textFinding(row: Row, labels: Labels): Finding<string>[] {
  if (row.doubtful) return [{ ok: false, code: "ambiguous", read: row.value }];
  const ticked = tickedText(row.value, labels);
  if (ticked === null) return [{ ok: false, code: "ambiguous", read: row.value }];
  let value = labels.tokens.replacedBy.test(ticked) ? ticked.replace(labels.tokens.replacedBy, "") : ticked;
  value = value.replace(labels.tokens.arrow, "");
  if (labels.tokens.notBut.test(value))
    value = value.replace(labels.tokens.notBut, "").replace(labels.tokens.asTail, "");
  if (row.prose) value = value.replace(labels.tokens.changedFrom, "");
  if (row.prose) value = value.split(labels.tokens.proseEnd)[0] ?? "";
  value = foldText(value.replace(labels.tokens.trailingNoise, "").replace(labels.tokens.valueStop, ""));
  if (row.prose && PARTY_FIELDS.includes(row.field) && !labels.tokens.ownWords.test(value))
    value = value.replace(REMARK, "");
  if (row.prose) value = value.replace(UNCLOSED, "").replace(labels.tokens.nameParticle, "");
  if (row.field === "feePayment") value = value.replace(labels.tokens.payTail, "");
  if (row.field === "worksTitle" && row.prose) value = WITH_QUOTES.exec(value)?.[1] ?? value;
  if (SHARED_FIELDS.includes(row.field)) value = value.replace(labels.tokens.allPrefix, "");
  if (row.prose && SHARED_FIELDS.includes(row.field)) value = value.replace(labels.tokens.sameAs, "");
  const quoted = labels.tokens.quotedWhole.exec(value);
  if (quoted?.[1]) value = foldText(quoted[1]);
  if (value === "" || labels.blankValue.test(value)) return [];
  // A character that its charset lost: nobody knows which it was.
  if (value.includes(LOST_CHARACTER)) return [{ ok: false, code: "unreadable", read: value }];
  if (value.length > TEXT_LENGTH) return [{ ok: false, code: "unreadable", read: value }];
  return [{ ok: true, value, read: value, row }];
}

export function yenFinding(row: Row, labels: Labels): Finding<Yen>[] {
  if (row.doubtful) {
    const sentence = labels.tokens.statedUnit.test(row.value) ? {} : { sentence: "unit_unknown" };
    return [{ ok: false, code: "ambiguous", read: row.value, ...sentence }];
  }
  const value = latest(row.value, labels);
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
  return { from: fromDay(period.from, value, row), until: fromDay(period.until, value, row) };
}
