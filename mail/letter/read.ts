/** From the bytes of a letter to its reading: the mail door's way into the reader. */
import { setImmediate } from "node:timers/promises";
import { readLetter, type Understanding } from "../../core/reader/read-letter.ts";
import type { AttachmentText, LetterText } from "../../core/reader/source.ts";
import type { Evidence, Reading } from "../../core/terms.ts";
import { keepable } from "../../core/text.ts";
import { loadLabels } from "../../templates/reading.ts";
import { readHeader } from "../intake/header.ts";
import { automaticReason } from "../intake/loops.ts";
import { ATTACHMENTS_OPENED, LETTER_READ_MS } from "../limits.ts";
import { safeFilename } from "./attachments/filename.ts";
import { isCompanion } from "./attachments/kinds.ts";
import { leaveUnopened, openAttachment, openingTime } from "./attachments/open.ts";
import type { Letter, OpenedLetter } from "./letter.ts";
import { openLetter } from "./open.ts";
import { inLetterThread } from "./thread.ts";

/** How a letter is understood (contract section 3). Hostile, broken and oversized bytes give `unrecognised`, never a throw. */
export async function readEml(bytes: Uint8Array): Promise<Reading> {
  return (await readLetterBytes(bytes)).reading;
}

/** The letter with its headers and attachments, its reading, and where each value was found. */
export async function readLetterBytes(
  bytes: Uint8Array,
): Promise<{ letter: Letter; reading: Reading; evidence: Evidence[] }> {
  const result = await openLetter(bytes);
  if (!result.ok) {
    const text: LetterText = {
      fromAddresses: [],
      subject: "",
      automatic: false,
      reply: false,
      bodies: [],
      attachments: [],
      failure: result.reason,
    };
    return { letter: { ...EMPTY_LETTER, notes: [result.reason] }, ...readLetter(text, loadLabels()) };
  }
  const { letter, bodies, files, forwarded } = result.opened;
  const attachments = await openAttachments(files, forwarded, letter);
  const text: LetterText = {
    fromAddresses: letter.fromAddresses,
    subject: letter.subject,
    automatic: automaticReason(readHeader(bytes).fields) !== null,
    reply: letter.inReplyTo !== null || letter.references.length > 0,
    bodies: bodies.map(visible),
    attachments,
    ...(letter.notes.includes("body_cut") ? { cut: true as const } : {}),
    failure: null,
  };
  return keepable({ letter, ...(await understand(text)) });
}

/** Understands a letter in the letter thread; one that takes too long is a letter nobody could read. */
async function understand(text: LetterText): Promise<Understanding> {
  const understood = (await inLetterThread({ text }, LETTER_READ_MS)) as Understanding | null;
  return (
    understood ?? readLetter({ ...text, bodies: [], attachments: [], failure: "unreadable" }, loadLabels())
  );
}

/** Soft hyphens, zero-width characters and marks of direction: nobody sees them, and they part words that are one. */
const UNSEEN = /[\u00ad\u200b-\u200f\u2060\ufeff]/gu;
const visible = (text: string): string => text.replace(UNSEEN, "");

async function openAttachments(
  files: OpenedLetter["files"],
  forwarded: OpenedLetter["forwarded"],
  letter: Letter,
): Promise<AttachmentText[]> {
  const opened: AttachmentText[] = [];
  const time = openingTime();
  for (const original of files) {
    // Decoding a large text takes some fifty milliseconds: the desk gets its turn between two.
    await setImmediate();
    const file = { ...original, filename: safeFilename(original.filename) };
    const { filename, contentType, content } = file;
    const isOver = opened.length >= ATTACHMENTS_OPENED;
    const read = isOver ? leaveUnopened(file, "too_many") : await openAttachment(file, time);
    const attachment = { ...read, text: visible(read.text) };
    if (attachment.unopened) letter.notes.push("attachment_unopened");
    if (!isCompanion(file)) opened.push(attachment);
    letter.attachments.push({
      filename,
      contentType,
      size: content.byteLength,
      kind: attachment.kind,
      ...(attachment.text === "" ? {} : { text: attachment.text }),
    });
    if (attachment.format === "none" && ["pdf", "spreadsheet", "other"].includes(attachment.kind))
      letter.notes.push("attachment_unread");
  }
  for (const { filename, text } of forwarded) {
    const name = safeFilename(filename);
    opened.push({ ...aLetter(name), format: "text", text: visible(text) });
    letter.attachments.push({
      filename: name,
      contentType: "message/rfc822",
      size: text.length,
      kind: "letter",
      text,
    });
  }
  // The deepest of letters within letters were not opened.
  if (letter.notes.includes("forward_too_deep"))
    opened.push({ ...aLetter("message/rfc822"), format: "none", text: "", unread: "too_many" });
  return opened;
}

const aLetter = (filename: string) => ({
  filename,
  kind: "letter" as const,
  notice: null,
  certificate: false,
  inline: false,
});

const EMPTY_LETTER: Letter = {
  fromAddresses: [],
  from: null,
  to: [],
  subject: "",
  messageId: null,
  inReplyTo: null,
  references: [],
  date: null,
  text: "",
  attachments: [],
  notes: [],
};
