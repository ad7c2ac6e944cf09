/** The warm child process that opens strangers' files, with bounds on time and memory. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import type { UnreadReason } from "../../../core/reader/source.ts";
import {
  ATTACHMENT_HEAP_MB,
  ATTACHMENT_OPEN_MS,
  ATTACHMENT_RSS_MB,
  ATTACHMENT_WATCH_MS,
  ATTACHMENTS_PER_CHILD,
} from "../../limits.ts";
import type { Extracted } from "./open-child.ts";

/** What is left of a letter's time for its attachments; each file takes from it. */
export interface OpeningTime {
  leftMs: number;
}

let child: ChildProcess | null = null;
let opened = 0;
let nextId = 0;
let queue: Promise<unknown> = Promise.resolve();

/** One file at a time through the warm child. Waiting for other letters' files costs a letter none of its time. */
export function openInChild(
  kind: "pdf" | "spreadsheet",
  bytes: Uint8Array,
  time: OpeningTime,
): Promise<Extracted> {
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

function ask(kind: "pdf" | "spreadsheet", bytes: Uint8Array, limitMs: number): Promise<Extracted> {
  const process_ = child ?? startChild();
  child = process_;
  opened += 1;
  nextId += 1;
  const id = nextId;
  return new Promise((settle) => {
    const finish = (extracted: Extracted) => {
      clearTimeout(timer);
      clearInterval(watch);
      process_.off("message", hear);
      process_.off("exit", exhausted);
      process_.unref();
      process_.channel?.unref();
      if (opened >= ATTACHMENTS_PER_CHILD) endChild(process_);
      settle(extracted);
    };
    const hear = (message: unknown) => {
      const answer = message as { id: number; extracted: Extracted };
      if (answer.id === id) finish(answer.extracted);
    };
    const giveUp = (unread: UnreadReason) => {
      endChild(process_);
      finish({ text: "", data: [], unread });
    };
    // A child that ends by itself has run out of heap.
    const exhausted = () => giveUp("too_large");
    const timer = setTimeout(() => giveUp("too_slow"), limitMs);
    const watch = setInterval(
      () => residentMb(process_.pid) > ATTACHMENT_RSS_MB && exhausted(),
      ATTACHMENT_WATCH_MS,
    );
    process_.on("message", hear);
    process_.on("exit", exhausted);
    process_.ref();
    process_.channel?.ref();
    process_.send(
      { id, kind, base64: Buffer.from(bytes).toString("base64") },
      (error) => error && giveUp("broken"),
    );
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
