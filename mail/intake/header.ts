/**
 * The header of a letter as it stands in the bytes, for what must not depend on how a parser repairs it: loops,
 * trust, the sender and the content key. Everything else is read by `mail/letter/letter.ts`.
 */

/** One header field, top to bottom. `value` is unfolded (RFC 5322 §2.2.3), not decoded, one character per byte. */
export interface HeaderField {
  /** Lower case. */
  name: string;
  value: string;
  /** Where the field's bytes stand, line end included. */
  start: number;
  end: number;
}

/** More header than any honest letter has; what follows is not looked at. */
const HEADER_BYTES_MAX = 1024 * 1024;

const FIELD_NAME = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/; // RFC 5322 §3.6.8: printable ASCII without colon

/** Reads the header; lines that are no field are passed over. LF alone ends a line as CRLF does. */
export function readHeader(bytes: Uint8Array): { fields: HeaderField[]; bodyStart: number } {
  const limit = Math.min(bytes.length, HEADER_BYTES_MAX);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, limit).toString("latin1");
  const fields: HeaderField[] = [];
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, end).replace(/\r?\n$/, "");
    if (line === "") return { fields, bodyStart: end };
    const previous = fields.at(-1);
    if (/^[ \t]/.test(line) && previous !== undefined && previous.end === at) {
      previous.value += line;
      previous.end = end;
    } else {
      const name = FIELD_NAME.exec(line);
      if (name?.[1] !== undefined)
        fields.push({ name: name[1].toLowerCase(), value: line.slice(name[0].length), start: at, end });
    }
    at = end;
  }
  return { fields, bodyStart: limit };
}

/** Values of every field of that name, top to bottom, trimmed. */
export function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value.trim());
}

/** The letter's bytes without the fields that `drop` chooses by lower-case name. */
export function withoutFields(bytes: Uint8Array, drop: (name: string) => boolean): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const field of readHeader(bytes).fields) {
    if (!drop(field.name)) continue;
    if (field.start > from) kept.push(bytes.subarray(from, field.start));
    from = field.end;
  }
  kept.push(bytes.subarray(from));
  return kept;
}

/** A field value without its comments (RFC 5322 §3.2.2: nested, with quoted pairs); quoted strings stay. */
export function withoutComments(value: string): string {
  let plain = "";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === "\\" && (quoted || depth > 0)) {
      if (depth === 0) plain += character + value.charAt(at + 1);
      at++;
    } else if (character === '"' && depth === 0) {
      quoted = !quoted;
      plain += character;
    } else if (character === "(" && !quoted) {
      depth++;
      if (depth === 1) plain += " ";
    } else if (character === ")" && depth > 0) depth--;
    else if (depth === 0) plain += character;
  }
  return plain.trim();
}

/** The media type of a Content-Type value: `type/subtype`, lower case; comments and white space may stand anywhere in it. */
export function mediaType(value: string): string {
  return (withoutComments(value).split(";", 1)[0] ?? "").replace(/\s/g, "").toLowerCase();
}

/** Message-IDs in a field, angle brackets included; at most the last 20, so that References cannot grow for ever. */
export function messageIds(value: string | undefined): string[] {
  return (value?.match(/<[^<>\s\0]{1,500}>/g) ?? []).slice(-20);
}
