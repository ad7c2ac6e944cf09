import type { Day } from "../terms.ts";

/** Guarantees whose 保証期限 is near, as they are kept. */
export interface ExpiryRows {
  /**
   * Guarantees in force whose 保証期限 lies in this span (days, both included) and of which nobody has been told yet that
   * it is this day; next first.
   */
  expiringUntold(from: Day, until: Day, limit: number): Promise<{ guaranteeId: string; caseId: string }[]>;
}

/** What names the telling of one guarantee's one 保証期限: the cause of the line in its thread. */
export function expiryCause(guaranteeId: string, until: Day): string {
  return `expiring:${guaranteeId}:${until}`;
}
