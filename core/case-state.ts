import type { Case } from "./case.ts";
import { type Guarantee, latestCertificate } from "./guarantee/guarantee.ts";
import type { GuaranteeKind, Problem } from "./terms.ts";

/** What the card says of a product; worded 受付, 差戻, 引受, 入金待ち, 承認待ち, 発行済, 解約, 終了, 謝絶, 取下. */
export type CaseStateWord =
  | "applied"
  | "returned"
  | "accepted"
  | "fee_awaited"
  | "awaiting_approval"
  | "in_force"
  | "cancelled"
  | "released"
  | "declined"
  | "withdrawn";

/** An accepted guarantee waits for its fee until that is settled; every other state is its status. */
export function stateWord(guarantee: Guarantee): CaseStateWord {
  if (guarantee.status !== "accepted") return guarantee.status;
  return guarantee.fee.settlement === null ? "fee_awaited" : "accepted";
}

/**
 * The state word, told apart by what still matters to who may do something: whether two people have decided already
 * (drawing: a first certificate is being made, changing: a later one) or one has asked (change_asked).
 */
export type Standing = CaseStateWord | "drawing" | "change_asked" | "changing";

export function standingOf(guarantee: Guarantee): Standing {
  if (guarantee.status === "awaiting_approval" && guarantee.approval !== null) return "drawing";
  if (guarantee.status !== "in_force" || guarantee.change === null) return stateWord(guarantee);
  return guarantee.change.approval === null ? "change_asked" : "changing";
}

/** The deeds that act on a case, in the order in which its menu names them. */
export const CASE_DEEDS = [
  "review",
  "accept",
  "paid",
  "issue",
  "approve",
  "return",
  "decline",
  "withdraw",
  "amend",
  "rectify",
  "unamend",
  "cancel",
  "release",
  "resend",
] as const;
export type CaseDeed = (typeof CASE_DEEDS)[number];

const ISSUED: readonly CaseDeed[] = ["amend", "rectify", "unamend", "cancel", "release", "resend"];
const ENDS: readonly CaseDeed[] = ["decline", "withdraw"];

/** THE table of what can be done in which state; lists, menus, buttons and queries look nowhere else. */
export const DEEDS_IN: Readonly<Record<Standing, readonly CaseDeed[]>> = {
  applied: ["accept", "review", "return", ...ENDS],
  returned: ["review", ...ENDS],
  fee_awaited: ["paid", "review", ...ENDS],
  accepted: ["issue", "review", ...ENDS],
  // Who asks anew becomes the maker, and the request before is void.
  awaiting_approval: ["approve", "issue", "return", "review", ...ENDS],
  drawing: [],
  in_force: ISSUED,
  change_asked: ["approve", "return", ...ISSUED],
  changing: [],
  cancelled: [],
  released: [],
  declined: [],
  withdrawn: [],
};

/** A case in which no product was asked for is looked through, or ends as a whole. */
export const DEEDS_WITHOUT_PRODUCT: readonly CaseDeed[] = ["review", ...ENDS];

/** What the desk itself has to do next; the other states wait for somebody else, or for nobody. */
export const NEXT_IN: Readonly<Partial<Record<Standing, CaseDeed>>> = {
  applied: "accept",
  fee_awaited: "paid",
  accepted: "issue",
  awaiting_approval: "approve",
  change_asked: "approve",
};

/** What a certificate prints: while one of these is open, nothing can be accepted. */
const NEEDED = [
  "ordererName",
  "contractorName",
  "worksTitle",
  "contractPriceYen",
  "worksFrom",
  "worksUntil",
  "contractDate",
  "guarantees",
  "application",
];
const NEEDED_PER_PRODUCT = ["form", "guaranteedYen", "depositBank", "fiscalYearYen"];

/** The open questions that stand in the way of accepting these products. */
export function hinderingProblems(problems: readonly Problem[], kinds: readonly GuaranteeKind[]): Problem[] {
  return problems.filter(
    ({ field }) =>
      NEEDED.includes(field) ||
      kinds.some((kind) => NEEDED_PER_PRODUCT.some((name) => field === `guarantees.${kind}.${name}`)),
  );
}

/**
 * Whether what was applied for (or a case without a product) waits for the applicant, who was asked something that has to
 * be known before anybody can accept it. Without an address nobody was asked. Staff may still put it right in a review. THE place that decides it: cards and
 * reminders ask here, and the store keeps the answer (`cases.asked`) for its queries.
 */
export function waitsForApplicant({
  senderAddress,
  problems,
  guarantees,
}: {
  senderAddress: string;
  problems: readonly Problem[];
  guarantees: readonly { kind: GuaranteeKind; status: string }[];
}): boolean {
  if (senderAddress === "") return false;
  const applied = guarantees.flatMap(({ kind, status }) => (status === "applied" ? [kind] : []));
  if (guarantees.length > 0 && applied.length === 0) return false;
  return hinderingProblems(problems, applied).length > 0;
}

type Judged = Pick<Case, "guarantees" | "ended">;

/** Every deed that at least one product of the case can take now. */
export function deedsFor(found: Judged): CaseDeed[] {
  const possible = new Set(
    found.guarantees.length === 0
      ? found.ended === null
        ? DEEDS_WITHOUT_PRODUCT
        : []
      : found.guarantees.flatMap(deedsOf),
  );
  return CASE_DEEDS.filter((deed) => possible.has(deed));
}

/** What one product can take. Without an amendment there is none to withdraw; one on paper has no key to send. */
export function deedsOf(guarantee: Guarantee): readonly CaseDeed[] {
  const deeds = DEEDS_IN[standingOf(guarantee)];
  if (guarantee.status !== "in_force") return deeds;
  const { serial, content } = latestCertificate(guarantee);
  return deeds.filter(
    (deed) => (deed !== "unamend" || serial > 0) && (deed !== "resend" || content.medium === "electronic"),
  );
}

/**
 * What the desk has to do next about the case, the most advanced first. Where the applicant has been asked, the way on is
 * the review, for whoever learns the answer in another way.
 */
export function nextDeeds(found: Judged & Pick<Case, "problems" | "senderAddress">): CaseDeed[] {
  if (found.guarantees.length === 0) return found.ended === null ? ["review"] : [];
  const asked = waitsForApplicant(found);
  const next = found.guarantees.map((guarantee) =>
    asked && guarantee.status === "applied" ? "review" : NEXT_IN[standingOf(guarantee)],
  );
  return CASE_DEEDS.filter((deed) => next.includes(deed)).reverse();
}
