import type { Guarantee } from "../guarantee/guarantee.ts";
import type { AuditEntry } from "../store.ts";
import type { Day, GuaranteeKind, GuaranteeNumber, Instant, Medium, ReceiptNumber, Yen } from "../terms.ts";
import type { DeliveryState } from "./outbox.ts";

/** What is read back of the desk's work as a whole: a case's story, the guarantees for a download, figures. */

/** Serial and hash of one audit entry: whoever knows them can tell whether the log was rewritten since. */
export interface AuditHead {
  serial: number;
  hash: string;
}

/** The audit entry of a letter out; null for a letter that was written before letters had entries. */
export type LetterEntry = (AuditHead & Pick<AuditEntry, "cause">) | null;

/** One thing that happened to a case, from whichever table knows it. */
export type StoryLine =
  | ({ what: "entry"; kind: GuaranteeKind | null } & AuditHead &
      Pick<AuditEntry, "at" | "actor" | "action" | "cause" | "data">)
  | {
      what: "letter_out";
      at: Instant;
      template: string;
      /** As the audit entry says; empty when it was erased. */
      to: string;
      /** `missing`: the audit log knows the letter and the outbox does not. */
      state: DeliveryState | "missing";
      /** Since when it is in that state. */
      stateAt: Instant;
      entry: LetterEntry;
    }
  | {
      what: "verified";
      at: Instant;
      number: GuaranteeNumber;
      ordererName: string;
      address: string;
      /** Of the letter that told it. */
      entry: LetterEntry;
    };

/** An issued guarantee with what the download says of its case. */
export interface IssuedRow {
  receiptNumber: ReceiptNumber;
  /** As the registry calls them now; null for a case that was never linked. */
  orderer: string | null;
  contractor: string | null;
  guarantee: Guarantee;
}

/** Days from `from`, and before `until`, in Tokyo. */
export interface Span {
  from: Day;
  until: Day;
}

/** What statistics are broken down by. */
export const DIMENSIONS = ["branch", "product", "orderer", "medium"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Products (not cases) to which something happened in the span. */
export interface Counts {
  received: number;
  issued: number;
  /** Of those issued, as the first certificate says. */
  issuedYen: Yen;
  declined: number;
  withdrawn: number;
  cancelled: number;
}

export interface CountedGroup extends Counts {
  dimension: Dimension;
  /** Null where nothing is known (no branch, no medium yet); `GuaranteeKind` and `Medium` as codes. */
  name: GuaranteeKind | Medium | string | null;
  /** Zero, or how many small groups were put together in this one. */
  rest: number;
}

export interface Figures {
  cases: number;
  all: Counts;
  /** The largest of each dimension first. */
  groups: CountedGroup[];
  /** From the application to the first certificate, of what was issued in the span; null when nothing was. */
  hoursToIssue: { median: number; p90: number } | null;
  /** Products that wait now, by what they wait for; and since when the oldest does. */
  waiting: {
    state: "applied" | "returned" | "fee_awaited" | "accepted" | "awaiting_approval";
    count: number;
  }[];
  oldestWaiting: Instant | null;
}

export interface ReportRows {
  /** The story of a case in the order of time, from line `offset`; `total` lines there are in all. */
  storyOf(caseId: string, offset: number, limit: number): Promise<{ lines: StoryLine[]; total: number }>;
  /** The newest entry of the audit log; null while there is none. */
  auditHead(): Promise<AuditHead | null>;
  /** When the first entry was made. */
  auditedSince(): Promise<Instant | null>;
  /** The hash that an entry has now. */
  auditHash(serial: number): Promise<string | null>;
  /** Guarantees that were issued, in order of number, behind `after`. */
  issuedAfter(after: GuaranteeNumber | null, limit: number): Promise<IssuedRow[]>;
  /** @param groupsMax of one dimension; the smaller ones are put together. */
  figures(span: Span, groupsMax: number): Promise<Figures>;
}
