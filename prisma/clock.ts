import type { Instant } from "../core/terms.ts";

/**
 * The time by which leases, retries and doubt are written: the database's. Two machines whose own clocks differ by minutes
 * would take each other's leases for run out, and send again what is being sent.
 */
export interface Clock {
  now(): Instant;
  /** How far the database's clock is before this process's, in ms; 0 while they cannot be told apart. */
  offset(): number;
  stop(): void;
}

/** How often the clocks are compared; a clock that is set while the process runs is wrong for so long at most. */
const MEASURE_MS = 60_000;
/** Differences as small as this are left alone: time would jitter, and no lease is as short. */
const TOLERANCE_MS = 250;
/** From here on somebody should look after the machine's clock. */
const CLOCK_TOLD_MS = 10_000;

/**
 * @param ask the database's `clock_timestamp()` in ms since 1970. @param local this process's clock, the same way.
 * @param log is told once when the clocks are far apart, and again only when they were together in between.
 */
export async function openClock(
  ask: () => Promise<number>,
  log: (line: string) => void,
  { local = Date.now, everyMs = MEASURE_MS }: { local?: () => number; everyMs?: number } = {},
): Promise<Clock> {
  let offset = 0;
  let told = false;

  async function measure(): Promise<void> {
    const started = performance.now();
    const theirs = await ask();
    // The answer was true somewhere within the round trip: half of it may be error, and is no reason to change anything.
    const half = (performance.now() - started) / 2;
    const measured = theirs + half - local();
    if (Math.abs(measured - offset) > TOLERANCE_MS + half)
      offset = Math.abs(measured) > TOLERANCE_MS + half ? Math.round(measured) : 0;
    const far = Math.abs(offset) > CLOCK_TOLD_MS;
    if (far && !told)
      log(
        `this machine's clock is ${Math.round(Math.abs(offset) / 1000)} s ${offset > 0 ? "behind" : "before"} the database's; the database's counts (check NTP)`,
      );
    told = far;
  }

  await measure();
  // The database may be away for a while: what was measured last still holds.
  const timer = setInterval(() => void measure().catch(() => undefined), everyMs);
  timer.unref();
  return {
    now: () => new Date(local() + offset).toISOString(),
    offset: () => offset,
    stop: () => clearInterval(timer),
  };
}
