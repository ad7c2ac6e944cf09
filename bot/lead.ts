import type { Leadership, QueueWorker } from "../core/ports.ts";
import type { BotLog } from "./log.ts";

const AGAIN_MS = 1000;

/** Works for as long as this process holds the office; `start` is called in each term, its worker stopped after it. */
export function workWhileLeading(
  office: string,
  leadership: Leadership,
  start: () => Promise<QueueWorker>,
  log: BotLog,
): { stop(): Promise<void> } {
  let leading = false;
  let worker: QueueWorker | null = null;
  let change: Promise<void> = Promise.resolve();
  /** Brings the worker in line with the office, one change after the other. */
  const follow = (): void => {
    change = change.then(adjust).catch((error: unknown) => {
      log.error({ office, reason: String(error) }, "the work of an office could not be taken up or left");
      setTimeout(follow, AGAIN_MS).unref();
    });
  };
  async function adjust(): Promise<void> {
    if (leading && worker === null) worker = await start();
    if (leading || worker === null) return;
    const old = worker;
    worker = null;
    await old.stop();
  }
  const candidate = leadership.lead(office, {
    begin: () => {
      leading = true;
      follow();
    },
    end: () => {
      leading = false;
      follow();
    },
  });
  return {
    async stop() {
      await candidate.stop();
      await change;
    },
  };
}
