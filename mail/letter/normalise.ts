/**
 * Normalises the bytes of Japanese mail before any parser sees them: charset labels no parser knows, raw 8-bit or JIS
 * headers and file names, bodies whose charset is missing or untrue, and what takes a parser long. What is already
 * sound passes through unchanged.
 */
import { isAscii } from "node:buffer";
import { FIELD_BYTES, LETTER_DEPTH, LETTER_PARTS } from "../limits.ts";
import { canonicalCharset, decodeJapanese, tryDecode } from "./charset.ts";
import { cleanField } from "./encoded-words.ts";

const QP = "quoted-printable";
/** Labels that say no more of seven-bit bytes than the bytes do. */
const ASCII = ["", "us-ascii", "ascii", "iso-8859-1"];

interface Head {
  fields: string[];
  /** Line end in use. */
  eol: string;
  body: Buffer;
}

/** What the part says its bytes are: settles what raw bytes in its own header leave open. */
const CHARSET = /^content-type:[\s\S]{0,200}?charset\s*=\s*"?([\w.-]{1,40})/im;

function splitHead(bytes: Buffer): Head {
  const crlf = bytes.indexOf("\r\n\r\n");
  const lf = bytes.indexOf("\n\n");
  const useCrlf = crlf >= 0 && (lf < 0 || crlf < lf);
  const at = useCrlf ? crlf : lf;
  const head = at < 0 ? bytes : bytes.subarray(0, at);
  const body = at < 0 ? Buffer.alloc(0) : bytes.subarray(at + (useCrlf ? 4 : 2));
  const label = CHARSET.exec(head.toString("latin1"))?.[1] ?? "";
  const fields: Buffer[] = [];
  let from = 0;
  for (let line = head.indexOf(0x0a); from < head.length; line = head.indexOf(0x0a, line + 1)) {
    const next = head[line + 1];
    if (line >= 0 && (next === 0x20 || next === 0x09)) continue;
    const last = line < 0 ? head.length : line;
    const end = last > from && head[last - 1] === 0x0d ? last - 1 : last;
    if (end > from) fields.push(head.subarray(from, Math.min(end, from + FIELD_BYTES)));
    if (line < 0) break;
    from = line + 1;
  }
  return {
    fields: fields.map((field) => cleanField(field, label)),
    eol: useCrlf || bytes.includes("\r\n") ? "\r\n" : "\n",
    body,
  };
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
  if (encoding === QP) {
    // Spaces at the end of a line were added on the way (RFC 2045 §6.7); each run is looked at once.
    const lines = text.replace(/[ \t]+(\r?\n)?/g, (run, end?: string) => end ?? run);
    const joined = lines.replace(/=\r?\n/g, "");
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
  return isSlowToDecode(head)
    ? inBase64(head, [], decodeTransfer(head.body, QP) ?? head.body)
    : joinPart(head, head.body);
}

/** Parsers look for spaces at the end of a line from every space on: long runs take them the square of their length. */
const isSlowToDecode = (head: Head): boolean =>
  fieldValue(head.fields, "content-transfer-encoding").toLowerCase() === QP &&
  /[ \t]{998}/.test(head.body.toString("latin1"));

/** The part with these bytes; `fields` take the place of those of their names. */
function inBase64(head: Head, fields: string[], bytes: Buffer): Buffer {
  const added = [...fields, "Content-Transfer-Encoding: base64"];
  const names = new Set(added.map((field) => field.slice(0, field.indexOf(":")).toLowerCase()));
  const kept = head.fields.filter((field) => !names.has(field.slice(0, field.indexOf(":")).toLowerCase()));
  const lines = bytes.toString("base64").replace(/.{76}/g, `$&${head.eol}`);
  return joinPart({ ...head, fields: [...kept, ...added] }, Buffer.from(lines + head.eol, "latin1"));
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
  const isUtf8 = label === "utf-8" && !decoded.includes(0x1b) && tryDecode(decoded, "utf-8") !== null;
  const isBare = ASCII.includes(label) && isAscii(decoded) && !decoded.includes(0x1b);
  if ((isUtf8 || isBare) && !isSlowToDecode(head)) return joinPart(head, head.body);
  const rest = type.replace(/;\s*charset\s*=\s*(?:"[^"]*"|[^;\s]+)/gi, "");
  const typed = `Content-Type: ${rest === "" ? "text/plain" : rest}; charset=utf-8`;
  return inBase64(head, [typed], Buffer.from(decodeJapanese(decoded, label)));
}
