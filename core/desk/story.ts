import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { StoryLine } from "../rows/reports.ts";
import type { ReceiptNumber } from "../terms.ts";

/** Lines that one look gives; about as many as two messages of Slack hold. */
const LINES_AT_ONCE = 20;
/** A case has some dozens of lines; whoever writes a million into a button gets no work out of the database. */
export const STORY_OFFSET_MAX = 99_999;

/** Part of a case's story, in the order of time. */
export interface StoryPart {
  caseId: string;
  receiptNumber: ReceiptNumber;
  lines: StoryLine[];
  /** Where in the story the first of them stands, from 0. */
  offset: number;
  total: number;
}

/**
 * What happened to a case, from line `offset`. The look itself is noted in the audit log in the same step: it stands in
 * the story the next time.
 */
export async function caseStory(
  desk: Desk,
  by: StaffMember,
  { caseId, offset }: { caseId: string; offset: number },
): Promise<Result<StoryPart>> {
  if (!mayDo(by, "audit")) return refuse("role_missing", { deed: "audit" });
  return desk.store.transact(async (tx) => {
    const found = await tx.caseById(caseId);
    if (found === null) return refuse("case_not_found", { reference: "" });
    const story = await tx.storyOf(caseId, Math.min(offset, STORY_OFFSET_MAX), LINES_AT_ONCE);
    await tx.audit({
      at: desk.now(),
      actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
      action: "story_viewed",
      caseId,
      guaranteeId: null,
      cause: `command:${desk.newId()}`,
      data: { fromLine: offset + 1 },
    });
    return ok({ caseId, receiptNumber: found.receiptNumber, offset, ...story });
  });
}
