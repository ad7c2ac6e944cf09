import type { Actor, Guarantee } from "./guarantee/guarantee.ts";
import type { Contractor, Orderer, Registered } from "./registry.ts";
import type { Application, GuaranteeKind, Instant, Problem, ReceiptNumber } from "./terms.ts";

/** One check made when the case opened, with the rule it rests on. Codes are worded in `templates/ja/checks.json`. */
export interface Check {
  code:
    | "electronic_accepted"
    | "ratio_within"
    | "performance_with_advance"
    | "interim_certified"
    | "advance_guarantee"
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

/** A check that a person has settled, with what convinced him. It counts as long as the check says what it said then. */
export interface CheckReview {
  code: Check["code"];
  kind: GuaranteeKind | null;
  /** The check as it was: verdict, measure and reason. */
  of: string;
  note: string;
  by: Actor;
  at: Instant;
}

/** What still goes by post: staff say when it is done. */
export interface StaffTask {
  id: string;
  /** 保証証書 on paper; 領収証, which stays on paper (FAQ of 角田市). */
  task: "post_certificate" | "post_receipt";
  guaranteeId: string;
  kind: GuaranteeKind;
  since: Instant;
  done: { by: Actor; at: Instant } | null;
}

/** One application and the guarantees asked for in it (受付番号). Its state is derived from theirs. */
export interface Case {
  id: string;
  receiptNumber: ReceiptNumber;
  /** Counts changes; a screen drawn from an older version is stale. */
  version: number;
  openedAt: Instant;
  /** When it last changed: so long it has waited for whoever is next. */
  changedAt: Instant;
  /** How the application came. */
  origin: "mail" | "phone" | "paper";
  /** The application's letter; null when staff entered it. */
  letterId: string | null;
  senderAddress: string;
  /** How far the sender's address could be trusted when the letter came in. */
  trust: SenderTrust;
  application: Application;
  problems: Problem[];
  checks: Check[];
  reviews: CheckReview[];
  /** Only of a case in which no product was asked for: it can end as a whole. */
  ended: { how: "declined" | "withdrawn"; reason: string; at: Instant } | null;
  tasks: StaffTask[];
  /** Letters of the case that did not arrive and wait for a person (復旧), since the first of them; `null`: none. */
  undelivered: { count: number; since: Instant } | null;
  orderer: Registered<Orderer> | null;
  contractor: Registered<Contractor> | null;
  guarantees: Guarantee[];
}

/** What a check says, in one word to compare it by. */
export function checkMark({ verdict, measured, reason }: Check): string {
  return [verdict, measured, reason].join("|");
}

/** The review by which a person settled this check, as it stands now; `null` when it is open. */
export function reviewOf(found: Pick<Case, "reviews">, check: Check): CheckReview | null {
  const about = found.reviews.filter(({ code, kind }) => code === check.code && kind === check.kind);
  return about.findLast(({ of }) => of === checkMark(check)) ?? null;
}

/** authenticated: our border server vouches for the From domain (RFC 8601); registered: known address only. */
export type SenderTrust = "authenticated" | "registered" | "other";

/** Orderers that have verified a guarantee of the case, newest first. */
export interface SeenEntry {
  guaranteeNumber: string;
  ordererName: string;
  at: Instant;
}
