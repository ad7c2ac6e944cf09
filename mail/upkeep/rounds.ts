import type { Store } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import { errorCode, type Log } from "../log.ts";

/** Something to be done again and again. Among all processes one does it. */
export interface Duty {
  name: string;
  /** It is due when it was last taken up at this moment or before. */
  notSince(at: Instant): Instant;
  /** Ends within minutes. Rejects when it has to be done again. */
  run(): Promise<void>;
}

export interface RoundsOptions {
  duties: readonly Duty[];
  store: Pick<Store, "transact">;
  /** Whether this process is to do what is due: it watches the mailbox. */
  mayWork(): boolean;
  now(): Instant;
  log: Log;
  everyMs?: number | undefined;
}

const EVERY_MS = 60_000;
/** A duty that failed here is left alone for so long; a mail server that is away would be asked every minute else. */
const AGAIN_MS = 10 * 60_000;

/** Looks every minute what is due; one round at a time. The first comes after the first minute: a start has enough to do. */
export function startRounds(options: RoundsOptions): { stop(): Promise<void> } {
  const { duties, mayWork, everyMs = EVERY_MS } = options;
  const failedAt = new Map<string, number>();
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const later = () => {
    timer = setTimeout(() => {
      round = once();
    }, everyMs);
    timer.unref();
  };
  async function once(): Promise<void> {
    for (const duty of duties) {
      if (stopping || !mayWork()) break;
      const failed = failedAt.get(duty.name);
      if (failed !== undefined && Math.abs(Date.parse(options.now()) - failed) < AGAIN_MS) continue;
      failedAt.delete(duty.name);
      if (!(await perform(options, duty))) failedAt.set(duty.name, Date.parse(options.now()));
    }
    if (!stopping) later();
  }
  later();
  return {
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}

/** @returns false when the duty was due and failed; it is then due again. */
async function perform({ store, now, log }: RoundsOptions, duty: Duty): Promise<boolean> {
  const at = now();
  let taken = false;
  try {
    taken = await store.transact((tx) => tx.takeDuty(duty.name, at, duty.notSince(at)));
    if (taken) await duty.run();
    return true;
  } catch (error) {
    log.warn({ duty: duty.name, code: errorCode(error) }, "a duty failed and comes again");
    if (taken) await store.transact((tx) => tx.giveBackDuty(duty.name, at)).catch(() => undefined);
    return false;
  }
}
