/** The parsing thread: one letter in, one opened letter or an error out. */
import { parentPort } from "node:worker_threads";
import { parseLetter } from "./letter.ts";

const port = parentPort;
port?.on("message", async ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
  try {
    port.postMessage({ id, opened: await parseLetter(bytes) });
  } catch {
    // The message of a parse error may quote the letter: it stays here.
    port.postMessage({ id, opened: null });
  }
});
