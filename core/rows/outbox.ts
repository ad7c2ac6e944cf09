import type { SlackPost } from "../announcements.ts";
import type { ComposedLetter, LetterTemplate, OutgoingLetter } from "../letters.ts";
import type { AuditEntry } from "../store.ts";
import type { Instant } from "../terms.ts";

/** What leaves the desk, as it is kept. */

/**
 * pending → sending → sent; or refused (for good), parked (staff decide), closed (they did). ambiguous: the letter may
 * have arrived or not, nobody was told; it is settled by the journal and never sent again blindly.
 */
export type DeliveryState = "pending" | "sending" | "ambiguous" | "sent" | "refused" | "parked" | "closed";

export interface OutboundRow {
  id: string;
  caseId: string | null;
  to: string;
  /** Envelope sender: unique to the letter when bounces are to find it by that. */
  envelopeFrom: string;
  template: string;
  messageId: string;
  subject: string;
  /** Empty when the letter was erased. */
  sealedBytes: Uint8Array;
  state: DeliveryState;
  /** The attempt it is in, from 1. With the id it marks the attempt: a late word of an earlier one counts for nothing. */
  attempt: number;
  /** Until when the process that took it up may be busy with it. */
  leasedUntil: Instant | null;
  createdAt: Instant;
  /** Since when nobody knows whether it arrived; null unless ambiguous. */
  doubtSince: Instant | null;
  /** The recipient was refused for good before (a bounce, a 550): nothing is sent there until staff say so. */
  suppressed: boolean;
  detail: string | null;
}

/** A letter out as a list shows it. */
export type SentLetter = Pick<OutboundRow, "id" | "template" | "to" | "state"> & {
  /** Since when it stands so. */
  at: Instant;
};

/**
 * A row as a worker finds it. `taken`: it was pending and is this process's now, until its lease ends. `held`: another
 * process that is alive has it, at most until `until`; `own`: this very process took it up before, and knows itself what
 * became of that. `interrupted`: whoever had it died or ran out of time. `doubtful`: ambiguous. `done`: nothing to do.
 */
export type Claim =
  | { found: "taken" | "own" | "interrupted" | "doubtful" | "done"; row: OutboundRow }
  | { found: "held"; row: OutboundRow; until: Instant };

/**
 * A message keeps back those that come after it in its thread or in the desk's channel; one that could not be said for
 * so long (Slack refuses it, or breaks over it) no longer does. So long a thread also waits for a root message that
 * nobody is about to post.
 */
export const SLACK_HOLDS_BACK_MS = 60 * 60_000;

/** A Slack message as a worker finds it; `state` as it was before it was taken up. */
export interface SlackRow {
  id: string;
  post: SlackPost;
  state: DeliveryState;
  /** Another process that is alive is saying it right now. */
  held: boolean;
  /** The attempt it is in, from 1. A late word of an earlier one counts for nothing. */
  attempt: number;
  /** Until when the process that took it up may be busy with it. */
  leasedUntil: Instant | null;
  createdAt: Instant;
  channel: string | null;
  /** Slack's timestamp once posted; of the root message for a card. */
  ts: string | null;
}

export interface OutboxRows {
  /**
   * Adds the finished letter and its `mail.send` job; does nothing when (cause, template) was sent before.
   * @param entry written to the audit log with the letter, and not without it; letters to ourselves that only test the
   * way have none.
   */
  addLetter(
    letter: OutgoingLetter,
    sealedBytes: Uint8Array,
    composed: ComposedLetter,
    at: Instant,
    entry?: AuditEntry,
  ): Promise<void>;
  /** Takes up rows that wait (`sending`, for this process, until the lease ends); null where there is no such row. */
  claimLetters(ids: readonly string[], at: Instant, leasedUntil: Instant): Promise<(Claim | null)[]>;
  /** Takes up an ambiguous row again, to send it once more; false when somebody was quicker. */
  reclaimLetter(id: string, attempt: number, at: Instant, leasedUntil: Instant): Promise<boolean>;
  /**
   * What became of attempts. An outcome of an attempt that is no longer the latest, or of a row that was settled
   * meanwhile, changes nothing; only that it was sent may still be learnt of a parked one. @returns of each the state in
   * which it was until then; null: nothing was written.
   */
  settleLetters(outcomes: readonly LetterOutcome[]): Promise<(DeliveryState | null)[]>;
  /** A letter that was taken came back for good; false when it was not on its way any more. */
  noteBounce(id: string, detail: string, at: Instant): Promise<boolean>;
  /** The letters of a case that left or are to leave, newest first, without their bytes. */
  sentLetters(caseId: string, limit: number): Promise<SentLetter[]>;
  outboundLetter(id: string): Promise<OutboundRow | null>;
  /** Letters that wait for a person (refused, parked), oldest first. */
  parkedOutbound(limit: number): Promise<OutboundRow[]>;
  /** Sends a refused or parked row again, the same bytes, and lifts its recipient's suppression. */
  retryOutbound(id: string, at: Instant): Promise<boolean>;
  closeOutbound(id: string, at: Instant): Promise<boolean>;
  /** Nothing more is sent to this address until staff lift it. */
  suppress(address: string, reason: string, outboundId: string, at: Instant): Promise<void>;
  /** How many automatic answers left since `since`: to this sender, to its domain, about this case, and in all. */
  answersSince(
    since: Instant,
    sender: string,
    domain: string,
    caseId: string | null,
  ): Promise<{ sender: number; domain: number; case: number; global: number }>;
  /** Was this address answered with this letter since then? */
  answeredWith(template: LetterTemplate, to: string, since: Instant): Promise<boolean>;
  /** Waits until no other step counts answers. */
  lockAnswers(): Promise<void>;
  /** Adds the message and its `slack.post` job; a card that is already there is marked to be rewritten. */
  addSlack(post: SlackPost, at: Instant): Promise<void>;
  /**
   * A job's turn: takes up (`sending`, for this process, until the lease ends) the earliest message of the thread, or of
   * the desk's channel, to which message `id` belongs; a card is on its own. Where nothing waits there, `id` as it is.
   * @returns null when nothing is to be said now; what waits comes back by itself.
   */
  claimSlack(id: string, at: Instant, leasedUntil: Instant): Promise<SlackRow | null>;
  /** What became of an attempt; false, and nothing is changed, when it is no longer the latest or is settled. */
  settleSlack(id: string, outcome: SlackOutcome): Promise<boolean>;
  /** The posted root message of a case; null until it is posted. */
  rootMessage(caseId: string): Promise<{ channel: string; ts: string } | null>;
  /** True while the root message of a case has still to be posted; false also when that was given up. */
  rootAwaited(caseId: string): Promise<boolean>;
  /** Enqueues drawing and issuing of what was approved in a case. */
  addIssueJob(caseId: string): Promise<void>;
}

export interface DeliveryOutcome {
  state: Exclude<DeliveryState, "sending" | "closed">;
  at: Instant;
  /** Server's words or our code; never a secret. */
  detail: string | null;
  /** For `pending` and `ambiguous`: looked at again, not before. */
  retryAt?: Instant;
}

export type LetterOutcome = DeliveryOutcome & { id: string; attempt: number };
export type SlackOutcome = DeliveryOutcome & { attempt: number; channel?: string; ts?: string };
