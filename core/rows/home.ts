import type { Case } from "../case.ts";
import type { Standing } from "../case-state.ts";
import type { Day, Instant } from "../terms.ts";
import type { Span } from "./reports.ts";

/** What work lists and the home tab ask of the store. */

/** Which cases somebody looks for. A case is found when one of its products fits, or one of the other members does. */
export type CaseQuestion =
  | {
      about: "work";
      standings: readonly Standing[];
      /** What waits for a checker counts only when another employee made it; null: whoever made it. */
      notMadeBy: string | null;
      /** Of products in force: only those that were amended, or only those that have a key. */
      having: "amendment" | "key" | null;
      /** Cases in which no product was asked for and that have not ended count, too. */
      withoutProduct: boolean;
      /** Whether what was applied for counts while it waits for the applicant's answer (`waitsForApplicant`). */
      asked: boolean;
      /** So do cases of which something has still to be posted. */
      toPost: boolean;
      /** And cases of which a letter did not arrive. */
      undelivered: boolean;
      /** longest: what has waited longest first. newest: what changed last first. */
      order: "longest" | "newest";
    }
  /** 保証期限 in this span of days, both included, the next one first. */
  | { about: "expiry"; from: Day; until: Day }
  /** Something has still to be posted, the oldest first. */
  | { about: "posts" };

/** Numbers of the desk as it stands. */
export interface DeskCounts {
  /** Letters that wait for a person, in and out. */
  parkedIn: number;
  parkedOut: number;
  /** Of those out, and of those still looked into: nobody knows whether they arrived. */
  unsure: number;
  /** Cases opened, products issued and products declined in the span. */
  received: number;
  issued: number;
  declined: number;
}

/** A case that nobody has touched for long. */
export interface IdleCase {
  id: string;
  version: number;
}

export interface HomeRows {
  /** Each question's cases, at most `limit` of each; a few statements in all, however many are asked. */
  casesFor(questions: readonly CaseQuestion[], limit: number): Promise<Case[][]>;
  deskCounts(month: Span): Promise<DeskCounts>;
  /** Open cases unchanged since then of which nobody was reminded in their present version, longest first. */
  casesToRemind(unchangedSince: Instant, limit: number): Promise<IdleCase[]>;
  /** Whether staff were reminded of a case in this version. */
  wasReminded(idle: IdleCase): Promise<boolean>;
}

/** What a reminder is called: one for each version of a case. */
export function reminderCause({ id, version }: IdleCase): string {
  return `reminder:${id}:${version}`;
}
