import type { SeenEntry } from "../case.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { CaseLetter } from "../rows/letters.ts";
import type { SentLetter } from "../rows/outbox.ts";
import type { Transaction } from "../store.ts";
import type { GuaranteeNumber } from "../terms.ts";
import { actor } from "./settle.ts";

/** Letters of a case, in and out each, that its details list; a case with more has a story that is better read in the mailbox. */
const LETTERS_MAX = 10;

/** Looks of orderers that are listed; a busy town asks more often, and the audit log has them all. */
const SEEN_MAX = 20;

/** What surrounds a case: which orderers have verified it, and its letters in and out, newest first. */
export interface CaseView {
  seen: SeenEntry[];
  /** There are earlier ones than these. */
  seenMore: boolean;
  letters: CaseLetter[];
  /** There are earlier letters than these. */
  more: boolean;
  /** Letters that left the desk, newest first: where to and what became of them, never what they say. */
  sent: SentLetter[];
  /** There are earlier ones than these. */
  sentMore: boolean;
}

/** Hands out what is shown of a case, and notes in the audit log who looked, in one step: it holds personal data. */
export function viewCase(desk: Desk, by: StaffMember, caseId: string): Promise<CaseView> {
  return desk.store.transact(async (tx) => {
    const seen = await tx.seenBy(caseId, SEEN_MAX + 1);
    const letters = await tx.lettersOf(caseId, LETTERS_MAX + 1);
    const sent = await tx.sentLetters(caseId, LETTERS_MAX + 1);
    await noteLook(desk, tx, by, { caseId, number: null });
    const gone = { sent: sent.slice(0, LETTERS_MAX), sentMore: sent.length > LETTERS_MAX };
    const looks = { seen: seen.slice(0, SEEN_MAX), seenMore: seen.length > SEEN_MAX };
    return { ...looks, ...gone, letters: letters.slice(0, LETTERS_MAX), more: letters.length > LETTERS_MAX };
  });
}

/** The same of one guarantee (照会): which orderers have verified something of its case, the latest. */
export function viewGuarantee(
  desk: Desk,
  by: StaffMember,
  looked: { caseId: string; number: GuaranteeNumber },
): Promise<SeenEntry[]> {
  return desk.store.transact(async (tx) => {
    await noteLook(desk, tx, by, looked);
    return tx.seenBy(looked.caseId, SEEN_MAX);
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
