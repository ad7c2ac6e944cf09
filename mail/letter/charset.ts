/**
 * Bytes of Japanese text decoded by what they are: a label only settles what they leave open, and where two decodings
 * are plausible that is said.
 */

import { isAscii } from "node:buffer";
import { decodeEuc } from "./euc-ms.ts";

const ALIASES: [RegExp, string][] = [
  [
    /^(?:x-)?(?:sjis(?:-?win|-ms|-open)?|shift[_-]?jis(?:-?win|-ms|_?2004|x0213)?|cs?windows-?31j|csshiftjis|windows-?31j|windows-932|(?:cp|ms|ms-cp|ibm)[-_]?9(?:32|43)c?|ms_?kanji|mskanji|pck)$/i,
    "shift_jis",
  ],
  [
    /^(?:iso-?2022-?jp(?:-ms|-[1-3]|-2004|-ext)?|(?:x-)?cp-?5022[0-2]|x-windows-(?:iso2022jp|5022[01])|windows-iso2022jp|csiso2022jp2?|jis(?:7|_encoding)?|iso2022jp)$/i,
    "iso-2022-jp",
  ],
  [
    /^(?:(?:x-)?euc-?jp(?:-?ms|-?win|-open|-linux)?|eucjp-?(?:ms|win)|x-euc|(?:x-)?cp-?51932|cseucpkdfmtjapanese|extended_unix_code_packed_format_for_japanese|ujis|euc)$/i,
    "euc-jp",
  ],
  [/^(?:utf-?8n?|unicode-1-1-utf-8|utf8mb4|utf-?8-?mac|cp65001)$/i, "utf-8"],
];

/** The label a parser understands, lower case. */
export function canonicalCharset(label: string): string {
  const clean = label
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/\*.*$/, "");
  return ALIASES.find(([pattern]) => pattern.test(clean))?.[1] ?? clean.toLowerCase();
}

export interface Decoded {
  text: string;
  /** Another decoding of the same bytes is as plausible: nobody knows what was written. */
  doubtful: boolean;
}

/** Charsets of neighbours in which Japanese is written, too, and whose bytes look like Japanese ones. */
const NEIGHBOURS =
  /^(?:gb2312|gbk|gb_?18030|euc-cn|x-gbk|hz-gb-2312|big5(?:-hkscs)?|euc-kr|ks_c_5601-1987|windows-949)$/;
/** Characters that are looked at to judge a decoding: a page of text says enough. */
const JUDGED_CHARS = 20_000;

export function tryDecode(bytes: Uint8Array, charset: string): string | null {
  try {
    return charset === "euc-jp" ? decodeEuc(bytes) : new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Decodes Japanese bytes by what they are; `label` only settles what the bytes leave open. Never throws. */
export const decodeJapanese = (bytes: Uint8Array, label?: string): string => decodeText(bytes, label).text;

/** The text, and whether it may as well be another. Never throws. */
export function decodeText(bytes: Uint8Array, label?: string): Decoded {
  const charset = canonicalCharset(label ?? "");
  const certain = (text: string): Decoded => ({ text, doubtful: false });
  const wide = wideCharset(bytes);
  if (wide !== null) return certain(new TextDecoder(wide).decode(bytes));
  const ascii = isAscii(bytes);
  if (ascii && bytes.includes(0x1b)) return certain(decodeJis(bytes));
  const utf8 = tryDecode(bytes, "utf-8");
  if (ascii && charset === "utf-7") return certain(decodeUtf7(bytes));
  if (ascii && utf8 !== null && !/^(?:utf-16|hz)/.test(charset)) return certain(utf8);
  // Words of half-width kana in Shift_JIS may be valid UTF-8, but then of Latin or Greek letters.
  if (utf8 !== null && (charset === "utf-8" || !judge(utf8).odd)) return certain(utf8);
  if (charset === "shift_jis" || charset === "euc-jp" || NEIGHBOURS.test(charset)) {
    const named = tryDecode(bytes, charset);
    if (named !== null && !belied(named, bytes, charset)) return certain(named);
  }
  const guess = guessJapanese(bytes);
  if (guess !== null) return guess;
  if (utf8 !== null) return certain(utf8);
  try {
    return certain(new TextDecoder(charset || "utf-8").decode(bytes));
  } catch {
    return certain(new TextDecoder("utf-8").decode(bytes));
  }
}

/** UTF-16 by its mark, or by the zero bytes that each ASCII character and line end has. */
function wideCharset(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const pairs = Math.min(bytes.length, JUDGED_CHARS) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i += 1) {
    if (bytes[2 * i] === 0 && isText(bytes[2 * i + 1])) even += 1;
    if (bytes[2 * i + 1] === 0 && isText(bytes[2 * i])) odd += 1;
  }
  if (even + odd < Math.max(2, pairs * 0.04)) return null;
  const charset = odd > even ? "utf-16le" : "utf-16be";
  return Math.min(even, odd) * 10 <= Math.max(even, odd) && tryDecode(bytes, charset) !== null
    ? charset
    : null;
}

const isText = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);

