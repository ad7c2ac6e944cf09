/**
 * Yen: the notations of contract section 4, both ways. Whatever is not surely one tax-included amount is a refusal.
 */

import { type Amount, amountText, DIGITS, findAmounts, LARGEST_YEN } from "./amount-runs.ts";
import type { Yen } from "./terms.ts";
import { foldWidth } from "./text.ts";

type YenRefusal =
  | "absent"
  | "approximate"
  | "tax_excluded"
  | "percentage"
  | "several"
  | "unreadable"
  | "too_large"
  /** A bare number so small that it may be thousands of yen. */
  | "unit_unknown";
export type YenReading = { ok: true; yen: Yen } | { ok: false; reason: YenRefusal };
/** What surrounds the text: a table's own unit in yen (`単位：千円` is 1000), and a label that says tax-excluded. */
export interface YenContext {
  unit?: number;
  taxExcluded?: boolean;
  /** Below this a bare number is refused. Where only yen are ever typed, 0 takes every number as yen. */
  bareMinimumYen?: number;
}

/** Below this a bare number is as likely to mean thousands of yen: public works are hardly ever that small. */
export const BARE_MINIMUM_YEN: Yen = 100_000;
/** No works, and no guarantee of one, is worth less. */
const LEAST_YEN: Yen = 1_000;
/** A bare number below this, beside an amount with its unit, is the number of a note. */
const NOTE_BELOW = 10_000;

/**
 * Reads one tax-included amount in whole yen out of a value. Several different amounts, an amount that is only
 * tax-excluded or approximate, and a percentage alone are refused with the reason.
 */
export function parseYen(raw: string, context: YenContext = {}): YenReading {
  const text = amountText(raw);
  if (
    /[A-Za-z][0-9]*[0-9,]{3}|[0-9,][OoIl|][0-9,]|[0-9][A-Za-z]*[OoIl](?![A-Za-z])/u.test(
      text.replace(/JPY/giu, "¥"),
    )
  ) {
    return { ok: false, reason: "unreadable" };
  }
  if (/[-△▲−]\s*[¥]?\s*[0-9]{1,3}(?:,[0-9]{3})+/u.test(text) && !/[¥\d]-/u.test(text))
    return { ok: false, reason: "unreadable" };
  const found = findAmounts(text.replace(/(?:\d+|十)\s*分の\s*(?:\d+|[一二三四五六七八九])/gu, "")).filter(
    (amount) => !amount.taxPart,
  );
  // Beside an amount with its unit, a small bare number is a note's number, not another amount.
  const named = found.some((amount) => amount.explicit);
  const isNote = ({ explicit, value }: Amount) =>
    !explicit && typeof value === "number" && value < NOTE_BELOW;
  if (found.length > 0 && found.every((amount) => amount.difference))
    return { ok: false, reason: "unreadable" };
  const newer = found.filter((amount) => amount.newer);
  const current = newer.length > 0 ? newer : found.filter((amount) => !amount.former && !amount.difference);
  const stated = current.length > 0 ? current : found;
  const all = stated.filter((amount) => !(named && isNote(amount)));
  if (all.length === 0) {
    if (parsePercentages(text).length > 0) return { ok: false, reason: "percentage" };
    return { ok: false, reason: /[0-9〇一二三四五六七八九]/u.test(text) ? "unreadable" : "absent" };
  }
  const included = all.filter((amount) => !amount.excluded);
  if (included.length === 0) return { ok: false, reason: "tax_excluded" };
  if (context.taxExcluded === true && !/税込/u.test(text)) return { ok: false, reason: "tax_excluded" };
  if (included.some((amount) => amount.approximate)) return { ok: false, reason: "approximate" };
  const readings = included.map((amount) => scaled(amount, context));
  const refused = readings.find((reading) => !reading.ok);
  if (refused) return refused;
  const values = new Set(readings.flatMap((reading) => (reading.ok ? [reading.yen] : [])));
  const [yen] = values;
  if (values.size > 1) return { ok: false, reason: "several" };
  return yen === undefined ? { ok: false, reason: "unreadable" } : { ok: true, yen };
}

