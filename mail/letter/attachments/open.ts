/** Opens attachments: plain text here, PDF and spreadsheets in a bounded child process. */
import { z } from "zod";
import { embeddedNotice } from "../../../core/documents.ts";
import type { AttachmentText, NoticeData, UnreadReason } from "../../../core/reader/source.ts";
import { ATTACHMENT_CHARS, ATTACHMENT_LINES, LETTER_OPEN_MS } from "../../limits.ts";
import { decodeText } from "../charset.ts";
import { type OpeningTime, openInChild } from "./child.ts";
import { csvToLines } from "./csv.ts";
import { type File, kindOf, refusalOf } from "./kinds.ts";
import type { Extracted } from "./open-child.ts";

/** Our own shape exactly, without control or invisible characters in what the desk repeats. */
const noticeSchema = embeddedNotice.refine(
  ({ guarantor, number, key }) => !/[\p{Cc}\p{Cf}]/u.test(guarantor + number + key),
);
const certificateSchema = z.object({ type: z.literal("hosho-desk/certificate") });

/** The time a letter has for all its attachments. */
export const openingTime = (): OpeningTime => ({ leftMs: LETTER_OPEN_MS });

const described = (file: File) => ({
  filename: file.filename,
  kind: kindOf(file),
  inline: file.inline,
  notice: null,
  certificate: false,
});

const unread = (file: File, reason: UnreadReason): AttachmentText => ({
  ...described(file),
  format: "none",
  text: "",
  unread: reason,
});

/** A file that is not opened at all, because the letter has too many or took too long; staff are told. */
export const leaveUnopened = (file: File, reason: "too_many" | "too_slow"): AttachmentText => ({
  ...unread(file, reason),
  unopened: true,
});

/** The text of one file. One that cannot be opened within bounds has format `none`, and `unread` tells why. */
export async function openAttachment(file: File, time: OpeningTime): Promise<AttachmentText> {
  const kind = kindOf(file);
  const refusal = refusalOf(file, kind);
  if (refusal !== null) return unread(file, refusal);
  if (kind === "csv" || kind === "text") return openText(file, kind);
  if (kind !== "pdf" && kind !== "spreadsheet") return unread(file, "unsupported");
  if (time.leftMs <= 0) return leaveUnopened(file, "too_slow");
  const extracted = await openInChild(kind, file.content, time);
  if (extracted.unread === "too_slow" && time.leftMs <= 0) return leaveUnopened(file, "too_slow");
  return toText(file, kind, extracted);
}

function openText(file: File, kind: "csv" | "text"): AttachmentText {
  const { text, doubtful } = decodeText(file.content);
  if (doubtful) return unread(file, "charset");
  // Half a list would be half an answer.
  if (text.length > ATTACHMENT_CHARS || linesIn(text) > ATTACHMENT_LINES) return unread(file, "too_large");
  return kind === "csv"
    ? { ...described(file), format: "sheet", text: csvToLines(text) }
    : { ...described(file), format: "text", text };
}

const linesIn = (text: string): number => text.split("\n").length;

function toText(file: File, kind: "pdf" | "spreadsheet", extracted: Extracted): AttachmentText {
  const { text, data, sheets } = extracted;
  const embedded = data.map((d) => noticeSchema.safeParse(d)).find((d) => d.success)?.data;
  const certificate = data.some((d) => certificateSchema.safeParse(d).success);
  const notice: NoticeData | null = embedded
    ? { number: embedded.number, key: embedded.key, guarantor: embedded.guarantor }
    : null;
  if (notice !== null && contradicts(notice, text)) return { ...unread(file, "contradiction"), certificate };
  const isEmpty = text.trim() === "" && notice === null;
  // Without text a PDF shows pictures of pages, and a workbook pictures or nothing.
  const reason = extracted.unread ?? (isEmpty ? "image_only" : undefined);
  return {
    ...described(file),
    format: isEmpty ? "none" : kind === "pdf" ? "text" : "sheet",
    text,
    ...(sheets ? { sheets } : {}),
    notice,
    certificate,
    ...(reason ? { unread: reason } : {}),
  };
}

const NUMBER = /(?<!\d)\d{5}-\d{6}(?!\d)/gu;

/**
 * Does a notice print a number, but not the one it carries for programs? Then nobody knows which of the two was meant.
 * (Two keys for one number are told apart by the reader.)
 */
function contradicts({ number }: NoticeData, text: string): boolean {
  const printed = text.normalize("NFKC").replace(/[\u2010-\u2015\u2212]/gu, "-");
  const numbers: string[] = printed.match(NUMBER) ?? [];
  return numbers.length > 0 && !numbers.includes(number);
}
