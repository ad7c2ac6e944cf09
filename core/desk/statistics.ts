import { dayInTokyo, parseDay } from "../dates.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Figures, Span } from "../rows/reports.ts";
import type { Day } from "../terms.ts";
import { foldWidth } from "../text.ts";

/** Figures of the desk's work in a month, a year or a fiscal year. */

/** Orderers, branches and so on that are named; the rest is put together. */
export const GROUPS_MAX = 10;

/** Year, month and the mark of a fiscal year as they are written: notation, no wording. */
const YEAR = "\u5E74";
const FISCAL_YEAR = "\u5E74\u5EA6";
const MONTH = "\u6708";
const DAY = "\u65E5";
/** Longer than any way to write a span. */
const WORDS_MAX = 20;

/**
 * Reads `2026-10`, `2026/10`, `2026`, and in Japanese notation years (of an era or not), their months and fiscal years,
 * which begin in April. @returns null for anything else.
 */
export function parseSpan(words: string): Span | null {
  const text = foldWidth(words).replace(/\s/g, "");
  if (text.length > WORDS_MAX) return null;
  if (text.endsWith(FISCAL_YEAR)) return span(`${text.slice(0, -2)}${YEAR}4${MONTH}1${DAY}`, 12);
  if (text.endsWith(MONTH)) return span(`${text}1${DAY}`, 1);
  if (text.endsWith(YEAR)) return span(`${text}1${MONTH}1${DAY}`, 12);
  const [, year, month] = /^(\d{4})(?:[-/.](\d{1,2}))?$/.exec(text) ?? [];
  if (year === undefined) return null;
  return month === undefined ? span(`${year}-01-01`, 12) : span(`${year}-${month.padStart(2, "0")}-01`, 1);
}

/** The month in which a day lies. */
export function monthOf(day: Day): Span {
  const from = `${day.slice(0, 7)}-01`;
  return { from, until: monthsLater(from, 1) };
}

function span(first: string, months: number): Span | null {
  const read = parseDay(first);
  return read.ok ? { from: read.day, until: monthsLater(read.day, months) } : null;
}

/** Of the first day of a month. */
function monthsLater(from: Day, months: number): Day {
  const [year = 0, month = 1] = from.split("-").map(Number);
  const at = year * 12 + month - 1 + months;
  return `${String(Math.floor(at / 12)).padStart(4, "0")}-${String((at % 12) + 1).padStart(2, "0")}-01`;
}

/** @param words the span as typed; empty for this month. @returns a refusal when it cannot be read. */
export async function statistics(
  desk: Desk,
  by: StaffMember,
  words: string,
): Promise<Result<{ span: Span; figures: Figures }>> {
  if (!mayDo(by, "stats")) return refuse("role_missing", { deed: "stats" });
  const asked = words.trim() === "" ? monthOf(dayInTokyo(desk.now())) : parseSpan(words);
  if (asked === null) return refuse("span_unreadable", { words: words.slice(0, WORDS_MAX) });
  const figures = await desk.store.transact((tx) => tx.figures(asked, GROUPS_MAX));
  return ok({ span: asked, figures });
}