/** No amount that a person types is longer, spelled out in kanji either. */
const TYPED_MAX = 60;
/** One amount in any of its notations (contract section 4) and nothing else: no sign, no fraction, no word around it. */
const ALONE = /^金?\s*[¥\\]?\s*[0-9,〇一二三四五六七八九十壱弐参拾百千万萬億兆]+\s*[円圓]?\s*也?\s*-?$/u;
/** What turns figures round on the screen: the eye would check another amount than the program. */
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/**
 * The amount that a member of staff types where a whole amount is asked for. A letter's reader looks for an amount in
 * whatever stands around it; who confirms one writes that one only, and a minus or a second figure is no slip to forgive.
 * @returns null when it is not surely one amount.
 */
export function typedAmount(raw: string): Yen | null {
  if (raw.length > TYPED_MAX) return null;
  if (DIRECTION.test(raw) || !ALONE.test(foldWidth(raw).trim())) return null;
  const read = parseYen(raw, { bareMinimumYen: 0 });
  return read.ok ? read.yen : null;
}

/** A table's unit applies to bare numbers; a small amount that names yen inside such a table is not sure. */
function scaled({ value, explicit, multiplied }: Amount, context: YenContext): YenReading {
  const { unit = 1, bareMinimumYen = BARE_MINIMUM_YEN } = context;
  if (value === "unsound") return { ok: false, reason: "unreadable" };
  if (value === "too_large") return { ok: false, reason: "too_large" };
  if (explicit && unit > 1 && !multiplied && value < 1_000_000) return { ok: false, reason: "unreadable" };
  if (!explicit && unit === 1 && value !== 0 && value < bareMinimumYen)
    return { ok: false, reason: "unit_unknown" };
  // Fewer yen than any document costs: a slip, or what is left of a number that came apart.
  if (explicit && value !== 0 && value < LEAST_YEN) return { ok: false, reason: "unreadable" };
  if (explicit) return { ok: true, yen: value };
  return value > LARGEST_YEN / unit ? { ok: false, reason: "too_large" } : { ok: true, yen: value * unit };
}

/** The percentages a text states (`40%`, `4割`, `10分の4`), as percent. */
export function parsePercentages(raw: string): { percent: number; decimals: number }[] {
  const text = foldWidth(raw);
  const found = [...text.matchAll(/(\d+)(?:\.(\d+))?\s*(?:%|パーセント)/gu)].map((m) => ({
    percent: Number(`${m[1]}.${m[2] ?? 0}`),
    decimals: m[2]?.length ?? 0,
  }));
  for (const m of text.matchAll(/(\d|[一二三四五六七八九])割(?!引)/gu)) {
    found.push({ percent: Number(DIGITS[m[1] ?? ""] ?? m[1]) * 10, decimals: 0 });
  }
  for (const m of text.matchAll(/(?:10|十)分の(\d|[一二三四五六七八九])/gu)) {
    found.push({ percent: Number(DIGITS[m[1] ?? ""] ?? m[1]) * 10, decimals: 0 });
  }
  return found;
}

/** A table's unit in yen named by a text such as `単位：千円`, `null` when it names none. */
export function parseUnit(raw: string): number | null {
  const match = /(?:単位\s*[:は]?\s*|^\s*\(?)(百万円|千円|万円|円)\s*\)?\s*$/u.exec(
    foldWidth(raw).trim().replace(/\)+$/u, ""),
  );
  const units: Record<string, number> = { 百万円: 1e6, 万円: 1e4, 千円: 1e3, 円: 1 };
  return match?.[1] ? (units[match[1]] ?? null) : null;
}

/** `20000000` → `20,000,000円`. */
export function formatYen(yen: Yen): string {
  return `${String(yen).replace(/\B(?=(\d{3})+(?!\d))/g, ",")}円`;
}