/**
 * ISO-2022-JP. The standard decoder knows half-width kana by ESC ( I (CP50221); those shifted by SO and SI (JIS X 0201,
 * CP50222) are put into that form, and the escapes of JIS X 0213 and of the 1978 standard into the one it knows.
 */
function decodeJis(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const known = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    .replace(/\x1b\$\([OPQ]/g, "\x1b$B")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: shifts are what is looked for
    .replace(/\x0e([^\x0f\x1b\r\n]*)\x0f?/g, "\x1b(I$1\x1b(B")
    // Of escapes right behind each other the last one counts; the decoder would put a replacement character there.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    .replace(/(?:\x1b(?:\([BJI]|\$[@B]))+(?=\x1b[($])/g, "");
  return new TextDecoder("iso-2022-jp").decode(Buffer.from(known, "latin1"));
}

/** RFC 2152: UTF-16 in base64 between plus and minus. */
const decodeUtf7 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .replace(/\+([A-Za-z0-9+/]*)-?/g, (_, coded: string) => {
      const pairs = Buffer.from(coded, "base64");
      return coded === "" ? "+" : new TextDecoder("utf-16be").decode(pairs.subarray(0, pairs.length & ~1));
    });

interface Judgement {
  /** Shares of the characters beyond ASCII. */
  kana: number;
  halfKana: number;
  /** Characters that no Japanese letter has: private ones, controls, Latin and Greek with marks. */
  odd: boolean;
}

function judge(text: string): Judgement {
  let [all, kana, halfKana, odd] = [0, 0, 0, 0];
  for (const c of text.slice(0, JUDGED_CHARS)) {
    const code = c.codePointAt(0) ?? 0;
    if (code < 0x80) continue;
    all += 1;
    if (code >= 0x3000 && code <= 0x30ff) kana += 1;
    else if (code >= 0xff61 && code <= 0xff9f) halfKana += 1;
    else if (code < 0x2000 || (code >= 0xe000 && code <= 0xf8ff) || code === 0xfffd) odd += 1;
  }
  return { kana: kana / (all || 1), halfKana: halfKana / (all || 1), odd: odd > all * 0.2 };
}

/** So large a share of kana and Japanese punctuation is not met by accident. */
const MANY = 0.2;
/** The share in a letter of little but names and labels. */
const SOME = 0.05;

/** Is a label untrue although the bytes are valid under it? Then kana show under another and hardly any under it. */
function belied(named: string, bytes: Uint8Array, charset: string): boolean {
  const mine = judge(named);
  if (mine.kana >= MANY && mine.halfKana < MANY) return false;
  return ["shift_jis", "euc-jp"].some((other) => {
    const text = other === charset ? null : tryDecode(bytes, other);
    const theirs = text === null ? null : judge(text);
    if (theirs === null || theirs.odd || theirs.halfKana > 0) return false;
    return theirs.kana >= SOME && mine.kana * 4 < theirs.kana;
  });
}

/** Shift_JIS or EUC-JP, whichever the bytes can be. */
function guessJapanese(bytes: Uint8Array): Decoded | null {
  const [sjis, euc] = ["shift_jis", "euc-jp"].map((name) => {
    const text = tryDecode(bytes, name);
    return text === null || judge(text).odd ? null : text;
  });
  if (sjis == null && euc == null) return null;
  if (sjis == null || euc == null) return { text: sjis ?? euc ?? "", doubtful: false };
  // Other Shift_JIS than half-width kana is no sound EUC-JP, but for rare kanji; and kana of EUC-JP would be half-width
  // ones, each behind a half-width comma or dot.
  return { text: euc, doubtful: judge(sjis).halfKana === 1 && judge(euc).kana < MANY };
}
