/** The warm thread that opens and understands letters, with bounds on time and memory. */
import { Worker } from "node:worker_threads";
import { LETTER_HEAP_MB, LETTER_YOUNG_MB } from "../limits.ts";
import type { LetterJob } from "./worker.ts";

interface Job {
  settle: (result: unknown) => void;
  timer: NodeJS.Timeout;
}

let worker: Worker | null = null;
const jobs = new Map<number, Job>();
let nextId = 0;
let queue: Promise<unknown> = Promise.resolve();

/** Does one job. @returns its result, or `null` when it failed, exhausted the thread or took longer than `limitMs`. */
export function inLetterThread(job: LetterJob, limitMs: number): Promise<unknown> {
  // One at a time: a letter that hangs takes no other letter down with it.
  const result = queue.then(() => start(job, limitMs));
  queue = result;
  return result;
}

function start(job: LetterJob, limitMs: number): Promise<unknown> {
  return new Promise((settle) => {
    const thread = worker ?? startThread();
    const id = nextId;
    nextId += 1;
    const timer = setTimeout(() => endThread(thread), limitMs);
    jobs.set(id, { settle, timer });
    thread.ref();
    thread.postMessage({ id, job });
  });
}

function startThread(): Worker {
  const thread = new Worker(new URL("./worker.ts", import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: LETTER_HEAP_MB, maxYoungGenerationSizeMb: LETTER_YOUNG_MB },
  });
  thread.on("message", ({ id, result }: { id: number; result: unknown }) => {
    finish(id, result);
    if (jobs.size === 0) thread.unref();
  });
  thread.on("error", () => endThread(thread));
  thread.on("exit", () => endThread(thread));
  worker = thread;
  return thread;
}

/** Ends a thread that hangs or died; the jobs it held have no result. The next one starts a new thread. */
function endThread(thread: Worker): void {
  if (worker !== thread) return;
  worker = null;
  void thread.terminate();
  for (const id of [...jobs.keys()]) finish(id, null);
}

function finish(id: number, result: unknown): void {
  const job = jobs.get(id);
  if (!job) return;
  jobs.delete(id);
  clearTimeout(job.timer);
  job.settle(result);
}
