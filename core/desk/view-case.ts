import type { SeenEntry } from "../case.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { CaseLetter } from "../rows/letters.ts";
import type { Transaction } from "../store.ts";
import type { GuaranteeNumber } from "../terms.ts";
import { actor } from "./settle.ts";

/** Letters of a case that its details list; a case with more has a story that is better read in the mailbox. */
const LETTERS_MAX = 10;

/** What surrounds a case: which orderers have verified it, and its letters, newest first. */
export interface CaseView {
  seen: SeenEntry[];
  letters: CaseLetter[];
  /** There are earlier letters than these. */
  more: boolean;
}

/** Hands out what is shown of a case, and notes in the audit log who looked, in one step: it holds personal data. */
export function viewCase(desk: Desk, by: StaffMember, caseId: string): Promise<CaseView> {
  return desk.store.transact(async (tx) => {
    const seen = await tx.seenBy(caseId);
    const letters = await tx.lettersOf(caseId, LETTERS_MAX + 1);
    await noteLook(desk, tx, by, { caseId, number: null });
    return { seen, letters: letters.slice(0, LETTERS_MAX), more: letters.length > LETTERS_MAX };
  });
}

/** The same of one guarantee (照会): which orderers have verified something of its case. */
export function viewGuarantee(
  desk: Desk,
  by: StaffMember,
  looked: { caseId: string; number: GuaranteeNumber },
): Promise<SeenEntry[]> {
  return desk.store.transact(async (tx) => {
    await noteLook(desk, tx, by, looked);
    return tx.seenBy(looked.caseId);
  });
}

async function noteLook(
  desk: Desk,
  tx: Transaction,
  by: StaffMember,
  { caseId, number }: { caseId: string; number: GuaranteeNumber | null },
): Promise<void> {
  await tx.audit({
    at: desk.now(),
    actor: { kind: "staff", actor: actor(by) },
    action: number === null ? "case_viewed" : "guarantee_viewed",
    caseId,
    guaranteeId: null,
    cause: `command:${desk.newId()}`,
    data: number === null ? {} : { number },
  });
}
