import { later } from "../../core/dates.ts";
import type { OutboundRow } from "../../core/rows/outbox.ts";
import type { Instant } from "../../core/terms.ts";
import type { Journal } from "../imap/journal.ts";
import { errorCode } from "../log.ts";
import type { StoreOf } from "../step.ts";
import { SEND_MS } from "./pool.ts";

/** Letters of which nobody knows whether they arrived: what the journal says of them. */

export interface DoubtContext {
  journal: Journal;
  store: StoreOf<"sentBetween">;
  now(): Instant;
  graceMs: number;
}

/**
 * arrived: the journal has it. open: not yet, or the journal cannot be asked; again then. absent: it never left, and may
 * be sent once more. unknowable: only a person can find out.
 */
export type Doubt =
  | { now: "arrived" }
  | { now: "open"; retryAt: Instant; detail: string | null }
  | { now: "absent" }
  | { now: "unknowable"; reason: "journal_unreachable" | "journal_unproven"; detail: string };

/**
 * A letter that is not in the journal after this was not taken. A server may think for ten minutes about the final dot
 * (RFC 5321 §4.5.3.2.6), also when nobody listens any more: as long as one delivery may take.
 */
export const DOUBT_GRACE_MS = SEND_MS;
/** Where a lease may still be used by a process that was cut off from the database, this much more after its end. */
const AFTER_LEASE = 1 / 6;
/** A copy comes within seconds of acceptance: the first look after this share of the grace, the next ones twice as late. */
const FIRST_LOOK = 1 / 48;
/** A journal that cannot be reached for so long leaves the question to staff. */
const JOURNAL_PATIENCE_MS = 30 * 60_000;
const JOURNAL_AGAIN_MS = 60_000;
/** Letters that are known to have left: absence proves something only in a journal that has at least one of them. */
const CONTROLS = 5;
const CONTROL_DAYS_MS = 30 * 86_400_000;

/** When a letter that came into doubt just now is first looked up. */
export function firstLook(at: Instant, graceMs: number): Instant {
  return later(at, graceMs * FIRST_LOOK);
}

export async function resolveDoubt(context: DoubtContext, row: OutboundRow): Promise<Doubt> {
  const { journal, store, graceMs } = context;
  const at = context.now();
  const since = row.doubtSince ?? at;
  const waited = Date.parse(at) - Date.parse(since);
  const again = absentFrom(row, since, graceMs);
  const decides = Date.parse(at) >= Date.parse(again);
  const [from, until] = [later(at, -CONTROL_DAYS_MS), later(at, -graceMs * FIRST_LOOK)];
  const controls = decides ? await store.transact((tx) => tx.sentBetween(from, until, CONTROLS)) : [];
  let found: Set<string>;
  try {
    found = await journal.find([row.messageId, ...controls]);
  } catch (error) {
    const code = errorCode(error);
    if (waited >= JOURNAL_PATIENCE_MS)
      return { now: "unknowable", reason: "journal_unreachable", detail: code };
    return { now: "open", retryAt: later(at, JOURNAL_AGAIN_MS), detail: `journal: ${code}` };
  }
  if (found.has(row.messageId)) return { now: "arrived" };
  if (!decides) {
    const next = later(at, Math.max(waited, graceMs * FIRST_LOOK));
    return { now: "open", retryAt: next < again ? next : again, detail: row.detail };
  }
  return controls.some((id) => found.has(id))
    ? { now: "absent" }
    : {
        now: "unknowable",
        reason: "journal_unproven",
        detail: `${controls.length} known letters looked for`,
      };
}

/** From when on absence means that it never left. */
function absentFrom({ leasedUntil }: OutboundRow, since: Instant, graceMs: number): Instant {
  const [byGrace, byLease] = [
    later(since, graceMs),
    leasedUntil === null ? since : later(leasedUntil, graceMs * AFTER_LEASE),
  ];
  return byGrace > byLease ? byGrace : byLease;
}
