/**
 * Normalises the bytes of Japanese mail before any parser sees them: charset labels no parser knows, raw 8-bit or JIS
 * headers and file names, bodies whose charset is missing or untrue. What is already sound passes through unchanged.
 */
import { LETTER_DEPTH, LETTER_PARTS } from "../limits.ts";

const ALIASES: [RegExp, string][] = [
  [
    /^(?:sjis(?:-win|-ms)?|shift[_-]?jis(?:-win|-ms)?|x-sjis|cswindows31j|csshiftjis|windows-?31j|windows-932|cp-?932|ms_?932|ms_?kanji|mskanji)$/i,
    "shift_jis",
  ],
  [
    /^(?:iso-?2022-?jp(?:-ms|-[1-3]|-2004)?|cp-?5022[0-2]|x-windows-iso2022jp|windows-iso2022jp|csiso2022jp2?|jis|iso2022jp)$/i,
    "iso-2022-jp",
  ],
  [
    /^(?:euc-?jp(?:-?ms|-win)?|eucjp-?(?:ms|win)|x-euc(?:-?jp)?|cp-?51932|cseucpkdfmtjapanese|ujis|euc)$/i,
    "euc-jp",
  ],
  [/^(?:utf-?8n?|unicode-1-1-utf-8|utf8mb4|cp65001)$/i, "utf-8"],
];

/** The label a parser understands, lower case. */
export function canonicalCharset(label: string): string {
  const clean = label
    .trim()
    .replace(/^["']|["']$/g, "")
    .replace(/\*.*$/, "");
  return ALIASES.find(([pattern]) => pattern.test(clean))?.[1] ?? clean.toLowerCase();
}

function tryDecode(bytes: Uint8Array, charset: string): string | null {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** How much a decoding looks like Japanese: kana and kanji count for it, half-width kana and private signs against. */
function plausibility(text: string): number {
  let score = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    if (
      (code >= 0x3040 && code <= 0x30ff) ||
      (code >= 0x4e00 && code <= 0x9fff) ||
      (code >= 0xff01 && code <= 0xff5e)
    )
      score += 2;
    else if (
      (code >= 0xff61 && code <= 0xff9f) ||
      (code >= 0xe000 && code <= 0xf8ff) ||
      (code >= 0x80 && code < 0x2000)
    )
      score -= 2;
  }
  return score;
}

/** Decodes Japanese bytes by what they are; `label` only settles what the bytes leave open. Never throws. */
export function decodeJapanese(bytes: Uint8Array, label?: string): string {
  const charset = canonicalCharset(label ?? "");
  const ascii = bytes.every((b) => b < 0x80);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (ascii && bytes.includes(0x1b)) return new TextDecoder("iso-2022-jp").decode(bytes);
  const utf8 = tryDecode(bytes, "utf-8");
  if (utf8 !== null && (!ascii || !/^(?:utf-16|utf-7|hz)/.test(charset))) return utf8;
  const japanese = ["shift_jis", "euc-jp"].includes(charset);
  if (japanese) {
    const named = tryDecode(bytes, charset);
    if (named !== null) return named;
  }
  const guesses = ["shift_jis", "euc-jp"]
    .map((name) => tryDecode(bytes, name))
    .filter((text) => text !== null);
  const [best] = guesses.sort((a, b) => plausibility(b) - plausibility(a));
  if (best !== undefined && plausibility(best) > 0) return best;
  try {
    return new TextDecoder(charset || "utf-8").decode(bytes);
  } catch {
    return new TextDecoder("utf-8").decode(bytes);
  }
}

const encodedWord = (text: string): string => {
  const words: string[] = [];
  let chunk = "";
  for (const c of text) {
    if (Buffer.byteLength(chunk + c) > 42) {
      words.push(chunk);
      chunk = "";
    }
    chunk += c;
  }
  return [...words, chunk]
    .filter((w) => w !== "")
    .map((w) => `=?UTF-8?B?${Buffer.from(w).toString("base64")}?=`)
    .join("\r\n ");
};

/** One header field (folded lines included, no final line end) made clean 7-bit. */
function fixField(raw: Buffer): string {
  let text = raw.toString("latin1");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of ISO-2022-JP are what is looked for
  if (/[\x80-\xff\x1b]/.test(text)) {
    const decoded = decodeJapanese(raw).replace(/\r?\n[ \t]+/g, " ");
    text = decoded.replace(/[\u0080-\u{10ffff}]+(?:[^\S\r\n]+[\u0080-\u{10ffff}]+)*/gu, (run) =>
      encodedWord(run),
    );
  }
  return text
    .replace(
      /=\?([^?\s]{1,40})\?([BbQq])\?/g,
      (_, label: string, way: string) => `=?${canonicalCharset(label)}?${way}?`,
    )
    .replace(
      /(\*(?:0\*)?=)([^'";\s]{1,40})'/g,
      (_, mark: string, label: string) => `${mark}${canonicalCharset(label)}'`,
    );
}

interface Head {
  fields: string[];
  /** Line end in use. */
  eol: string;
  body: Buffer;
}

function splitHead(bytes: Buffer): Head {
  const crlf = bytes.indexOf("\r\n\r\n");
  const lf = bytes.indexOf("\n\n");
  const useCrlf = crlf >= 0 && (lf < 0 || crlf < lf);
  const at = useCrlf ? crlf : lf;
  const head = at < 0 ? bytes : bytes.subarray(0, at);
  const body = at < 0 ? Buffer.alloc(0) : bytes.subarray(at + (useCrlf ? 4 : 2));
  const fields: Buffer[] = [];
  let from = 0;
  for (let i = 0; i <= head.length; i += 1) {
    const next = head[i + 1];
    if (i < head.length && (head[i] !== 0x0a || next === 0x20 || next === 0x09)) continue;
    const end = i > from && head[i - 1] === 0x0d ? i - 1 : i;
    if (end > from) fields.push(head.subarray(from, end));
    from = i + 1;
  }
  return { fields: fields.map(fixField), eol: useCrlf || bytes.includes("\r\n") ? "\r\n" : "\n", body };
}

const fieldValue = (fields: string[], name: string): string =>
  fields
    .find((field) => field.slice(0, name.length + 1).toLowerCase() === `${name}:`)
    ?.slice(name.length + 1)
    .replace(/\r?\n[ \t]+/g, " ")
    .trim() ?? "";

const parameter = (value: string, name: string): string | null => {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, "i").exec(value);
  return match?.[1] ?? match?.[2] ?? null;
};

function decodeTransfer(body: Buffer, encoding: string): Buffer | null {
  const text = body.toString("latin1");
  if (encoding === "base64") return Buffer.from(text, "base64");
  if (encoding === "quoted-printable") {
    const joined = text.replace(/[ \t]+(?=\r?\n)/g, "").replace(/=\r?\n/g, "");
    return Buffer.from(
      joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      "latin1",
    );
  }
  return ["", "7bit", "8bit", "binary"].includes(encoding) ? body : null;
}

interface Budget {
  parts: number;
}

/** Bytes of a letter with every label, header and body such that a parser reads what was meant. Never throws. */
export function normaliseMail(bytes: Uint8Array): Buffer {
  return normalisePart(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, {
    parts: LETTER_PARTS,
  });
}

function normalisePart(bytes: Buffer, depth: number, budget: Budget): Buffer {
  budget.parts -= 1;
  if (depth > LETTER_DEPTH || budget.parts < 0) return bytes;
  const head = splitHead(bytes);
  const type = fieldValue(head.fields, "content-type");
  const media = (/^[^;\s]+/.exec(type)?.[0] ?? "text/plain").toLowerCase();
  const boundary = parameter(type, "boundary");
  const attached = /^attachment/i.test(fieldValue(head.fields, "content-disposition"));
  if (media.startsWith("multipart/") && boundary)
    return joinPart(head, normaliseParts(head.body, boundary, depth, budget));
  if (media.startsWith("text/") && !attached) return normaliseText(head, type);
  if (media === "message/rfc822" && !attached) {
    // Kept whole as an attachment: its values are quoted text, not the sender's own words.
    const fields = head.fields.filter((field) => !/^content-disposition:/i.test(field));
    return joinPart({ ...head, fields: [...fields, "Content-Disposition: attachment"] }, head.body);
  }
  return joinPart(head, head.body);
}

const joinPart = (head: Head, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(head.fields.join(head.eol) + head.eol + head.eol, "latin1"), body]);

function normaliseParts(body: Buffer, boundary: string, depth: number, budget: Budget): Buffer {
  const mark = Buffer.from(`--${boundary}`, "latin1");
  const out: Buffer[] = [];
  let copied = 0;
  let start: number | null = null;
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== 0x0a) continue;
    if (start !== null) {
      const end = body[at - 2] === 0x0d ? at - 2 : at - 1;
      out.push(
        body.subarray(copied, start),
        normalisePart(body.subarray(start, Math.max(start, end)), depth + 1, budget),
      );
      copied = Math.max(start, end);
    }
    const line = body.indexOf(0x0a, at);
    const closes = body[at + mark.length] === 0x2d && body[at + mark.length + 1] === 0x2d;
    start = closes || line < 0 ? null : line + 1;
    if (closes) break;
  }
  if (start !== null) {
    out.push(body.subarray(copied, start), normalisePart(body.subarray(start), depth + 1, budget));
    copied = body.length;
  }
  return Buffer.concat([...out, body.subarray(copied)]);
}

