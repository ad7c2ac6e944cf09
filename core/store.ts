import type { Actor } from "./guarantee/guarantee.ts";
import type { CaseRows } from "./rows/cases.ts";
import type { ExpiryRows } from "./rows/expiry.ts";
import type { HomeRows } from "./rows/home.ts";
import type { LetterRows } from "./rows/letters.ts";
import type { OutboxRows } from "./rows/outbox.ts";
import type { RegistryRows } from "./rows/registry.ts";
import type { ReportRows } from "./rows/reports.ts";
import type { UpkeepRows } from "./rows/upkeep.ts";
import type { VerificationRows } from "./rows/verification.ts";
import type { Instant } from "./terms.ts";

/** What is kept, as plain rows and values (`rows/`); `prisma/store` implements it. */

/** Where everything is kept. One `transact` is one step: state, audit, outbox rows and jobs together or not at all. */
export interface Store {
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface Transaction
  extends LetterRows,
    CaseRows,
    RegistryRows,
    OutboxRows,
    VerificationRows,
    UpkeepRows,
    ReportRows,
    HomeRows,
    ExpiryRows {
  audit(entry: AuditEntry): Promise<void>;
  /** When this database first served a desk; `now` at the very first call. */
  firstStart(now: Instant): Promise<Instant>;
}

/** A process wrote in an office that another one holds by now; nothing of its step was kept. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

export interface AuditEntry {
  at: Instant;
  /** Who: a member of staff, a sender, or the desk itself. */
  actor: { kind: "staff"; actor: Actor } | { kind: "sender"; address: string } | { kind: "desk" };
  /** What, as a code: `case_opened`, `accepted`, `issued`, `key_sent`, `verified`, … */
  action: string;
  caseId: string | null;
  guaranteeId: string | null;
  /** The letter, command or job that caused it. */
  cause: string;
  /** Before/after and other facts as JSON; never a key. */
  data: Record<string, unknown>;
}
