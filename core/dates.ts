/**
 * Days in Asia/Tokyo: the notations of contract section 4, both ways, and the little arithmetic the desk needs.
 */

import type { Day, Instant } from "./terms.ts";
import { foldWidth } from "./text.ts";

type DayRefusal =
  | "absent"
  | "no_year"
  | "no_day"
  | "two_digit_year"
  | "impossible"
  | "relative"
  | "several"
  | "unreadable";
export type DayReading = { ok: true; day: Day } | { ok: false; reason: DayRefusal };

interface Era {
  names: string;
  /** Year before the era's first. */
  offset: number;
  first: Day;
  last: Day;
}
/** Cabinet orders on the era names: first and last day of each. */
const ERAS: Era[] = [
  { names: "令和|令|R", offset: 2018, first: "2019-05-01", last: "9999-12-31" },
  { names: "平成|平|H", offset: 1988, first: "1989-01-08", last: "2019-04-30" },
  { names: "昭和|昭|S", offset: 1925, first: "1926-12-25", last: "1989-01-07" },
];
const KANJI_DIGITS: Record<string, number> = {
  〇: 0,
  零: 0,
  一: 1,
  二: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
};

/** `二〇二六` → 2026, `二十五` → 25, `十` → 10. */
function kanjiNumber(text: string): string {
  if (!text.includes("十")) return [...text].map((c) => KANJI_DIGITS[c] ?? "").join("");
  const [tens = "", ones = ""] = text.split("十");
  return String((KANJI_DIGITS[tens] ?? 1) * 10 + (KANJI_DIGITS[ones] ?? 0));
}

/** Width, kanji digits before a date's units, spaces inside a date, and weekdays are folded away. */
function normalise(raw: string): string {
  return foldWidth(raw)
    .replace(/([〇零一二三四五六七八九十]+)(?=\s*[年月日])/gu, (digits) => kanjiNumber(digits))
    .replace(/[−‐–—]/gu, "-")
    .replace(/\(\s*[月火水木金土日](?:曜日?)?(?:・?祝)?\s*\)/gu, "")
    .replace(/\((?![自至]\))[^()0-9]*\)/gu, "")
    .replace(/元\s*年/gu, "1年")
    .replace(/(令和|平成|昭和)元(?=[./-])/gu, "$11")
    .replace(/(\d{4})年\((?:令和|平成|昭和)\d{1,2}年?\)/gu, dropAgreeingEra)
    .replace(/((?:令和|平成|昭和)\d{1,2})年?\((\d{4})年?\)年?/gu, dropAgreeingYear)
    .replace(/(\d)\s+(?=[年月日])/gu, "$1")
    .replace(/([年月])\s+(?=\d)/gu, "$1")
    .replace(/(令和|平成|昭和|\b[RHS])\.?\s*(?=\d)/gu, "$1")
    .replace(/(\d)\s*([./])\s*(?=\d)/gu, "$1$2");
}

function eraYear(name: string, year: number): number | null {
  const era = ERAS.find((e) => new RegExp(`^(?:${e.names})$`, "u").test(name));
  return era ? era.offset + year : null;
}

function dropAgreeingYear(whole: string, named: string, western: string): string {
  const year = eraYear(named.slice(0, 2), Number(named.slice(2)));
  return year === Number(western) ? `${western}年` : whole;
}

function dropAgreeingEra(whole: string, western: string): string {
  const named = /(令和|平成|昭和)(\d{1,2})/u.exec(whole);
  return named && eraYear(named[1] ?? "", Number(named[2])) === Number(western) ? `${western}年` : whole;
}

const FULL_DATE =
  /(?:(令和|令|平成|平|昭和|昭|[RHS](?=\d))(\d{1,2})|(?<![\d.,-])(\d{4}))(?:年(\d{1,2})月(\d{1,2})日|([./-])(\d{1,2})\6(\d{1,2})(?![\d,]|[./-]\d))/gu;
