/** What the mail door hands to the reader: text with its provenance, never bytes. */
import type { GuaranteeKind } from "../terms.ts";
import type { FieldName } from "./labels.ts";

/** The machine-readable part of one of our notices (`notice.json`), as found inside a PDF. */
export interface NoticeData {
  number: string;
  key: string;
  guarantor: string | null;
}

/**
 * Why a file, or the rest of it, was not read. `old_office`: workbooks of before 2007; `tnef`: winmail.dat; `charset`:
 * two decodings of a text are plausible; `contradiction`: the parts of a notice disagree; `too_many`: too many files.
 */
export const UNREAD_REASONS = [
  "encrypted",
  "macro",
  "tnef",
  "image_only",
  "archive",
  "old_office",
  "word",
  "too_large",
  "too_slow",
  "broken",
  "too_many",
  "unsupported",
  "charset",
  "contradiction",
] as const;
export type UnreadReason = (typeof UNREAD_REASONS)[number];

/** One attachment after extraction. */
export interface AttachmentText {
  filename: string;
  /** `sheet`: rows are lines, cells parted by tabs. `text`: plain lines. `none`: nothing could be read. */
  format: "sheet" | "text" | "none";
  /** Broad kind by content, not by name. */
  kind: "spreadsheet" | "csv" | "text" | "pdf" | "image" | "letter" | "calendar" | "other";
  text: string;
  notice: NoticeData | null;
  /** The document carries the machine-readable part of a certificate. */
  certificate: boolean;
  /** The sheets of a workbook. */
  sheets?: SheetStart[];
  /** Inline pictures of a signature are not documents. */
  inline: boolean;
  /** Nobody looked into it: too many attachments, or the letter's time for them was spent. */
  unopened?: true;
  /** Why it was not read, or not to its end. Every document that was not read has a reason. */
  unread?: UnreadReason;
}

/** A letter as text. `automatic` is decided from its headers alone. */
export interface LetterText {
  fromAddresses: string[];
  subject: string;
  automatic: boolean;
  /** It names a letter that it answers (RFC 5322 §3.6.4). */
  reply: boolean;
  /** Readings of the same body (plain text; the HTML form when it says something else). */
  bodies: string[];
  attachments: AttachmentText[];
  /** The body is longer than what is read of one. */
  cut?: true;
  /** The letter could not be opened at all, or was too large. */
  failure: "unreadable" | "oversized" | null;
}

/** Where a sheet of a workbook begins among the lines of the workbook. */
export interface SheetStart {
  name: string;
  /** Index of its first line. */
  from: number;
}

/** A stretch of lines of one provenance. */
export interface Source {
  origin: "subject" | "body" | "quoted" | "attachment";
  format: "sheet" | "text";
  name: string;
  lines: string[];
  /** Number of each line in its document, from 1: quoted lines are left out, broken ones are joined. */
  numbers: number[];
  sheets: SheetStart[];
}

/** One label with the value that stands beside or below it. */
export interface Row {
  field: FieldName;
  /** The label names a payment rather than its guarantee. */
  payment?: true;
  /** The product the label names, or the section the row stands in. */
  product: GuaranteeKind | null;
  /** Width-folded, not yet understood. */
  value: string;
  /** What stood in brackets behind the label. */
  qualifier: string;
  /** A table's own unit in yen; 1 when none. */
  unit: number;
  /** The value was part of a sentence, not of a form. */
  prose: boolean;
  /** The label opens a section of its product. */
  header: boolean;
  /** A line below may or may not belong to the value: it is not known. */
  doubtful: boolean;
  line: number;
  /** Which cell of its line holds the value, from 0; `null` outside tables. */
  cell: number | null;
  /** Which of several items side by side the value belongs to: the column that tells them apart. */
  item?: number;
  source: Source;
}

/** Longest line that is looked at in one piece: people write shorter ones, and patterns take long on longer ones. */
export const LINE_CHARS = 2_000;
const LONG_LINE = new RegExp(`[^]{1,${LINE_CHARS}}`, "gu");

/** A line and its number in its document, from 1. */
export interface Line {
  text: string;
  number: number;
}

/** Lines of a text; a line beyond any reason goes on as further lines of the same number. */
export function toLines(text: string): Line[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return lines.flatMap((line, i) =>
    (line.length > LINE_CHARS ? (line.match(LONG_LINE) ?? []) : [line]).map((part) => ({
      // Spaces at the end are nobody's meaning; a tab there is an empty cell.
      text: part.replace(/[ \u3000\u00A0]+$/u, ""),
      number: i + 1,
    })),
  );
}

/** A source made of lines. */
export const sourceOf = (
  lines: Line[],
  about: Pick<Source, "origin" | "format" | "name"> & { sheets?: SheetStart[] },
): Source => ({
  ...about,
  sheets: about.sheets ?? [],
  lines: lines.map(({ text }) => text),
  numbers: lines.map(({ number }) => number),
});
