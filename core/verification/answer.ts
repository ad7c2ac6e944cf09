import type { Day, GuaranteeKind, QuotedFigures } from "../terms.ts";

/** How one quoted figure compares with the certificate. */
export const MATCHES = [
  "same",
  "written_differently",
  "different",
  "price_changed_no_amendment_needed",
  "not_ours_to_say",
] as const;
export type Match = (typeof MATCHES)[number];

export interface Comparison {
  field: keyof QuotedFigures;
  quoted: string | number;
  /** `null` where we have no such value. */
  ours: string | number | null;
  match: Match;
}

/**
 * - confirmed: number and key belong together and to the asking orderer.
 * - not_confirmed: unknown number, wrong key or another orderer's guarantee; the three read the same.
 * - mistyped: the check digit or check character fails; nothing was looked up.
 * - locked: too many wrong pairs for this number; nothing was looked up.
 * - try_later: we could not check. It never reads as "it is false".
 */
export const OUTCOMES = ["confirmed", "not_confirmed", "mistyped", "locked", "try_later"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type AnsweredStatus = "in_force" | "expired" | "cancelled" | "released";

/** The answer to one query. The members after `comparison` are for the letter only, not for `verification.json`. */
export interface VerificationAnswer {
  /** The number as asked, folded; `null` when none was given. */
  number: string | null;
  outcome: Outcome;
  /** `null` unless confirmed, and when the guarantee did not exist yet on the day asked for. */
  status: AnsweredStatus | null;
  amendmentSerial: number | null;
  asOf: Day | null;
  comparison: Comparison[];
  /** Only when confirmed: what the certificate says. */
  certificate: {
    kind: GuaranteeKind;
    worksTitle: string;
    contractorName: string;
    guaranteeUntil: Day;
  } | null;
  /** Set when a notice names another guarantor: nothing was looked up. */
  otherGuarantor: string | null;
}
