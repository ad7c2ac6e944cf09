/** Letters as trees of parts, to be taken apart and put together again. One character is one byte; lines end in CRLF. */
import { encodeJapanese } from "./japanese.ts";

export interface Part {
  /** Header fields, folded lines included, without their last line end. */
  head: string[];
  /** The body as it stands; of a multipart what follows its last part. */
  body: string;
  parts: Part[];
  boundary: string | null;
}

const latin = (text: string): string => Buffer.from(text).toString("latin1");

export function parseMessage(bytes: Uint8Array): Part {
  return parsePart(Buffer.from(bytes).toString("latin1").replace(/\r?\n/g, "\r\n"));
}

function parsePart(text: string): Part {
  const at = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n");
  const head = at <= 0 ? (at === 0 ? "" : text) : text.slice(0, at);
  const body = at < 0 ? "" : text.slice(at === 0 ? 2 : at + 4);
  const part: Part = {
    head: head === "" ? [] : head.split(/\r\n(?![ \t])/),
    body,
    parts: [],
    boundary: null,
  };
  const type = fieldOf(part, "content-type");
  const boundary = /^multipart\/[\s\S]*?boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  part.boundary = boundary?.[1] ?? boundary?.[2] ?? null;
  if (part.boundary === null) return part;
  const pieces = `\r\n${body}`.split(`\r\n--${part.boundary}`);
  const closed = pieces.findIndex((piece, index) => index > 0 && piece.startsWith("--"));
  const inner = pieces.slice(1, closed < 0 ? undefined : closed);
  part.parts = inner.map((piece) => parsePart(piece.replace(/^[^\r\n]*\r\n/, "")));
  part.body = "";
  return part;
}

/** The letter's bytes. */
export function writeMessage(part: Part): Buffer {
  return Buffer.from(writePart(part), "latin1");
}

function writePart({ head, body, parts, boundary }: Part): string {
  const begun = head.map((field) => `${field}\r\n`).join("");
  if (boundary === null) return `${begun}\r\n${body}`;
  const inner = parts.map((part) => `--${boundary}\r\n${writePart(part)}\r\n`).join("");
  return `${begun}\r\n${inner}--${boundary}--\r\n${body}`;
}

/** The value of a field, one character per byte, unfolded; empty when there is none. */
export function fieldOf(part: Part, name: string): string {
  const field = part.head.find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  return (field ?? "")
    .slice(name.length + 1)
    .replace(/\r\n[ \t]+/g, " ")
    .trim();
}

export function withField(part: Part, name: string, value: string): Part {
  const others = part.head.filter((one) => one.slice(0, name.length + 1).toLowerCase() !== `${name}:`);
  return { ...part, head: [...others, `${name}: ${latin(value)}`] };
}

export const mediaOf = (part: Part): string =>
  (/^[^;\s]+/.exec(fieldOf(part, "content-type"))?.[0] ?? "text/plain").toLowerCase();

const isShown = (part: Part): boolean =>
  part.boundary === null &&
  mediaOf(part).startsWith("text/") &&
  !/^attachment/i.test(fieldOf(part, "content-disposition"));

/** Every part that is shown as text, in order. */
export function textParts(part: Part): Part[] {
  return [...(isShown(part) ? [part] : []), ...part.parts.flatMap(textParts)];
}

/** The tree with one of its parts replaced. */
export function replacePart(tree: Part, old: Part, by: Part): Part {
  if (tree === old) return by;
  return { ...tree, parts: tree.parts.map((part) => replacePart(part, old, by)) };
}

/** The text of a part; null where its bytes are not what its label says. */
export function textOf(part: Part): string | null {
  const encoding = fieldOf(part, "content-transfer-encoding").toLowerCase();
  const label = /charset\s*=\s*"?([^";\s]+)/i.exec(fieldOf(part, "content-type"))?.[1] ?? "utf-8";
  const bytes =
    encoding === "base64"
      ? Buffer.from(part.body, "base64")
      : encoding === "quoted-printable"
        ? unquoted(part.body)
        : Buffer.from(part.body, "latin1");
  // Single-byte sets decode anything: what they say of Japanese bytes is no text.
  if (!/^(?:utf-?8|iso-2022-jp|shift_jis|euc-jp)$/i.test(label)) return null;
  try {
    const text = new TextDecoder(label, { fatal: true }).decode(bytes);
    return text.replace(/\r?\n/g, "\n");
  } catch {
    return null;
  }
}

const unquoted = (body: string): Buffer =>
  Buffer.from(
    body
      .replace(/[ \t]*=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

export type Charset = "utf-8" | "iso-2022-jp" | "shift_jis" | "euc-jp";
export type Transfer = "base64" | "quoted-printable" | "8bit";

/** The part with this text in this form, lines ended by CRLF; null when the character set cannot say it. */
export function withText(part: Part, text: string, charset: Charset, transfer: Transfer): Part | null {
  const lines = text.replace(/\r?\n/g, "\r\n");
  const bytes = charset === "utf-8" ? Buffer.from(lines) : encodeJapanese(lines, charset);
  if (bytes === null) return null;
  const type = fieldOf(part, "content-type").replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]+)/i, "");
  const typed = withField(part, "content-type", `${type === "" ? "text/plain" : type}; charset=${charset}`);
  const body = transferred(bytes, transfer);
  return { ...withField(typed, "content-transfer-encoding", transfer), body };
}

function transferred(bytes: Buffer, transfer: Transfer): string {
  if (transfer === "8bit") return bytes.toString("latin1");
  if (transfer === "base64") return `${bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\r\n")}\r\n`;
  return quotedPrintable(bytes);
}

/** RFC 2045 §6.7: at most 76 characters a line, the sign of a soft break included. */
function quotedPrintable(bytes: Buffer): string {
  const lines = bytes.toString("latin1").split("\r\n");
  return lines.map((line) => softBroken(quoted(line))).join("\r\n");
}

const quoted = (line: string): string[] =>
  [...line].map((c, at) => {
    const plain = /[\x20-\x3c\x3e-\x7e]/.test(c) && !(c === " " && at === line.length - 1);
    return plain ? c : `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });

function softBroken(units: string[]): string {
  let out = "";
  let length = 0;
  for (const unit of units) {
    if (length + unit.length > 75) {
      out += "=\r\n";
      length = 0;
    }
    out += unit;
    length += unit.length;
  }
  return out;
}
