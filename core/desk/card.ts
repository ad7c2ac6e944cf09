import type { CaseCard } from "../announcements.ts";
import type { Case } from "../case.ts";
import { stateWord } from "../case-state.ts";
import { isIssued } from "../guarantee/guarantee.ts";
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
    trust: found.trust,
    checks: found.guarantees.some((g) => UNDECIDED.includes(g.status)) ? found.checks : [],
    products: found.guarantees.map((guarantee) => ({
      guaranteeId: guarantee.id,
      kind: guarantee.kind,
      medium: guarantee.requested.form,
      state: stateWord(guarantee),
      approved: guarantee.status === "awaiting_approval" && guarantee.approval !== null,
      number: isIssued(guarantee) ? guarantee.number : null,
    })),
  };
}
