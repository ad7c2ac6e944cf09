/**
 * The letter thread: opens letters and understands them, so that a letter built to take long never stops the desk.
 * One job in, its result or a failure out.
 */
import { parentPort } from "node:worker_threads";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { LetterText } from "../../core/reader/source.ts";
import { loadLabels } from "../../templates/reading.ts";
import { parseLetter } from "./letter.ts";

export type LetterJob = { bytes: Uint8Array } | { text: LetterText };

const port = parentPort;
port?.on("message", async ({ id, job }: { id: number; job: LetterJob }) => {
  try {
    const result = "bytes" in job ? await parseLetter(job.bytes) : readLetter(job.text, loadLabels());
    port.postMessage({ id, result });
  } catch {
    // The message of an error may quote the letter: it stays here.
    port.postMessage({ id, result: null });
  }
});
