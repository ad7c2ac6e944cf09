import type { Check, SenderTrust } from "./case.ts";
import type { CaseStateWord } from "./case-state.ts";
import type { GuaranteeKind, LetterKind, Problem, ReceiptNumber } from "./terms.ts";

/**
 * What staff are told in Slack, as data; the sentences stand in `templates/ja/slack/`. Nothing here may hold an
 * authentication key, and the channel sees no amounts or personal data beyond what the case card shows.
 */
export type ThreadEvent =
  | { event: "opened"; letterId: string; problems: number }
  | {
      event: "letter_received";
      letterId: string;
      kind: LetterKind;
      from: string | null;
      /** The desk wrote back; what it wrote does not settle the letter. */
      answered: boolean;
      reason: string;
    }
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
  | { event: "verified"; number: string; ordererName: string }
  | RecoveryEvent;

/** What a member of staff decided about letters that waited for a person. */
export type RecoveryEvent =
  | { event: "letter_retried" | "letter_closed"; by: string; from: string | null; count: number }
  | { event: "outbound_retried" | "outbound_closed"; by: string; template: string; to: string };

/** Told in the desk's channel when no case is concerned. */
export type DeskEvent =
  | {
      event: "letter_for_staff";
      letterId: string;
      kind: LetterKind;
      from: string | null;
      /** Keys masked; null when the letter could not be read. */
      subject: string | null;
      /** It waits in 復旧; else it lies in the folder Review and is answered by hand. */
      parked: boolean;
      /** The desk wrote back; what it wrote does not settle the letter. */
      answered: boolean;
      reason: string;
      problems: Problem[];
    }
  | { event: "letter_parked"; template: string; to: string; reason: string }
  | { event: "stranger_asked"; from: string; letterId: string }
  | { event: "number_paused"; number: string; failures: number; from: string }
  /** The mail engine needs a person: `code` is worded in `slack/engine.json` under `engine`, with the members of `detail`. */
  | { event: "engine_trouble"; code: string; detail: Record<string, string> }
  | RecoveryEvent;

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
  /** How far the sender's address could be trusted; the address itself stays out of the channel. */
  trust: SenderTrust;
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
