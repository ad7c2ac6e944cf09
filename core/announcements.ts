import type { Check } from "./case.ts";
import type { CaseStateWord } from "./case-state.ts";
import type { GuaranteeKind, LetterKind, Problem, ReceiptNumber } from "./terms.ts";

/**
 * What staff are told in Slack, as data; the sentences stand in `templates/ja/slack.json`. Nothing here may hold an
 * authentication key, and the channel sees no amounts or personal data beyond what the case card shows.
 */
export type ThreadEvent =
  | { event: "opened"; letterId: string; problems: number }
  | { event: "letter_received"; letterId: string; kind: LetterKind; from: string | null }
  | { event: "corrected"; letterId: string; changes: { field: string; before: string; after: string }[] }
  | { event: "accepted"; by: string; kinds: GuaranteeKind[] }
  | { event: "settled"; by: string; how: "paid" | "lump"; kinds: GuaranteeKind[] }
  | { event: "declined"; by: string; kinds: GuaranteeKind[]; reason: string }
  | { event: "issue_requested"; by: string; kinds: GuaranteeKind[] }
  | { event: "approved"; by: string; kinds: GuaranteeKind[] }
  | { event: "issued"; kind: GuaranteeKind; number: string; electronic: boolean }
  | { event: "issue_failed"; reason: string }
  | { event: "letter_sent"; template: string; to: string }
  | { event: "letter_parked"; template: string; to: string; reason: string }
  | { event: "verified"; number: string; ordererName: string };

/** Told in the desk's channel when no case is concerned. */
export type DeskEvent =
  | {
      event: "letter_for_staff";
      letterId: string;
      kind: LetterKind;
      from: string | null;
      reason: string;
      problems: Problem[];
    }
  | { event: "letter_parked"; template: string; to: string; reason: string }
  | { event: "stranger_asked"; from: string; letterId: string }
  | { event: "number_paused"; number: string; failures: number; from: string };

/** One row of the Slack outbox. `cause` and `kind` together are unique: one effect, one message. */
export type SlackPost =
  /** The case's root message: posted once, then rewritten from the case as it stands. */
  | { kind: "card"; caseId: string }
  | { kind: "thread"; cause: string; caseId: string; content: ThreadEvent }
  /** A certificate PDF in the case's thread; never a notice. */
  | { kind: "file"; cause: string; caseId: string; documentId: string; filename: string; title: string }
  | { kind: "desk"; cause: string; content: DeskEvent };

/** What the case card shows; no amounts, no personal data, never a key. */
export interface CaseCard {
  caseId: string;
  receiptNumber: ReceiptNumber;
  version: number;
  worksTitle: string | null;
  ordererName: string | null;
  contractorName: string | null;
  /** What was checked, while somebody still has to decide; ratios, no amounts. Empty once everything is issued. */
  checks: Check[];
  products: {
    guaranteeId: string;
    kind: GuaranteeKind;
    medium: "electronic" | "paper" | null;
    state: CaseStateWord;
    /** Approved, and its documents are being drawn: nobody has to do anything. */
    approved: boolean;
    number: string | null;
  }[];
}
