/**
 * Folding of text: what a person wrote → the form that is stored, printed and compared.
 * Pure and total: no function here throws.
 */

/** Compatibility ideographs stay as written: NFKC would replace them by another, official-looking kanji. */
const COMPATIBILITY_IDEOGRAPHS = /([\uF900-\uFAFF\u{2F800}-\u{2FA1F}]+)/u;
const HAS_COMPATIBILITY = /[\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/u;
/** Nothing to fold, nothing invisible. */
const ASCII = /^[\t\n\r\x20-\x7E]*$/;
const COMPANY_MARKS = /㈱|㍿|\(株\)|\(株式会社\)/gu;
const LIMITED_MARKS = /㈲|\(有\)/gu;
const CLOSING_HONORIFIC = /\s*(?:様|殿|御中)\s*$/u;
/** Control and zero-width characters carry no meaning in a letter; variation selectors do and stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const INVISIBLE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u200B-\u200D\u2060\uFEFF]/g;

/** NFKC, except for the compatibility ideographs (contract section 4). Line breaks and runs of spaces are kept. */
export function foldWidth(text: string): string {
  if (ASCII.test(text)) return text;
  const visible = text.replace(INVISIBLE, "");
  if (!HAS_COMPATIBILITY.test(visible)) return visible.normalize("NFKC");
  const parts = visible.split(COMPATIBILITY_IDEOGRAPHS);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.normalize("NFKC"))).join("");
}

/** Runs of white space become one space, ends are trimmed. */
export function squeeze(text: string): string {
  return text.replace(/[\s\u3000]+/gu, " ").trim();
}

/**
 * The stored and printed form of a name or title: width folded, spaces squeezed, company abbreviations written out
 * in place, a closing honorific dropped. Idempotent.
 */
export function foldText(text: string): string {
  let folded = squeeze(foldWidth(text).replace(COMPANY_MARKS, "株式会社"));
  while (CLOSING_HONORIFIC.test(folded)) folded = folded.replace(CLOSING_HONORIFIC, "");
  return folded;
}

const DASHES = /[\u002D\u2010-\u2015\u2212\u2500\u2501\u30FC\uFE58\uFE63\uFF0D]/g;
const WAVES = /[\u007E\u301C\u223C\u223E\uFF5E]/g;
/** Common variant forms that people exchange freely; used to compare names, never to print them. */
const VARIANTS: Record<string, string> = {
  髙: "高",
  﨑: "崎",
  𠮷: "吉",
  濵: "浜",
  濱: "浜",
  邊: "辺",
  邉: "辺",
  齋: "斎",
  齊: "斉",
  澤: "沢",
  德: "徳",
  ヶ: "ケ",
  ヵ: "カ",
};

/**
 * A copy of a text to compare with, never to print: folded, without white space, brackets and variation selectors,
 * one code point for all dashes and one for all waves, variant kanji exchanged, upper case. Idempotent.
 */
export function foldForComparison(text: string): string {
  let folded = foldOnce(text);
  // What is taken off may lay bare an honorific: again until nothing is left to take.
  for (let again = foldOnce(folded); again !== folded; again = foldOnce(folded)) folded = again;
  return folded;
}

function foldOnce(text: string): string {
  return (
    foldText(text)
      // Written out to compare only: contract section 4 writes out no mark but that of the 株式会社.
      .replace(LIMITED_MARKS, "有限会社")
      // Capitals of some letters come apart: they are put together again, so that folding twice changes nothing.
      .normalize("NFKC")
      .toUpperCase()
      .normalize("NFKC")
      .replace(/[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu, "")
      .replace(DASHES, "-")
      .replace(WAVES, "~")
      // Between two digits a mark tells numbers apart (1.2 is not 12); anywhere else it is decoration.
      .replace(/(?<=\d)[\s"'()[\]{}<>「」『』【】〔〕《》〈〉・、。,.]+(?=\d)/gu, "|")
      .replace(/[\s"'()[\]{}<>「」『』【】〔〕《》〈〉・、。,.]/gu, "")
      .replace(/./gu, (c) => VARIANTS[c] ?? c)
  );
}

/** Digits, Latin letters and dashes of any width in one form; for numbers and keys. Case is kept. */
export function foldCode(text: string): string {
  return foldWidth(text).replace(DASHES, "-");
}

/** Between the members of a list, as documents and subjects print it (notation, not wording). */
export const LIST_DOT = "・";

/**
 * The same value with texts that can be kept and sent on: without U+0000, which PostgreSQL refuses, and with lone halves of
 * surrogate pairs replaced, which JSON and UTF-8 cannot carry. Letters may hold either, by accident or on purpose.
 */
export function keepable<T>(value: T): T {
  if (typeof value === "string") return value.replaceAll("\u0000", "").toWellFormed() as T;
  if (Array.isArray(value)) return value.map(keepable) as T;
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, keepable(inner)])) as T;
}
