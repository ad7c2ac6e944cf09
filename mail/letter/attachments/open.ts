/** Opens attachments: plain text here, PDF and spreadsheets in a bounded child process. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { embeddedNotice } from "../../../core/documents.ts";
import type { AttachmentText, NoticeData } from "../../../core/reader/source.ts";
import {
  ATTACHMENT_BYTES,
  ATTACHMENT_CHARS,
  ATTACHMENT_HEAP_MB,
  ATTACHMENT_OPEN_MS,
  ATTACHMENT_RSS_MB,
  ATTACHMENT_WATCH_MS,
  ATTACHMENTS_PER_CHILD,
} from "../../limits.ts";
import { decodeJapanese } from "../charset.ts";
import type { LetterAttachment, OpenedLetter } from "../letter.ts";
import type { Extracted } from "./open-child.ts";

type File = OpenedLetter["files"][number];
type Kind = LetterAttachment["kind"];

const startsWith = (bytes: Uint8Array, sign: string): boolean =>
  Buffer.from(bytes.subarray(0, sign.length)).toString("latin1") === sign;

/** What a file is, by its first bytes; name and type only decide between kinds of text. */
function kindOf(file: File): Kind {
  const name = file.filename.toLowerCase();
  const head = file.content.subarray(0, 1024);
  if (Buffer.from(head).toString("latin1").includes("%PDF-")) return "pdf";
  if (startsWith(head, "PK"))
    return /\.xlsx$|\.xlsm$/.test(name) || file.contentType.includes("spreadsheetml")
      ? "spreadsheet"
      : "other";
  if (
    startsWith(head, "\x89PNG") ||
    startsWith(head, "\xff\xd8\xff") ||
    startsWith(head, "GIF8") ||
    startsWith(head, "BM") ||
    startsWith(head, "II*") ||
    startsWith(head, "MM\0*") ||
    file.contentType.startsWith("image/")
  )
    return "image";
  if (/\.(?:csv|tsv)$/.test(name) || /csv|tab-separated/.test(file.contentType)) return "csv";
  if (file.contentType === "text/calendar" || name.endsWith(".ics")) return "calendar";
  if (/\.te?xt$/.test(name) || file.contentType === "text/plain") return "text";
  return "other";
}

/** Our own shape exactly, without control or invisible characters in what the desk repeats. */
const noticeSchema = embeddedNotice.refine(
  ({ guarantor, number, key }) => !/[\p{Cc}\p{Cf}]/u.test(guarantor + number + key),
);
const certificateSchema = z.object({ type: z.literal("hosho-desk/certificate") });

/**
 * Time to open all attachments of one letter that need the child process. An honest letter takes well below a second;
 * without a bound, twenty files built to take long would hold up everybody's attachments for over a minute.
 */
const LETTER_OPEN_MS = 8_000;

/** What is left of a letter's time for its attachments; each file takes from it. */
export interface OpeningTime {
  leftMs: number;
}
export const openingTime = (): OpeningTime => ({ leftMs: LETTER_OPEN_MS });

/** A file that is not opened at all, because the letter has too many or took too long; staff are told. */
export const leaveUnopened = (file: File): AttachmentText => ({
  ...described(file),
  format: "none",
  text: "",
  unopened: true,
});

const described = (file: File) => ({
  filename: file.filename,
  kind: kindOf(file),
  inline: file.inline,
  notice: null,
  certificate: false,
});

/**
 * The text of one file. A file that cannot be opened within bounds has format `none`; one for which the letter's time
 * is spent is `unopened`.
 */
