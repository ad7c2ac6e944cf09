import type { Case } from "../case.ts";
import { type Guarantee, isIssued } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Application, RequestedGuarantee } from "../terms.ts";

/** What becomes of the products of a case when staff put its application right. */

/** Values of the application that every certificate prints. */
const PRINTED = [
  "ordererName",
  "contractorName",
  "jointVentureName",
  "worksTitle",
  "worksNumber",
  "contractPriceYen",
  "contractDate",
  "worksFrom",
  "worksUntil",
  "handlingBranch",
] as const satisfies readonly (keyof Application)[];
const PRINTED_OF_PRODUCT = [
  "form",
  "guaranteedYen",
  "fiscalYearYen",
  "depositBank",
] as const satisfies readonly (keyof RequestedGuarantee)[];

/** Where the notice with the key goes at issue: not printed, but two people answer for it. */
const SENT = [
  "completionNotice",
  "completionEmail",
  "directSubmission",
] as const satisfies readonly (keyof Application)[];
/** Whose guarantee it is: who may ask about one, and who gets its key, also after its end. */
const PARTIES = [
  "ordererName",
  "contractorName",
  "jointVentureName",
] as const satisfies readonly (keyof Application)[];

/** Whether staff may still change what is asked for: nothing of it has been approved, and it has not ended. */
export function isOpen(guarantee: Guarantee): boolean {
  if (guarantee.status === "awaiting_approval") return guarantee.approval === null;
  return ["applied", "returned", "accepted"].includes(guarantee.status);
}

/** A certificate of it holds, or is being drawn: what it prints changes by 変更 and 訂正 only. */
function isPrinted(guarantee: Guarantee): boolean {
  return isApproved(guarantee) || guarantee.status === "in_force";
}

/** Values of the application that no review changes any more, for some product holds or is being drawn with them. */
export function fixedFields(found: Pick<Case, "guarantees">): ReadonlySet<keyof Application> {
  const fixed = found.guarantees.filter((one) => !isOpen(one));
  return new Set<keyof Application>([
    ...(fixed.some(isPrinted) ? PRINTED : []),
    ...(fixed.some(isIssued) ? PARTIES : []),
    ...(fixed.some(isApproved) ? SENT : []),
  ]);
}

function isApproved(guarantee: Guarantee): boolean {
  return guarantee.status === "awaiting_approval" && guarantee.approval !== null;
}

/**
 * The guarantees of the case under the application as it is to be: one whose certificate would print something else
 * goes back to where that is decided (a fee only told is told anew, a request not yet approved is void), what was
 * returned to the applicant is applied for again, and only what has not been accepted may go.
 * @param mended false when nothing but checks was settled: then nothing moves.
 */
export function productsAfter(
  found: Case,
  application: Application,
  mended: boolean,
  newId: () => string,
): Result<Guarantee[]> {
  const differs = (name: keyof Application) => found.application[name] !== application[name];
  const changed = {
    printed: PRINTED.some(differs),
    sent: SENT.some(differs),
    parties: PARTIES.some(differs),
  };
  const after: Guarantee[] = [];
  for (const guarantee of found.guarantees) {
    const requested = application.guarantees.find(({ kind }) => kind === guarantee.kind);
    const moved = productAfter(guarantee, requested, { ...changed, mended });
    if (!moved.ok) return moved;
    if (moved.value !== null) after.push(moved.value);
  }
  const added = application.guarantees
    .filter(({ kind }) => !found.guarantees.some((one) => one.kind === kind))
    .map((requested): Guarantee => ({ id: newId(), kind: requested.kind, requested, status: "applied" }));
  return ok([...after, ...added]);
}

function productAfter(
  guarantee: Guarantee,
  requested: RequestedGuarantee | undefined,
  { printed, sent, parties, mended }: Record<"printed" | "sent" | "parties" | "mended", boolean>,
): Result<Guarantee | null> {
  const { kind } = guarantee;
  if (requested === undefined)
    return guarantee.status === "applied" || guarantee.status === "returned"
      ? ok(null)
      : refuse("review_not_removable", { kind, status: guarantee.status });
  const changed = JSON.stringify(inOrder(requested)) !== JSON.stringify(inOrder(guarantee.requested));
  if (!isOpen(guarantee)) {
    const fixed =
      (printed && isPrinted(guarantee)) ||
      (parties && isIssued(guarantee)) ||
      (sent && isApproved(guarantee));
    return changed || fixed ? refuse("review_too_late", { kind }) : ok(guarantee);
  }
  const next = { ...guarantee, requested };
  const own = PRINTED_OF_PRODUCT.some((name) => requested[name] !== guarantee.requested[name]);
  const applies = guarantee.status === "returned" && mended;
  // The checker approved neither of it: whoever changes it after the request is not to approve it himself.
  const redirected = guarantee.status === "awaiting_approval" && sent;
  return printed || own || applies || redirected ? decide(next, { type: "reopen" }) : ok(next);
}

/** Members in one order, whoever made the object. */
function inOrder(requested: RequestedGuarantee): [string, unknown][] {
  return Object.entries(requested).sort(([a], [b]) => (a < b ? -1 : 1));
}
