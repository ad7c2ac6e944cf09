import { tellOutage } from "../../core/desk/trouble.ts";
import type { Desk } from "../../core/ports.ts";
import { errorCode, type Log } from "../log.ts";

/** Parts of the outside world that go away: staff hear of each outage once. */
export type OutagePart = "database" | "mailbox" | "slack" | "smtp";

/** Milliseconds a part may be away before staff are told. */
export type OutageLimits = Partial<Record<OutagePart, number>>;

export interface OutageOptions {
  /** Whether each part works right now; a part that is not there is not watched. */
  parts(): Partial<Record<OutagePart, boolean>>;
  desk: Pick<Desk, "store" | "now">;
  log: Log;
  /** {@link OUTAGE_MS} unless told. */
  limits?: OutageLimits;
}

/** Shorter absences are everyday life and told to nobody: restarts, reconnections, updates of a server. */
export const OUTAGE_MS: Readonly<Record<OutagePart, number>> = {
  database: 10_000,
  slack: 60_000,
  mailbox: 10 * 60_000,
  smtp: 10 * 60_000,
};
const LOOK_MS = 1_000;

/**
 * Watches the parts. An outage of a mail server is told while it lasts, for somebody may have to act; one of the database
 * or of Slack can only be told when it is over.
 */
export function watchOutages({ parts, desk, log, limits = {} }: OutageOptions): { stop(): void } {
  const away = new Map<OutagePart, { since: number; told: boolean }>();
  const tell = (part: OutagePart, since: number) =>
    void tellOutage(desk, part, new Date(since).toISOString()).catch((error: unknown) =>
      log.warn({ part, code: errorCode(error) }, "staff could not be told of an outage"),
    );
  const timer = setInterval(() => {
    const now = Date.parse(desk.now());
    for (const [part, works] of Object.entries(parts()) as [OutagePart, boolean][]) {
      const outage = away.get(part);
      if (outage === undefined) {
        if (!works) away.set(part, { since: now, told: false });
        continue;
      }
      const long = now - outage.since >= (limits[part] ?? OUTAGE_MS[part]);
      const tellable = part === "mailbox" || part === "smtp" || works;
      if (long && tellable && !outage.told) {
        outage.told = true;
        log.warn({ part, seconds: Math.round((now - outage.since) / 1000) }, "a part was away");
        tell(part, outage.since);
      }
      if (works) away.delete(part);
    }
  }, LOOK_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