export async function openAttachment(file: File, time: OpeningTime): Promise<AttachmentText> {
  const base = described(file);
  const { kind } = base;
  if (kind === "csv" || kind === "text") {
    const text = decodeJapanese(file.content.subarray(0, ATTACHMENT_BYTES)).slice(0, ATTACHMENT_CHARS);
    return kind === "csv"
      ? { ...base, format: "sheet", text: csvToLines(text) }
      : { ...base, format: "text", text };
  }
  if ((kind !== "pdf" && kind !== "spreadsheet") || file.content.byteLength > ATTACHMENT_BYTES)
    return { ...base, format: "none", text: "" };
  if (time.leftMs <= 0) return leaveUnopened(file);
  const extracted = await openInChild(kind, file.content, time);
  if (extracted === null)
    return time.leftMs <= 0 ? leaveUnopened(file) : { ...base, format: "none", text: "" };
  const notice = extracted.data.map((d) => noticeSchema.safeParse(d)).find((d) => d.success)?.data;
  const data: NoticeData | null = notice
    ? { number: notice.number, key: notice.key, guarantor: notice.guarantor }
    : null;
  const certificate = extracted.data.some((d) => certificateSchema.safeParse(d).success);
  const empty = extracted.text.trim() === "" && data === null;
  return {
    ...base,
    format: empty ? "none" : kind === "pdf" ? "text" : "sheet",
    text: extracted.text,
    ...(extracted.sheets ? { sheets: extracted.sheets } : {}),
    notice: data,
    certificate,
  };
}

/** RFC 4180 records as lines of tab-parted cells; a file parted by tabs or semicolons is taken as such. */
function csvToLines(text: string): string {
  const head = text.slice(0, text.indexOf("\n") < 0 ? undefined : text.indexOf("\n"));
  const comma = head.includes("\t") ? "\t" : !head.includes(",") && head.includes(";") ? ";" : ",";
  let out = "";
  let quoted = false;
  for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < text.length; i += 1) {
    const c = text[i] ?? "";
    if (quoted && c === '"' && text[i + 1] === '"') {
      out += c;
      i += 1;
    } else if (c === '"') quoted = !quoted;
    else if (quoted && /[\t\r\n]/.test(c)) out += " ";
    else if (!quoted && c === comma) out += "\t";
    else if (c !== "\r") out += c;
  }
  return out;
}

let child: ChildProcess | null = null;
let opened = 0;
let nextId = 0;
let queue: Promise<unknown> = Promise.resolve();

/** One file at a time through the warm child. Waiting for other letters' files costs a letter none of its time. */
function openInChild(
  kind: "pdf" | "spreadsheet",
  bytes: Uint8Array,
  time: OpeningTime,
): Promise<Extracted | null> {
  const result = queue.then(async () => {
    const start = performance.now();
    const extracted = await ask(kind, bytes, Math.min(ATTACHMENT_OPEN_MS, time.leftMs));
    time.leftMs -= performance.now() - start;
    return extracted;
  });
  queue = result;
  return result;
}

function startChild(): ChildProcess {
  const started = fork(new URL("./open-child.ts", import.meta.url), [], {
    execArgv: [`--max-old-space-size=${ATTACHMENT_HEAP_MB}`],
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  started.on("exit", () => {
    if (child === started) child = null;
  });
  started.on("error", () => endChild(started));
  opened = 0;
  return started;
}

function endChild(started: ChildProcess): void {
  if (child === started) child = null;
  started.kill("SIGKILL");
}

function ask(kind: "pdf" | "spreadsheet", bytes: Uint8Array, limitMs: number): Promise<Extracted | null> {
  const process_ = child ?? startChild();
  child = process_;
  opened += 1;
  nextId += 1;
  const id = nextId;
  return new Promise((settle) => {
    const finish = (extracted: Extracted | null) => {
      clearTimeout(timer);
      clearInterval(watch);
      process_.off("message", hear);
      process_.off("exit", lost);
      process_.unref();
      process_.channel?.unref();
      if (extracted === null || opened >= ATTACHMENTS_PER_CHILD) endChild(process_);
      settle(extracted);
    };
    const hear = (message: unknown) => {
      const answer = message as { id: number; extracted: Extracted | null };
      if (answer.id === id) finish(answer.extracted);
    };
    const lost = () => finish(null);
    const timer = setTimeout(lost, limitMs);
    const watch = setInterval(
      () => residentMb(process_.pid) > ATTACHMENT_RSS_MB && lost(),
      ATTACHMENT_WATCH_MS,
    );
    process_.on("message", hear);
    process_.on("exit", lost);
    process_.ref();
    process_.channel?.ref();
    process_.send({ id, kind, base64: Buffer.from(bytes).toString("base64") }, (error) => error && lost());
  });
}

/** Resident size where the system tells it (Linux); 0 elsewhere, where heap and time bounds remain. */
function residentMb(pid: number | undefined): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * 4096) / 1024 / 1024;
  } catch {
    return 0;
  }
}
