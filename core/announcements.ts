import type { Check, SenderTrust, StaffTask } from "./case.ts";
import type { CaseDeed, CaseStateWord } from "./case-state.ts";
import type { ChangeKind } from "./guarantee/guarantee.ts";
import type { Day, GuaranteeKind, Instant, LetterKind, Problem, ReceiptNumber } from "./terms.ts";

/**
 * What staff are told in Slack, as data; the sentences stand in `templates/ja/slack/`. Nothing here may hold an
 * authentication key. A case's root message shows no amounts and no personal data; its thread is the log for those who
 * work on it, with amounts that were put right and the addresses that letters came from and went to.
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
  | { event: "returned" | "sent_back" | "withdrawn"; by: string; kinds: GuaranteeKind[]; reason: string }
  /** Staff went through the application: what they put right, which checks and questions they settled. */
  | {
      event: "reviewed";
      by: string;
      changes: { field: string; before: string; after: string }[];
      settled: { code: Check["code"]; kind: GuaranteeKind | null; note: string }[];
      answered: string[];
      /** Products whose request to issue became void with it. */
      voided: GuaranteeKind[];
    }
  /** Entered by staff, from a telephone call or from paper. */
  | { event: "entered"; by: string; origin: "phone" | "paper"; problems: number }
  /** `alone`: on this desk the maker may approve, too (ISSUE_APPROVALS=1). */
  | { event: "issue_requested"; by: string; kinds: GuaranteeKind[]; alone?: boolean }
  | { event: "approved"; by: string; kinds: GuaranteeKind[] }
  | { event: "issued"; kind: GuaranteeKind; number: string; electronic: boolean }
  | {
      event: "change_requested";
      by: string;
      change: ChangeKind;
      kinds: GuaranteeKind[];
      reason: string;
      alone?: boolean;
    }
  | { event: "change_approved"; by: string; change: ChangeKind; kinds: GuaranteeKind[] }
  | { event: "change_refused"; by: string; change: ChangeKind; kinds: GuaranteeKind[]; reason: string }
  /** It holds from now on. `serial` of the certificate that holds then. */
  | {
      event: "changed";
      change: Exclude<ChangeKind, "resend">;
      kind: GuaranteeKind;
      number: string;
      serial: number;
      electronic: boolean;
    }
  /** The price of the works contract has changed and nothing else: no new certificate, the ratio checked anew. */
  | {
      event: "price_noted";
      by: string;
      kind: GuaranteeKind;
      /** The ratio under the new price, and what the orderer's rule says of it. */
      check: Check;
    }
  | { event: "key_resent"; by: string; to: string; kinds: GuaranteeKind[] }
  /** The contractor has no registered address: somebody has to tell him of a change. */
  | { event: "contractor_not_told"; number: string }
  /** Accepted for a contractor whom no letter reaches: somebody has to call him. */
  | { event: "fee_not_told" }
  /** An orderer has seen this guarantee and could not be told of its change. */
  | { event: "orderer_not_told"; ordererName: string; number: string }
  | { event: "task_done"; by: string; task: StaffTask["task"]; kind: GuaranteeKind }
  /** Its 保証期限 is near, and those it concerns were written to; said once for each 保証期限. */
  | { event: "expiring"; kind: GuaranteeKind; number: string; until: Day }
  /** The case waits too long; said once for each state it is left in. */
  | { event: "reminded"; days: number; waitsFor: "staff" | "applicant" }
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
  | RegistryEvent
  /** The newest entry of the audit log, so that a rewrite of the log would show. */
  | { event: "audit_head"; day: Day; serial: number; hash: string }
  | RecoveryEvent;

/** What becomes of a registry; whom it is about, never an address. `addresses`: that mail addresses change, too. */
export type RegistryEvent =
  /** `alone`: ISSUE_APPROVALS=1, its maker may confirm it, too. */
  | ({ event: "registry_requested"; by: string; alone: boolean } & RegistrySubject)
  | ({
      event: "registry_decided";
      state: "confirmed" | "refused" | "withdrawn";
      by: string;
      maker: string;
      reason: string | null;
    } & RegistrySubject)
  | { event: "mailbox_unconfirmed"; name: string; by: string };

interface RegistrySubject {
  changeId: string;
  version: number;
  what: "registered" | "changed" | "mailbox";
  name: string;
  addresses: boolean;
}

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
  /** The contractor is the lead member of this joint venture. */
  jointVentureName: string | null;
  /** What was applied for waits for the applicant's answer (`waitsForApplicant`). */
  asked: boolean;
  origin: "mail" | "phone" | "paper";
  /** How far the sender's address could be trusted; the address itself stays out of the channel. */
  trust: SenderTrust;
  /** Since when it waits for whoever is next. */
  since: Instant;
  /** What was checked, while somebody still has to decide; ratios, no amounts. Empty once everything is issued. */
  checks: (Check & { settledBy: string | null })[];
  products: {
    guaranteeId: string;
    kind: GuaranteeKind;
    medium: "electronic" | "paper" | null;
    state: CaseStateWord;
    /** Approved, and its documents are being drawn: nobody has to do anything. */
    approved: boolean;
    number: string | null;
    /** 0, or the number of the amendment that holds. */
    serial: number;
    /** A change that waits for its checker. */
    change: ChangeKind | null;
  }[];
  /** What still has to be posted. */
  tasks: Pick<StaffTask, "id" | "task" | "kind" | "since">[];
  /** Letters of the case that did not arrive and wait in 復旧. */
  undelivered: number;
  /** A case without a product that was ended as a whole. */
  ended: "declined" | "withdrawn" | null;
  /** What the desk has to do next, the most advanced first, and all that can be done now (`case-state.ts`). */
  next: readonly CaseDeed[];
  deeds: readonly CaseDeed[];
}
