import type { CaseCard } from "../announcements.ts";
import { type Case, reviewOf } from "../case.ts";
import { deedsFor, nextDeeds, stateWord } from "../case-state.ts";
import { type Guarantee, isIssued, latestCertificate } from "../guarantee/guarantee.ts";
import type { GuaranteeStatus } from "../terms.ts";

/** Statuses in which the checks of the application still matter to who decides next. */
const UNDECIDED: readonly GuaranteeStatus[] = ["applied", "returned", "accepted", "awaiting_approval"];

/** What the channel may see of a case: no amounts, no personal data, never a key. */
export function caseCard(found: Case): CaseCard {
  return {
    caseId: found.id,
    receiptNumber: found.receiptNumber,
    version: found.version,
    worksTitle: found.application.worksTitle,
    ordererName: found.application.ordererName,
    contractorName: found.application.contractorName,
    origin: found.origin,
    trust: found.trust,
    since: found.changedAt,
    checks: found.guarantees.some((g) => UNDECIDED.includes(g.status))
      ? found.checks.map((check) => ({ ...check, settledBy: reviewOf(found, check)?.by.name ?? null }))
      : [],
    products: found.guarantees.map((guarantee) => ({
      guaranteeId: guarantee.id,
      kind: guarantee.kind,
      medium: guarantee.requested.form,
      state: stateWord(guarantee),
      approved: isApproved(guarantee),
      number: isIssued(guarantee) ? guarantee.number : null,
      serial: isIssued(guarantee) ? latestCertificate(guarantee).serial : 0,
      change: guarantee.status === "in_force" ? (guarantee.change?.proposed.change ?? null) : null,
    })),
    tasks: found.tasks.flatMap(({ id, task, kind, done }) => (done === null ? [{ id, task, kind }] : [])),
    ended: found.ended?.how ?? null,
    next: nextDeeds(found),
    deeds: deedsFor(found),
  };
}

/** Two people have decided, and a certificate is being drawn. */
function isApproved(guarantee: Guarantee): boolean {
  if (guarantee.status === "awaiting_approval") return guarantee.approval !== null;
  return guarantee.status === "in_force" && guarantee.change?.approval != null;
}
