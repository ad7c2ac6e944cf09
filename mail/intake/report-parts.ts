import { BOUNCE_BYTES, BOUNCE_DEPTH, BOUNCE_PARTS } from "../limits.ts";
import { type HeaderField, mediaType, readHeader, valuesOf, withoutComments } from "./header.ts";

/** One leaf of a letter's MIME tree (RFC 2046), or a letter inside it: that one is not gone into. */
export interface ReportPart {
  /** `type/subtype`, lower case; `text/plain` where none is written (RFC 2045 §5.2). */
  type: string;
  /** Decoded from base64 or quoted-printable. */
  content: Buffer;
}

/** Longest Content-Type that is understood; a boundary has at most 70 characters (RFC 2046 §5.1.1). */
const CONTENT_TYPE_CHARS = 2000;

/**
 * The parts of a report, in order. Only the first `BOUNCE_BYTES` are looked at, and at most `BOUNCE_PARTS` parts; what
 * is broken gives fewer parts, never a throw.
 */
export function reportParts(bytes: Uint8Array): ReportPart[] {
  const parts: ReportPart[] = [];
  walk(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, BOUNCE_BYTES)), 0, parts);
  return parts;
}

function walk(entity: Buffer, depth: number, parts: ReportPart[]): void {
  if (parts.length >= BOUNCE_PARTS) return;
  const { fields, bodyStart } = readHeader(entity);
  const written = (valuesOf(fields, "content-type")[0] ?? "").slice(0, CONTENT_TYPE_CHARS);
  const body = entity.subarray(bodyStart);
  const type = mediaType(written) || "text/plain";
  const boundary = type.startsWith("multipart/") ? boundaryOf(written) : null;
  if (boundary === null || depth >= BOUNCE_DEPTH) parts.push({ type, content: decode(body, fields) });
  else for (const piece of pieces(body, boundary)) walk(piece, depth + 1, parts);
}

/** The boundary parameter, quoted or bare. */
function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(withoutComments(contentType));
  const boundary = found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2] ?? "";
  return boundary === "" ? null : boundary;
}

/** What stands between the delimiter lines (RFC 2046 §5.1.1); a body that was cut off ends its last part. */
function pieces(body: Buffer, boundary: string): Buffer[] {
  const found: Buffer[] = [];
  const delimiter = `--${boundary}`;
  let start = -1;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && body[at - 1] !== LINE_FEED) continue;
    const after = body.subarray(at + delimiter.length, at + delimiter.length + 2).toString("latin1");
    // A longer line is the delimiter of a part within whose boundary begins with this one.
    if (!/^(--|[ \t]|\r?\n|\r?$)/.test(after)) continue;
    if (start !== -1) found.push(body.subarray(start, at));
    if (found.length >= BOUNCE_PARTS || after === "--") return found;
    const line = body.indexOf(LINE_FEED, at);
    if (line === -1) return found;
    start = line + 1;
  }
  if (start !== -1) found.push(body.subarray(start));
  return found;
}

const LINE_FEED = 0x0a;

/** RFC 2045 §6: what the transfer encoding hides. Japanese and Exchange reports encode even their status part. */
function decode(body: Buffer, fields: readonly HeaderField[]): Buffer {
  const encoding = withoutComments(
    (valuesOf(fields, "content-transfer-encoding")[0] ?? "").slice(0, 100),
  ).toLowerCase();
  if (encoding === "base64") return Buffer.from(body.toString("latin1"), "base64");
  if (encoding !== "quoted-printable") return body;
  const text = body
    .toString("latin1")
    .replace(/=[ \t]{0,80}\r?\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, "latin1");
}
