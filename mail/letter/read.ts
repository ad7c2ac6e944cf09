/** From the bytes of a letter to its reading: the mail door's way into the reader. */
import { readLetter, type Understanding } from "../../core/reader/read-letter.ts";
import type { AttachmentText, LetterText } from "../../core/reader/source.ts";
import type { Evidence, Reading } from "../../core/terms.ts";
import { keepable } from "../../core/text.ts";
import { loadLabels } from "../../templates/reading.ts";
import { readHeader } from "../intake/header.ts";
import { automaticReason } from "../intake/loops.ts";
import { ATTACHMENTS_OPENED, LETTER_READ_MS } from "../limits.ts";
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
    bodies,
    attachments,
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

async function openAttachments(
  files: OpenedLetter["files"],
  forwarded: OpenedLetter["forwarded"],
  letter: Letter,
): Promise<AttachmentText[]> {
  const opened: AttachmentText[] = [];
  const time = openingTime();
  for (const file of files) {
    const isOver = opened.length >= ATTACHMENTS_OPENED;
    const attachment = isOver ? leaveUnopened(file) : await openAttachment(file, time);
    if (attachment.unopened) letter.notes.push("attachment_unopened");
    opened.push(attachment);
    const { filename, contentType, content } = file;
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
    opened.push({
      filename,
      format: "text",
      kind: "letter",
      text,
      notice: null,
      certificate: false,
      inline: false,
    });
    letter.attachments.push({
      filename,
      contentType: "message/rfc822",
      size: text.length,
      kind: "letter",
      text,
    });
  }
  return opened;
}

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
