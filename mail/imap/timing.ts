import { IMAP_TIMING, type ImapTiming } from "./connection.ts";

/** The times of watching: how long it waits for a server, and before it connects again. */

export interface BackoffTiming {
  reconnectMinMs: number;
  reconnectMaxMs: number;
  /** A refused login: trying on quickly is what locks accounts. */
  refusedMinMs: number;
  refusedMaxMs: number;
  /** A server that asks for patience. */
  throttledMinMs: number;
  throttledMaxMs: number;
}
const BACKOFF_TIMING: BackoffTiming = {
  reconnectMinMs: 500,
  reconnectMaxMs: 60_000,
  refusedMinMs: 10_000,
  refusedMaxMs: 300_000,
  throttledMinMs: 30_000,
  throttledMaxMs: 600_000,
};

export interface WatchTiming extends ImapTiming, BackoffTiming {
  /** No answered command for so long: the connection is given up. Just above the worst case of {@link ImapTiming}. */
  watchdogMs: number;
  /** The safety net under `exists`, which is only a wake-up. */
  scanEveryMs: number;
  /** When the store refused a letter. */
  rescanAfterFailureMs: number;
  quotaEveryMs: number;
  /** What a server that does not answer may delay an orderly end. */
  stopMs: number;
}
export const WATCH_TIMING: WatchTiming = {
  ...IMAP_TIMING,
  ...BACKOFF_TIMING,
  watchdogMs: 110_000,
  scanEveryMs: 60_000,
  rescanAfterFailureMs: 5_000,
  quotaEveryMs: 3_600_000,
  stopMs: 2_000,
};

/** How a connection went: whether it ever got to a finished scan, and the code that ended it. */
export interface ConnectionEnd {
  scanned: boolean;
  code: string | null;
}

/**
 * Twice the last wait, within what the reason for the end allows; from the start again after a connection that worked.
 * @returns milliseconds, without jitter.
 */
export function nextWait(last: number, { scanned, code }: ConnectionEnd, timing: BackoffTiming): number {
  const doubled = scanned ? timing.reconnectMinMs : last * 2;
  if (code === "throttled") return clamp(doubled, timing.throttledMinMs, timing.throttledMaxMs);
  if (code === "authentication_failed") return clamp(doubled, timing.refusedMinMs, timing.refusedMaxMs);
  return clamp(doubled, timing.reconnectMinMs, timing.reconnectMaxMs);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
