/** What a file is, by its bytes before its name: the kind the reader knows, and why it is not opened at all. */
import type { UnreadReason } from "../../../core/reader/source.ts";
import { ATTACHMENT_BYTES } from "../../limits.ts";
import type { LetterAttachment, OpenedLetter } from "../letter.ts";

export type File = OpenedLetter["files"][number];
type Kind = LetterAttachment["kind"];

const startsWith = (bytes: Uint8Array, sign: string): boolean =>
  Buffer.from(bytes.subarray(0, sign.length)).toString("latin1") === sign;
const signed =
  (...signs: string[]) =>
  (bytes: Uint8Array): boolean =>
    signs.some((sign) => startsWith(bytes, sign));

const isZip = signed("PK\x03\x04", "PK\x05\x06");
const isPicture = signed("\x89PNG", "\xff\xd8\xff", "GIF8", "BM", "II*\0", "MM\0*");
const isArchive = signed("7z\xbc\xaf\x27\x1c", "Rar!", "\x1f\x8b", "MSCF", "BZh", "\xfd7zXZ");
/** Compound files (MS-CFB): Office before 2007, encrypted workbooks of today, messages, many others. */
const isCompound = signed("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
/** MS-OXTNEF §2.1.3.1. */
const isTnef = signed("\x78\x9f\x3e\x22");
const isRichText = signed("{\\rtf");
/** LHA: `-lh5-` behind size and checksum of the first header. */
const isLha = (bytes: Uint8Array): boolean =>
  /^-l[hz][0-9a-z]-$/.test(Buffer.from(bytes.subarray(2, 7)).toString("latin1"));

const holds = (bytes: Uint8Array, text: string, encoding: BufferEncoding = "latin1"): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text, 0, encoding);

/** The broad kind of a file. */
export function kindOf({ filename, contentType, content }: File): Kind {
  const name = filename.toLowerCase();
  const head = content.subarray(0, 1024);
  if (isZip(head)) {
    const isSheet = /\.xls[xm]$/.test(name) || contentType.includes("spreadsheetml");
    return isSheet || holds(content, "xl/workbook.xml") ? "spreadsheet" : "other";
  }
  if (Buffer.from(head).toString("latin1").includes("%PDF-")) return "pdf";
  if (isPicture(head) || contentType.startsWith("image/")) return "image";
  if (isCompound(head) || isArchive(head) || isTnef(head)) return "other";
  if (/\.(?:csv|tsv)$/.test(name) || /csv|tab-separated/.test(contentType)) return "csv";
  if (contentType === "text/calendar" || name.endsWith(".ics")) return "calendar";
  if (/\.te?xt$/.test(name) || contentType === "text/plain") return "text";
  return "other";
}

/** Signatures of letters, cards and dates: mail programs add them, nobody means them as documents. */
export function isCompanion({ filename, contentType }: File): boolean {
  return (
    /^(?:application\/(?:(?:x-)?pkcs7-signature|pgp-signature|pgp-keys|pgp-encrypted)|text\/(?:x-)?vcard|text\/directory|text\/calendar|message\/(?:delivery-status|disposition-notification)|text\/rfc822-headers)$/i.test(
      contentType,
    ) ||
    (/\.(?:p7s|sig|vcf|ics)$/i.test(filename) && !isMasked(contentType))
  );
}

/** A document that only bears the name of a card or signature. */
const isMasked = (contentType: string): boolean => /pdf|sheet|excel|word|zip|csv/i.test(contentType);

/** Why a file of no readable kind, or too large a one, is not opened; `null` for one that can be tried. */
export function refusalOf(file: File, kind: Kind): UnreadReason | null {
  const { content } = file;
  if (kind === "image") return "image_only";
  if (content.byteLength === 0) return "broken";
  if (kind === "other") return reasonOf(file);
  if (content.byteLength <= ATTACHMENT_BYTES) return null;
  return kind === "spreadsheet" && holds(content, "xl/vbaProject.bin") ? "macro" : "too_large";
}

function reasonOf({ filename, contentType, content }: File): UnreadReason {
  const name = filename.toLowerCase();
  if (isTnef(content) || contentType === "application/ms-tnef") return "tnef";
  if (isCompound(content)) return compound(content);
  if (isZip(content)) {
    if (holds(content, "word/vbaProject.bin")) return "macro";
    if (holds(content, "word/document.xml")) return "word";
    return holds(content, "[Content_Types].xml") || holds(content, "mimetypeapplication/")
      ? "unsupported"
      : "archive";
  }
  if (isArchive(content) || isLha(content)) return "archive";
  if (isRichText(content)) return "word";
  const isSealed = /^-----BEGIN PGP MESSAGE/.test(
    Buffer.from(content.subarray(0, 200)).toString("latin1").trim(),
  );
  if (isSealed || (/pkcs7-mime$/.test(contentType) && !/signed/.test(name))) return "encrypted";
  if (/\.xls[xm]?$|\.docx?$|\.pdf$|\.zip$/.test(name)) return "broken";
  return "unsupported";
}

/** The streams of a compound file name its program; they stand in UTF-16 in its directory. */
function compound(content: Uint8Array): UnreadReason {
  const has = (stream: string) => holds(content, stream, "utf16le");
  if (has("EncryptedPackage")) return "encrypted";
  if (has("WordDocument")) return "word";
  return has("Workbook") || has("Book\0") ? "old_office" : "unsupported";
}
