/** Opens letters in the letter thread, with bounds on size, time and memory. */

import { LETTER_BYTES, LETTER_PARSE_MS } from "../limits.ts";
import { safeFilename } from "./attachments/filename.ts";
import type { OpenedLetter } from "./letter.ts";
import { inLetterThread } from "./thread.ts";

export type OpenResult =
  | { ok: true; opened: OpenedLetter }
  | { ok: false; reason: "oversized" | "unreadable" };

/** Opens one letter. A letter that is too large, breaks the parser or exhausts it is a refusal, never a throw. */
export async function openLetter(bytes: Uint8Array): Promise<OpenResult> {
  if (bytes.byteLength > LETTER_BYTES) return { ok: false, reason: "oversized" };
  const opened = (await inLetterThread({ bytes }, LETTER_PARSE_MS)) as OpenedLetter | null;
  return opened === null ? { ok: false, reason: "unreadable" } : { ok: true, opened };
}

/** What of a letter a person may want to look at: plain values, nothing that runs. Null when it cannot be opened. */
export async function showLetter(
  bytes: Uint8Array,
): Promise<{ subject: string; text: string; files: string[] } | null> {
  const result = await openLetter(bytes);
  if (!result.ok) return null;
  const { letter, bodies, files } = result.opened;
  return {
    subject: letter.subject,
    text: bodies[0] ?? "",
    files: files.map(({ filename }) => safeFilename(filename)),
  };
}
