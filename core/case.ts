import type { Guarantee } from "./guarantee/guarantee.ts";
import type { Contractor, Orderer, Registered } from "./registry.ts";
import type { Application, GuaranteeKind, Instant, Problem, ReceiptNumber } from "./terms.ts";

/** One check made when the case opened, with the rule it rests on. Codes are worded in `templates/ja/checks.json`. */
export interface Check {
  code:
    | "electronic_accepted"
    | "ratio_within"
    | "performance_with_advance"
    | "sender_registered"
    | "contractor_registered"
    | "orderer_registered"
    | "complete";
  kind: GuaranteeKind | null;
  verdict: "pass" | "fail" | "unknown";
  /** What was measured, for people: `40.0 %`. Empty when there is nothing to measure. */
  measured: string;
  /** Why, as a code of the check that was made (`over_ceiling`, `inside_start_month`, …); empty when it passed. */
  reason: string;
  /** The rule in our own words and where it comes from; empty for the desk's own rules. */
  rule: string;
  source: string;
}

/** One application and the guarantees asked for in it (受付番号). Its state is derived from theirs. */
export interface Case {
  id: string;
  receiptNumber: ReceiptNumber;
  /** Counts changes; a screen drawn from an older version is stale. */
  version: number;
  openedAt: Instant;
  letterId: string;
  senderAddress: string;
  /** How far the sender's address could be trusted when the letter came in. */
  trust: SenderTrust;
  application: Application;
  problems: Problem[];
  checks: Check[];
  orderer: Registered<Orderer> | null;
  contractor: Registered<Contractor> | null;
  guarantees: Guarantee[];
}

/** authenticated: our border server vouches for the From domain (RFC 8601); registered: known address only. */
export type SenderTrust = "authenticated" | "registered" | "other";

/** Orderers that have verified a guarantee of the case, newest first. */
export interface SeenEntry {
  guaranteeNumber: string;
  ordererName: string;
  at: Instant;
}
