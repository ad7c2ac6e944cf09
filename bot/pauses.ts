import type { SlackFault } from "./slack.ts";

/** After a call that may or may not have been carried out: time for Slack to come back, and for the message to show. */
const DOUBT_FIRST_MS = 2000;
/** Slack that is gone for long is asked once a minute. */
const DOUBT_MAX_MS = 60_000;
/** Slack takes about one message a second in a channel, whatever it says. */
const LIMITED_LEAST_MS = 1000;
/** Faults that an operator has to mend (token, channel, membership) are tried again this often. */
const MENDING_MS = 60_000;
/**
 * A message in doubt this often (some six minutes) lets the others go first: it may be the message and not Slack, and
 * must not keep the channel. Until then nothing overtakes it.
 */
const STUBBORN = 10;

/** What a test may shorten. */
export interface AnnouncePace {
  doubtFirstMs?: number;
  doubtMaxMs?: number;
}

/** Which channels take nothing for now, so that nothing is overtaken: one that Slack limits, one in doubt. */
export function channelPauses({ doubtFirstMs = DOUBT_FIRST_MS, doubtMaxMs = DOUBT_MAX_MS }: AnnouncePace) {
  const pauses = new Map<string, { until: number; doubts: number }>();
  const doubtful = new Map<string, number>();

  function doubt(channel: string, row: string, now: number): number {
    const doubts = (pauses.get(channel)?.doubts ?? 0) + 1;
    const waitMs = Math.min(doubtFirstMs * 2 ** Math.min(doubts - 1, 20), doubtMaxMs);
    pauses.set(channel, { until: now + waitMs, doubts });
    const times = (doubtful.get(row) ?? 0) + 1;
    doubtful.set(row, times);
    return times > STUBBORN ? doubtMaxMs + LIMITED_LEAST_MS : waitMs;
  }

  return {
    /** Milliseconds until the channel may be used; where it is not known yet, until Slack may be asked at all. */
    left(channel: string | null, now: number): number {
      if (channel !== null) return (pauses.get(channel)?.until ?? 0) - now;
      return Math.max(0, ...[...pauses.values()].map(({ until, doubts }) => (doubts > 0 ? until - now : 0)));
    },
    /** A message was taken. */
    taken(channel: string, row: string): void {
      pauses.delete(channel);
      doubtful.delete(row);
    },
    /** A message was not taken, or nobody knows. @returns for how many milliseconds it has to wait. */
    failed(channel: string, row: string, fault: SlackFault, now: number): number {
      if (fault.kind === "uncertain") return doubt(channel, row, now);
      doubtful.delete(row);
      // What has to be mended may concern this message alone: the others find out for themselves.
      if (fault.kind === "refused") return MENDING_MS;
      const waitMs = Math.max(fault.retryAfterMs, LIMITED_LEAST_MS);
      pauses.set(channel, { until: now + waitMs, doubts: 0 });
      return waitMs;
    },
  };
}
