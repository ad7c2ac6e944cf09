/** Opens letters in a warm thread with bounds on size, time and memory. */
import { Worker } from "node:worker_threads";
import type { OpenedLetter } from "./letter.ts";
import { LETTER_BYTES, LETTER_HEAP_MB, LETTER_PARSE_MS } from "./limits.ts";

export type OpenResult =
  | { ok: true; opened: OpenedLetter }
  | { ok: false; reason: "oversized" | "unreadable" };

interface Job {
  id: number;
  settle: (result: OpenResult) => void;
  timer: NodeJS.Timeout;
}

let worker: Worker | null = null;
const jobs = new Map<number, Job>();
let nextId = 0;
let queue: Promise<unknown> = Promise.resolve();

/** Opens one letter. A letter that is too large, breaks the parser or exhausts it is a refusal, never a throw. */
export function openLetter(bytes: Uint8Array): Promise<OpenResult> {
  if (bytes.byteLength > LETTER_BYTES) return Promise.resolve({ ok: false, reason: "oversized" });
  // One at a time: a letter that hangs takes no other letter down with it.
  const result = queue.then(() => openNow(bytes));
  queue = result;
  return result;
}

function openNow(bytes: Uint8Array): Promise<OpenResult> {
  return new Promise((settle) => {
    const thread = worker ?? startThread();
    const id = nextId;
    nextId += 1;
    const timer = setTimeout(() => endThread(thread), LETTER_PARSE_MS);
    jobs.set(id, { id, settle, timer });
    thread.ref();
    thread.postMessage({ id, bytes });
  });
}

function startThread(): Worker {
  const thread = new Worker(new URL("./letter-worker.ts", import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: LETTER_HEAP_MB },
  });
  thread.on("message", ({ id, opened }: { id: number; opened: OpenedLetter | null }) => {
    finish(id, opened ? { ok: true, opened } : { ok: false, reason: "unreadable" });
    if (jobs.size === 0) thread.unref();
  });
  thread.on("error", () => endThread(thread));
  thread.on("exit", () => endThread(thread));
  worker = thread;
  return thread;
}

/** Ends a thread that hangs or died; the letters it held are unreadable. The next letter starts a new one. */
function endThread(thread: Worker): void {
  if (worker !== thread) return;
  worker = null;
  void thread.terminate();
  for (const id of [...jobs.keys()]) finish(id, { ok: false, reason: "unreadable" });
}

function finish(id: number, result: OpenResult): void {
  const job = jobs.get(id);
  if (!job) return;
  jobs.delete(id);
  clearTimeout(job.timer);
  job.settle(result);
}
