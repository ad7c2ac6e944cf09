import type { CaseCard } from "../announcements.ts";
import { type Case, reviewOf } from "../case.ts";
import { deedsFor, nextDeeds, stateWord, waitsForApplicant } from "../case-state.ts";
import {
  type CertificateContent,
  type Guarantee,
  isIssued,
  latestCertificate,
} from "../guarantee/guarantee.ts";
import type { GuaranteeStatus } from "../terms.ts";
import { waitingSince } from "./waiting.ts";

/** Statuses in which the checks of the application still matter to who decides next. */
const UNDECIDED: readonly GuaranteeStatus[] = ["applied", "returned", "accepted", "awaiting_approval"];

/**
 * What the certificate that holds says, once a product is in force: from then on the application is history. Of several
 * products the first; `null` before there is one, and when all have ended.
 */
function contentHeld({ guarantees }: Pick<Case, "guarantees">): CertificateContent | null {
  for (const guarantee of guarantees)
    if (guarantee.status === "in_force") return latestCertificate(guarantee).content;
  return null;
}

/** What the channel may see of a case: no amounts, no personal data, never a key. */
export function caseCard(found: Case): CaseCard {
  const says = contentHeld(found) ?? found.application;
  return {
    caseId: found.id,
    receiptNumber: found.receiptNumber,
    version: found.version,
    worksTitle: says.worksTitle,
    ordererName: found.application.ordererName,
    contractorName: says.contractorName,
    jointVentureName: says.jointVentureName,
    asked: waitsForApplicant(found),
    origin: found.origin,
    trust: found.trust,
    since: waitingSince(found),
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
    tasks: found.tasks.flatMap(({ id, task, kind, since, done }) =>
      done === null ? [{ id, task, kind, since }] : [],
    ),
    undelivered: found.undelivered?.count ?? 0,
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
