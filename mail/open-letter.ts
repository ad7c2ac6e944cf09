/** Opens letters in the letter thread, with bounds on size, time and memory. */
import type { OpenedLetter } from "./letter.ts";
import { inLetterThread } from "./letter-thread.ts";
import { LETTER_BYTES, LETTER_PARSE_MS } from "./limits.ts";

export type OpenResult =
  | { ok: true; opened: OpenedLetter }
  | { ok: false; reason: "oversized" | "unreadable" };

/** Opens one letter. A letter that is too large, breaks the parser or exhausts it is a refusal, never a throw. */
export async function openLetter(bytes: Uint8Array): Promise<OpenResult> {
  if (bytes.byteLength > LETTER_BYTES) return { ok: false, reason: "oversized" };
  const opened = (await inLetterThread({ bytes }, LETTER_PARSE_MS)) as OpenedLetter | null;
  return opened === null ? { ok: false, reason: "unreadable" } : { ok: true, opened };
}
