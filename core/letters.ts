import type { CaseStateWord } from "./case-state.ts";
import type { Difference } from "./guarantee/content.ts";
import type { CertificateVersion, Fee } from "./guarantee/guarantee.ts";
import type {
  Application,
  Day,
  GuaranteeKind,
  GuaranteeNumber,
  Instant,
  Problem,
  ReceiptNumber,
  Yen,
} from "./terms.ts";
import type { VerificationAnswer } from "./verification/answer.ts";

/** A file that leaves with a letter. */
export interface LetterAttachment {
  filename: string;
  contentType: string;
  content: Uint8Array;
}

/** A letter to the orderer, ready for the contractor to send (draft `.eml` and its text). */
export interface SubmissionDraft {
  to: string[];
  cc: string[];
  subject: string;
  bodyItems: string[];
  extraDocuments: string[];
  confirmByPhone: boolean;
  note: string | null;
  /** File names of the notices that belong to it. */
  attachmentNames: string[];
}

/** Letters about a guarantee that has been issued and is no longer what it was, or soon will not be. */
export type ChangeTemplate = "amended" | "rectified" | "unamended" | "cancelled" | "released" | "expiring";

/** What a letter says, as data; the sentences stand in `templates/ja/mail/<template>.txt`. */
export type LetterContent =
  | { template: "receipt"; receiptNumber: ReceiptNumber; application: Application; senderRegistered: boolean }
  | {
      template: "questions";
      receiptNumber: ReceiptNumber;
      application: Application;
      problems: Problem[];
      senderRegistered: boolean;
    }
  | {
      template: "declined";
      receiptNumber: ReceiptNumber;
      application: Application;
      kinds: GuaranteeKind[];
      reason: string;
    }
  /** To be put right and sent again (差戻); or taken back, as the applicant wished (取下). */
  | {
      template: "returned" | "withdrawn";
      receiptNumber: ReceiptNumber;
      application: Application;
      kinds: GuaranteeKind[];
      reason: string;
    }
  | {
      template: "fee_due";
      receiptNumber: ReceiptNumber;
      application: Application;
      fees: { kind: GuaranteeKind; guaranteedYen: Yen; feeYen: Fee["feeYen"] }[];
      totalYen: Yen;
      lump: boolean;
    }
  | {
      template: "issued";
      receiptNumber: ReceiptNumber;
      certificates: {
        number: string;
        version: CertificateVersion;
        kind: GuaranteeKind;
        electronic: boolean;
      }[];
      drafts: SubmissionDraft[];
    }
  | {
      template: ChangeTemplate;
      receiptNumber: ReceiptNumber;
      /** Whom it is written to; the contractor also checks the contents, an orderer only has to know. */
      reader: "contractor" | "orderer";
      addressee: string;
      number: GuaranteeNumber;
      kind: GuaranteeKind;
      electronic: boolean;
      /** The certificate that holds now; of a guarantee that has ended, its last. */
      version: CertificateVersion;
      /** What it says otherwise than the one before; empty where nothing new was issued. */
      differences: Difference[];
      /** The day from which the guarantee no longer holds, or its 保証期限. */
      on: Day | null;
    }
  /** 認証キーのお知らせ once more. */
  | {
      template: "key_resent";
      receiptNumber: ReceiptNumber;
      contractorName: string;
      guarantees: { number: GuaranteeNumber; kind: GuaranteeKind }[];
    }
  | { template: "verification"; answeredAt: Instant; ordererName: string; answers: VerificationAnswer[] }
  /** Where the sender's own cases stand. */
  | {
      template: "status";
      cases: {
        receiptNumber: ReceiptNumber;
        application: Application;
        /** What the sender still has to answer. */
        problems: Problem[];
        products: { kind: GuaranteeKind; state: CaseStateWord }[];
      }[];
    }
  /** What the guarantees asked about would cost on a day; `application` holds whatever the letter said of the works. */
  | {
      template: "fee_inquiry";
      application: Application;
      fees: { kind: GuaranteeKind; guaranteedYen: Yen; feeYen: Yen }[];
      totalYen: Yen;
      day: Day;
    }
  /** The fill-in form that was asked for. */
  | { template: "blank_form" }
  /** A certificate, an insurer's link or a picture came instead of number and key. */
  | { template: "wrong_document" }
  /** No case could be made of an application. */
  | { template: "send_again"; problems: Problem[] }
  /** To a sender registered for no orderer: says nothing about any guarantee. */
  | { template: "not_registered" }
  /** To ourselves, to see that letters still go out and come in. */
  | { template: "canary"; sentAt: Instant }
  /** To ourselves: the newest entry of the audit log, kept where nobody who writes the database can change it. */
  | { template: "audit_head"; day: Day; serial: number; hash: string };

export type LetterTemplate = LetterContent["template"];

/** The letter this one answers. Absent for a letter that starts a thread. */
export interface ReplyTo {
  messageId: string | null;
  references: string[];
  subject: string | null;
}

/** A letter that leaves the desk: one envelope recipient, one cause, one kind. */
export interface OutgoingLetter {
  /** What caused it; with `content.template` the identity of the effect: the same cause never sends twice. */
  cause: string;
  to: string;
  caseId: string | null;
  /** The sender whose letter this answers by itself; null for what staff or the clock caused. It counts against caps. */
  answers: string | null;
  replyTo: ReplyTo | null;
  content: LetterContent;
  attachments: LetterAttachment[];
}

/** The finished bytes and the Message-ID fixed before the first attempt. */
export interface ComposedLetter {
  /** Names the letter; part of its Message-ID and of the address to which bounces come. */
  id: string;
  /** Envelope sender. */
  envelopeFrom: string;
  messageId: string;
  subject: string;
  bytes: Uint8Array;
}