/** A text body that is not plainly UTF-8 is written again as UTF-8 in base64. */
function normaliseText(head: Head, type: string): Buffer {
  const encoding = fieldValue(head.fields, "content-transfer-encoding").toLowerCase();
  const decoded = decodeTransfer(head.body, encoding);
  if (decoded === null) return joinPart(head, head.body);
  const label = canonicalCharset(parameter(type, "charset") ?? "");
  if (label === "utf-8" && !decoded.includes(0x1b) && tryDecode(decoded, "utf-8") !== null)
    return joinPart(head, head.body);
  if (decoded.every((b) => b < 0x80 && b !== 0x1b) && ["", "us-ascii", "ascii", "iso-8859-1"].includes(label))
    return joinPart(head, head.body);
  const text = decodeJapanese(decoded, label);
  const rest = type.replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]+)/gi, "");
  const kept = head.fields.filter((field) => !/^content-(?:type|transfer-encoding):/i.test(field));
  const fields = [
    ...kept,
    `Content-Type: ${rest === "" ? "text/plain" : rest}; charset=utf-8`,
    "Content-Transfer-Encoding: base64",
  ];
  const lines = Buffer.from(text).toString("base64").replace(/.{76}/g, `$&${head.eol}`);
  return joinPart({ ...head, fields }, Buffer.from(lines + head.eol, "latin1"));
}
