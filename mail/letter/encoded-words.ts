/** Header fields made clean: raw 8-bit and JIS bytes, and encoded words (RFC 2047) of any label, as UTF-8 words. */
import { canonicalCharset, decodeJapanese } from "./charset.ts";

/** RFC 2047 §2: a word has at most 75 characters. */
const WORD_BYTES = 42;
const WORD = /=\?([^?\s]{1,40})\?([BbQq])\?([^?]{0,8000})\?=/;
/** Words with nothing but white space between: their bytes may be one character. */
const WORDS = new RegExp(`${WORD.source}(?:\\s*${WORD.source})*`, "g");

export function encodedWord(text: string): string {
  const words: string[] = [];
  let chunk = "";
  for (const c of text) {
    if (Buffer.byteLength(chunk + c) > WORD_BYTES) {
      words.push(chunk);
      chunk = "";
    }
    chunk += c;
  }
  return [...words, chunk]
    .filter((w) => w !== "")
    .map((w) => `=?UTF-8?B?${Buffer.from(w).toString("base64")}?=`)
    .join("\r\n ");
}

/** One header field (folded lines included, no final line end) made clean 7-bit. `label`: the charset of its letter. */
export function cleanField(raw: Buffer, label: string): string {
  let text = raw.toString("latin1");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of ISO-2022-JP are what is looked for
  if (/[\x80-\xff\x1b]/.test(text)) {
    const decoded = decodeJapanese(raw, label).replace(/\r?\n[ \t]+/g, " ");
    text = decoded.replace(/[\u0080-\u{10ffff}]+(?:[^\S\r\n]+[\u0080-\u{10ffff}]+)*/gu, (run) =>
      encodedWord(run),
    );
  }
  return text
    .replace(WORDS, (run) => rewritten(run, label))
    .replace(EXTENDED, (_, mark: string, named: string, data: string) => {
      const charset = canonicalCharset(named);
      const text = decodeJapanese(fromPercent(data), isNoCharset(charset) ? label : charset);
      return `${mark}utf-8''${encodeURIComponent(text).replaceAll("'", "%27")}`;
    })
    .replace(
      /(\*0\*=)([^'";\s]{1,40})'/g,
      (_, mark: string, named: string) => `${mark}${canonicalCharset(named)}'`,
    );
}

/** A parameter of RFC 2231 §4 in one piece; those in pieces keep their label. */
const EXTENDED = /(?<!\*\d{1,3})(\*=)([^'";\s]{0,40})'[^'";\s]{0,40}'([^'"();<>@,\s]{1,4000})/g;

const fromPercent = (data: string): Buffer =>
  Buffer.from(
    data.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** Words of one charset and encoding decoded as the one text they were before somebody cut it. */
function rewritten(run: string, label: string): string {
  const pieces: { charset: string; way: string; bytes: Buffer }[] = [];
  for (const [, named = "", way = "", data = ""] of run.matchAll(new RegExp(WORD.source, "g"))) {
    const [charset, kind] = [canonicalCharset(named), way.toUpperCase()];
    const bytes = kind === "B" ? Buffer.from(data, "base64") : fromQ(data);
    const before = pieces.at(-1);
    if (before?.charset === charset && before.way === kind)
      before.bytes = Buffer.concat([before.bytes, bytes]);
    else pieces.push({ charset, way: kind, bytes });
  }
  const text = pieces
    .map(({ charset, bytes }) => decodeJapanese(bytes, isNoCharset(charset) ? label : charset))
    .join("");
  // An encoded word never becomes structure: what was in words stays in words.
  return encodedWord(text);
}

const isNoCharset = (charset: string): boolean =>
  /^(?:unknown-8bit|x-unknown|unknown|us-ascii)$/.test(charset);

/** RFC 2047 §4.2; an equals sign that begins no code stays. */
const fromQ = (data: string): Buffer =>
  Buffer.from(
    data
      .replaceAll("_", " ")
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
