import type { IssuedGuarantee } from "../guarantee/guarantee.ts";
import type { Instant } from "../terms.ts";

/** What verification reads and leaves behind. */

export interface VerificationRows {
  /** Nobody else verifies a guarantee of this number, or tells of its change, until the step ends. */
  lockNumber(number: string): Promise<void>;
  /** Issued guarantees with these numbers, with what verification needs; one query however many numbers. */
  issuedByNumbers(numbers: readonly string[]): Promise<VerifiableGuarantee[]>;
  /** Wrong pairs since `since` for each number as written; the numbers stay locked until the step ends. */
  failuresSince(numbers: readonly string[], since: Instant): Promise<Map<string, number>>;
  saveAttempts(attempts: readonly VerificationAttempt[]): Promise<void>;
  /** Records that a stranger got the neutral line; false when this sender got it on this day before. */
  noteStranger(address: string, day: string): Promise<boolean>;
}

export interface VerifiableGuarantee {
  guarantee: IssuedGuarantee;
  caseId: string;
  ordererId: string | null;
  sealedKey: Uint8Array | null;
  /** Of every version, by its position. */
  certificates: { position: number; documentId: string; filename: string; bytes: Uint8Array }[];
}

export interface VerificationAttempt {
  id: string;
  at: Instant;
  letterId: string;
  address: string;
  ordererId: string | null;
  /** As written, folded. */
  number: string;
  outcome: string;
  /** A wrong pair: counts against the number's budget. */
  failed: boolean;
  guaranteeId: string | null;
}
