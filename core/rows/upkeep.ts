import type { Day, Instant } from "../terms.ts";

/** What keeps the desk itself in order: duties, figures about waiting work, tokens, time to live. */

/** How the work stands; ages in whole seconds, null when nothing waits. */
export interface Vitals {
  oldestUnfinishedLetter: number | null;
  parkedLetters: number;
  oldestOutbound: number | null;
  pendingOutbound: number;
  ambiguous: number;
  parkedOutbound: number;
  oldestSlack: number | null;
  /** Since a letter to ourselves last came back; null before the first did. */
  canaryAge: number | null;
}

/** What the daily reconciliation counts in our tables; each must be zero. */
export interface Discrepancies {
  /** Letters that should long be done with, and nobody was told. */
  unfinishedLetters: number;
  /** Letters marked as answered without a letter in the outbox. */
  answeredWithoutLetter: number;
  /** Letters out that should long be settled. */
  unsettledOutbound: number;
  /** What staff should have been told and were not. */
  untoldSlack: number;
}

/** What became of one person's letters. */
export interface PersonErased {
  erased: number;
  keptForOpenCases: number;
  /** Not yet read or sent, or waiting for staff. */
  keptUnderWay: number;
}

export interface UpkeepRows {
  /** The bytes that were sealed last, of a letter; null when there are none. */
  newestSealed(): Promise<Uint8Array | null>;
  vitals(at: Instant): Promise<Vitals>;
  /** `before`: what is younger may still be under way. */
  discrepancies(before: Instant): Promise<Discrepancies>;
  /** Message-IDs of letters that were sent in this span, for a look into the journal. */
  sentBetween(from: Instant, until: Instant, limit: number): Promise<string[]>;
  /** Those of the header keys that some recorded letter has. */
  knownHeaderKeys(keys: readonly string[]): Promise<Set<string>>;
  /** Who is in office; seconds since the last sign of life. */
  offices(): Promise<{ name: string; epoch: number; beatAge: number }[]>;
  /** Takes up a duty unless it was taken up since `notSince`; several processes ask, one gets it. */
  takeDuty(name: string, at: Instant, notSince: Instant): Promise<boolean>;
  /** A duty that was taken up at `at` failed: it is due again. */
  giveBackDuty(name: string, at: Instant): Promise<void>;
  /** What a duty left behind, and when it was last taken up. Nobody else changes it until the step ends. */
  duty(name: string): Promise<{ at: Instant; left: Record<string, unknown> } | null>;
  leaveDuty(name: string, left: Record<string, unknown>): Promise<void>;
  /** The rotated refresh token of an account, sealed; null when none was kept for the configured one. */
  keptToken(account: string, configured: string): Promise<Uint8Array | null>;
  keepToken(account: string, configured: string, sealed: Uint8Array, at: Instant): Promise<void>;
  /**
   * Erases bytes and subjects of letters, in and out, whose time has come: older than `before`, and of a case that
   * closed before it or of none; our letters to ourselves older than `canariesBefore`. What waits for somebody stays.
   * @param limit most letters in this step. @returns how many were erased.
   */
  eraseLettersBefore(term: {
    before: Instant;
    beforeDay: Day;
    canariesBefore: Instant;
    at: Instant;
    limit: number;
  }): Promise<number>;
  /** The same for every letter from or to an address, whatever its age, addresses too; those of open cases stay. */
  eraseLettersOf(address: string, today: Day, at: Instant, limit: number): Promise<PersonErased>;
}
