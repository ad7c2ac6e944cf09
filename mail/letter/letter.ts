/**
 * Opens a letter's bytes: the only file that knows mailparser. Runs inside the parsing thread (`worker.ts`);
 * the rest of the desk asks `open.ts`, which bounds time and memory.
 */
import { type AddressObject, type Attachment, type ParsedMail, simpleParser } from "mailparser";
import { BODY_CHARS, FORWARD_DEPTH, MARKUP_CHARS, SENDER_FIELD_CHARS } from "../limits.ts";
import { htmlToText } from "./html.ts";
import { normaliseMail } from "./normalise.ts";

export interface LetterAttachment {
  filename: string;
  contentType: string;
  size: number;
  /** Set once the attachment was opened. */
  kind: "spreadsheet" | "csv" | "text" | "pdf" | "image" | "letter" | "calendar" | "other";
  text?: string;
}

/** A letter as the mail door keeps it. */
export interface Letter {
  /** Every address of every From header, domain in lower case. */
  fromAddresses: string[];
  /** The single From address, `null` if there is not exactly one. */
  from: string | null;
  to: string[];
  subject: string;
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  /** ISO instant of the Date header; `null` when absent or unreadable. */
  date: string | null;
  /** New and quoted text together. */
  text: string;
  attachments: LetterAttachment[];
  /** What could not be done, for staff: codes, never contents. */
  notes: string[];
}

/** What the parsing thread hands back: the letter and the bytes of its attachments. */
export interface OpenedLetter {
  letter: Letter;
  bodies: string[];
  files: { filename: string; contentType: string; inline: boolean; content: Uint8Array }[];
  /** Texts of letters carried inside, each with its own subject line. */
  forwarded: { filename: string; text: string }[];
}

/** RFC 5322 addr-spec as far as a desk answers it: a dot-atom of plain ASCII and a domain name. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

export const PARSER_OPTIONS = {
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipTextLinks: true,
  skipImageLinks: true,
};

/** Parses the bytes. Rejects when mailparser does: the caller turns that into "unreadable". */
export async function parseLetter(bytes: Uint8Array, depth = 0): Promise<OpenedLetter> {
  const mail = await simpleParser(normaliseMail(bytes), PARSER_OPTIONS);
  const files = mail.attachments.filter((a) => a.contentType !== "message/rfc822").map(toFile);
  const { bodies, isCut } = bodiesOf(mail);
  const opened: OpenedLetter = { letter: toLetter(mail, bodies), bodies, files, forwarded: [] };
  if (isCut) opened.letter.notes.push("body_cut");
  for (const a of mail.attachments.filter((one) => one.contentType === "message/rfc822"))
    await openForward(a, opened, depth);
  return opened;
}

const toFile = (a: Attachment) => ({
  filename: a.filename ?? "",
  // Its types promise a string; for a part cut off behind its first header lines mailparser says false.
  contentType: typeof a.contentType === "string" ? a.contentType : "application/octet-stream",
  inline: a.related === true || (a.contentDisposition === "inline" && a.cid !== undefined),
  content: new Uint8Array(a.content),
});

async function openForward(a: Attachment, opened: OpenedLetter, depth: number): Promise<void> {
  if (depth >= FORWARD_DEPTH) {
    opened.letter.notes.push("forward_too_deep");
    return;
  }
  const inner = await parseLetter(a.content, depth + 1);
  const text = [inner.letter.subject, ...inner.bodies].join("\n");
  opened.forwarded.push({ filename: a.filename ?? "", text }, ...inner.forwarded);
  opened.files.push(...inner.files);
  opened.letter.notes.push(...inner.letter.notes.filter((note) => !opened.letter.notes.includes(note)));
}

/** Plain text, and the HTML where it says something the plain text does not or shows a table. */
function bodiesOf(mail: ParsedMail): { bodies: string[]; isCut: boolean } {
  const text = mail.text ?? "";
  const markup = typeof mail.html === "string" ? mail.html : "";
  const shown = htmlToText(markup.slice(0, MARKUP_CHARS));
  const isCut = text.length > BODY_CHARS || markup.length > MARKUP_CHARS || shown.length > BODY_CHARS;
  return { bodies: differing(text.slice(0, BODY_CHARS), shown.slice(0, BODY_CHARS)), isCut };
}

function differing(plain: string, html: string): string[] {
  if (plain.trim() === "") return [html];
  if (html === "") return [plain];
  if (bare(plain) === bare(html)) return [html.includes("\t") ? html : plain];
  return [plain, html];
}

const bare = (text: string): string => text.normalize("NFKC").replace(/[^\p{L}\p{N}☒☐☑■□]/gu, "");

const lines = (mail: ParsedMail, key: string): string[] =>
  mail.headerLines
    .filter((line) => line.key === key)
    .map((line) =>
      line.line
        .slice(line.line.indexOf(":") + 1)
        .replace(/\r?\n\s+/g, " ")
        .trim(),
    );

const lowerDomain = (address: string): string => address.replace(/@[^@]*$/, (domain) => domain.toLowerCase());

function addressesOf(field: AddressObject | AddressObject[] | undefined): string[] {
  const objects = field === undefined ? [] : Array.isArray(field) ? field : [field];
  const entries = objects.flatMap((object) => object.value.flatMap((entry) => entry.group ?? [entry]));
  return entries.map((entry) => lowerDomain(entry.address ?? "")).filter((address) => address !== "");
}

/** Parsers take one of several From headers; all of them count here. An address that is not plain ASCII is none. */
function fromAddresses(mail: ParsedMail): string[] {
  const headers = lines(mail, "from");
  const parsed = addressesOf(mail.from);
  if (headers.length <= 1) return parsed.filter((address) => ADDRESS.test(address));
  // Split and not searched for: a pattern would try every character of a name as the first of an address.
  const all = headers
    .flatMap((header) => header.slice(0, SENDER_FIELD_CHARS).split(/[\s<>",;:]+/))
    .filter((word) => word.includes("@"))
    .map(lowerDomain);
  const found = [...all, ...parsed].filter((address) => ADDRESS.test(address));
  // Two headers that repeat one address are still two headers: nobody sends that in good faith.
  return found.length === 1 ? [...found, ...found] : found;
}

function toLetter(mail: ParsedMail, bodies: string[]): Letter {
  const from = fromAddresses(mail);
  const first = (key: string): string | null => lines(mail, key)[0] ?? null;
  const ids = (value: string | null): string[] => value?.match(/<[^<>\s]+>/g) ?? [];
  const sent = Date.parse(first("date") ?? "");
  return {
    fromAddresses: from,
    from: from.length === 1 ? (from[0] ?? null) : null,
    to: [...addressesOf(mail.to), ...addressesOf(mail.cc)],
    subject: mail.subject ?? "",
    messageId: ids(first("message-id"))[0] ?? null,
    inReplyTo: ids(first("in-reply-to"))[0] ?? null,
    references: ids(first("references")),
    date: Number.isNaN(sent) ? null : new Date(sent).toISOString(),
    text: bodies[0] ?? "",
    attachments: [],
    notes: [],
  };
}