const COMPACT_DATE = /(?<![\d.,-])(20\d{2})([01]\d)([0-3]\d)(?![\d,.-])/gu;

interface Found {
  start: number;
  end: number;
  day: Day | null;
}

/** Is this calendar day real? Takes numbers as written. */
function makeDay(year: number, month: number, day: number): Day | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return null;
  return date.toISOString().slice(0, 10);
}

function readMatch(m: RegExpMatchArray): Day | null {
  const month = Number(m[4] ?? m[7]);
  const date = Number(m[5] ?? m[8]);
  if (m[3] !== undefined) return makeDay(Number(m[3]), month, date);
  const era = ERAS.find((e) => new RegExp(`^(?:${e.names})$`, "u").test(m[1] ?? ""));
  const day = era ? makeDay(era.offset + Number(m[2]), month, date) : null;
  return era && day && day >= era.first && day <= era.last ? day : null;
}

function findDays(text: string): Found[] {
  const found = [...text.matchAll(FULL_DATE)].map((m) => ({
    start: m.index,
    end: m.index + m[0].length,
    day: readMatch(m),
  }));
  for (const m of text.matchAll(COMPACT_DATE)) {
    found.push({
      start: m.index,
      end: m.index + m[0].length,
      day: makeDay(Number(m[1]), Number(m[2]), Number(m[3])),
    });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Why a text that holds no full date is refused. */
function refusal(text: string): DayRefusal {
  if (/日間|日以内|ヶ月|か月|カ月|箇月|の翌日|契約(?:締結)?日|着手日|から起算|別途|未定|協議/u.test(text))
    return "relative";
  if (/(?<!\d)\d{2}[./年-]\d{1,2}[./月-]\d{1,2}/u.test(text)) return "two_digit_year";
  if (/(?<!\d)\d[./-]\d{1,2}[./-]\d{1,2}/u.test(text)) return "two_digit_year";
  if (/\d{1,2}月\d{1,2}日|(?<!\d)\d{1,2}\/\d{1,2}(?!\d)/u.test(text)) return "no_year";
  if (/年\s*\d{1,2}月|年度/u.test(text)) return "no_day";
  return text.trim() === "" ? "absent" : "unreadable";
}

const VAGUE_AFTER = /^\s*(?:頃|ごろ|ころ|以降|以前|前後|あたり)/u;

/** Reads the one day a value names. Several different days are refused; so is a day that needs guessing. */
export function parseDay(raw: string): DayReading {
  const text = normalise(raw);
  const found = findDays(text);
  const [first] = found;
  if (first === undefined) return { ok: false, reason: refusal(text) };
  if (/から起算|の翌日|の前日|日後/u.test(text)) return { ok: false, reason: "relative" };
  if (found.some((f) => f.day === null)) return { ok: false, reason: "impossible" };
  if (found.some((f) => VAGUE_AFTER.test(text.slice(f.end)))) return { ok: false, reason: "unreadable" };
  if (new Set(found.map((f) => f.day)).size > 1) return { ok: false, reason: "several" };
  return first.day === null ? { ok: false, reason: "impossible" } : { ok: true, day: first.day };
}

export interface PeriodReading {
  /** `null`: the text says nothing about this end. */
  from: DayReading | null;
  until: DayReading | null;
}

const SEPARATOR = /\s*(?:から|より|~|〜|～|至|→|ー|―|\s-\s|-(?=\s*(?:令和|平成|[RHS]\d|\d{4}))|–|—)\s*/u;

/** Reads a period (`自 … 至 …`, `… から … まで`, `… ～ …`); each end on its own, a year is never carried over unsaid. */
export function parsePeriod(raw: string): PeriodReading {
  const text = normalise(raw)
    .replace(/^\s*(?:工期)?\s*[:]?\s*/u, "")
    .trim();
  const opening = /^\s*\(?自\)?\s*:?\s*/u;
  const body = text.replace(opening, "");
  const closing = /^\s*\(?至\)?\s*:?\s*/u;
  if (closing.test(body)) return { from: null, until: parseDay(body.replace(closing, "")) };
  const found = findDays(body);
  const cut = separatorPosition(body, found);
  if (cut === null) {
    const only = parseDay(body);
    if (opening.test(text)) return { from: only, until: null };
    if (/まで|迄|限り?$/u.test(body)) return { from: null, until: only };
    return { from: only, until: found.length === 0 ? only : null };
  }
  const from = parseDay(body.slice(0, cut.start));
  const rest = body.slice(cut.end).replace(closing, "");
  return { from, until: rest.trim() === "" ? null : parseSecond(rest, from) };
}

/** Where the first end stops: the first separator that does not stand inside a date. */
function separatorPosition(text: string, found: Found[]): { start: number; end: number } | null {
  for (const m of text.matchAll(new RegExp(SEPARATOR.source, "gu"))) {
    const inside = found.some(
      (f) => m.index < f.end && m.index + m[0].length > f.start && m[0].trim() === "-",
    );
    if (!inside && !/^から起算/u.test(text.slice(m.index)))
      return { start: m.index, end: m.index + m[0].length };
  }
  const [a, b] = found;
  return a && b && found.length === 2 ? { start: a.end, end: b.start } : null;
}

/** `同年` and `翌年` name the year by the first end. */
function parseSecond(rest: string, from: DayReading): DayReading {
  const relative = /^(同年|翌年)\s*(\d{1,2}月\d{1,2}日)/u.exec(rest);
  if (!relative || !from.ok) return parseDay(rest);
  const year = Number(from.day.slice(0, 4)) + (relative[1] === "翌年" ? 1 : 0);
  return parseDay(`${year}年${relative[2]}`);
}

/** A spreadsheet's serial day number (1900 system) as a day; `null` outside 1982–2119. */
export function dayFromSerial(serial: number): Day | null {
  if (!Number.isFinite(serial) || serial < 30_000 || serial > 80_000) return null;
  return new Date(Date.UTC(1899, 11, 30) + Math.floor(serial) * 86_400_000).toISOString().slice(0, 10);
}

/** `2026-04-10` → `令和8年4月10日`; the first year of an era is 元年. */
export function formatJapaneseDay(day: Day): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const era = ERAS.find((e) => day >= e.first && day <= e.last);
  const named = era
    ? `${era.names.split("|")[0]}${year - era.offset === 1 ? "元" : year - era.offset}`
    : String(year);
  return `${named}年${month}月${date}日`;
}

/** The calendar day in Asia/Tokyo (UTC+9, no summer time) of a moment. */
export function dayInTokyo(instant: Instant): Day {
  return new Date(Date.parse(instant) + 9 * 3_600_000).toISOString().slice(0, 10);
}

/** Whether it is a day of the calendar as core writes one; a form may carry anything in a day's place. */
export function isDay(text: string): text is Day {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN;
  // 2026-02-30 is read as 2 March where the engine is lenient.
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(text);
}

/** A day `count` days later (earlier when negative). */
export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

/** The moment so many milliseconds after another (before it, when negative). */
export function later(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString();
}

/** A written day may be broken behind its era, its year or its month. */
const BROKEN_DAY: [RegExp, RegExp][] = [
  [/(?:令和|平成|R)?[\d元]{1,4}年$/u, /^\d{1,2}月\d/u],
  [/\d{1,2}月$/u, /^\d{1,2}日/u],
  [/(?:令和|平成)$/u, /^[\d元]{1,2}年/u],
];

/** Does a day begin at the end of one line and go on at the start of the next? Both width-folded. */
export const isBrokenDay = (line: string, next: string): boolean =>
  BROKEN_DAY.some(([end, begin]) => end.test(line) && begin.test(next));
