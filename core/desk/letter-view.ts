import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { StoredLetter } from "../rows/letters.ts";
import type { Evidence, Problem, ReceiptNumber } from "../terms.ts";

/** What staff may look at of a letter that came in: how it was understood, or the letter itself. */
export type LetterView = "reading" | "original";

/** One look of one person at one letter. */
export interface LetterLook {
  letterId: string;
  view: LetterView;
  /** Long letters are looked at a page at a time; from 0. */
  page: number;
}

export interface ViewedLetter {
  letter: StoredLetter;
  /** Of the case it belongs to. */
  receiptNumber: ReceiptNumber | null;
  evidence: Evidence[];
  /** Null when nothing is kept of that. */
  problems: Problem[] | null;
}

/**
 * Hands out a letter to be looked at and notes in the audit log who looked at what, in one step. Letters hold personal
 * data: whoever may see cases may see theirs, but one that waits for a person is the business of those who decide on it.
 */
export async function viewLetter(
  desk: Desk,
  by: StaffMember,
  { letterId, view, page }: LetterLook,
): Promise<Result<ViewedLetter>> {
  if (!mayDo(by, "show")) return refuse("role_missing", { deed: "show" });
  return desk.store.transact(async (tx) => {
    const letter = await tx.letter(letterId);
    if (letter === null) return refuse("letter_unknown");
    if (letter.state === "parked" && !mayDo(by, "recover"))
      return refuse("role_missing", { deed: "recover" });
    if (letter.sealedRaw.length === 0) return refuse("letter_gone");
    const { caseId } = letter;
    const found = caseId === null ? null : await tx.caseById(caseId);
    await tx.audit({
      at: desk.now(),
      actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
      action: "letter_viewed",
      caseId,
      guaranteeId: null,
      cause: `command:${desk.newId()}`,
      data: { view, letterId, page },
    });
    const { evidence, problems } = (await tx.understandingOf(letterId)) ?? { evidence: [], problems: null };
    return ok({ letter, receiptNumber: found?.receiptNumber ?? null, evidence, problems });
  });
}
