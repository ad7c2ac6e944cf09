/**
 * The vocabulary of the desk. Words mean the same everywhere: in code, in the database and in file names.
 *
 * - works contract (請負契約): what the orderer and the contractor sign; it has a price and a period.
 * - guarantee (保証契約): what the guarantor promises to the orderer about one works contract. It has a
 *   guarantee number and, when electronic, one authentication key that stays through amendments.
 * - orderer (発注者): the public body that ordered the works; printed on the certificate as 被保証者.
 * - contractor (受注者): who applies and pays; printed as 保証契約者. For a joint venture: its lead member.
 * - guarantor (保証事業会社): who runs this desk.
 * - application (申込): one letter's wish for one or more guarantees; a case (receipt number) groups them.
 * - guarantee certificate (保証証書): the document of the promise; each amendment adds a version.
 * - authentication key notice (認証キーのお知らせ): the sheet that carries number and key to the orderer.
 * - verification (照会): an orderer asks with number and key whether a guarantee holds.
 */

/** A calendar day in Asia/Tokyo, `YYYY-MM-DD`. */
export type Day = string;
/** A moment, ISO 8601 in UTC with milliseconds (`2026-04-10T01:02:03.000Z`). */
export type Instant = string;
/** Whole yen, consumption tax included unless a name says otherwise. */
export type Yen = number;
/** Receipt number of a case (受付番号), `A-000001`. */
export type ReceiptNumber = string;
/** Guarantee number (保証契約番号), `NNNNN-NNNNNN`, the last digit a check digit. */
export type GuaranteeNumber = string;
/** Authentication key (認証キー), 12 characters, the last a check character. A secret. */
export type AuthKey = string;

/** 商品（保証区分）, in the order in which products are always listed. */
export const GUARANTEE_KINDS = ["advance_payment", "interim_advance_payment", "performance"] as const;
/** 前払金保証, 中間前払金保証, 契約保証. */
export type GuaranteeKind = (typeof GUARANTEE_KINDS)[number];

/** 保証証書の形式: 電子保証（認証キーを含む） or 証書（紙）. Fixed for the life of a guarantee. */
export type Medium = "electronic" | "paper";

export const GUARANTEE_STATUSES = [
  "applied",
  "returned",
  "accepted",
  "awaiting_approval",
  "in_force",
  "cancelled",
  "released",
  "declined",
  "withdrawn",
] as const;
export type GuaranteeStatus = (typeof GUARANTEE_STATUSES)[number];

export const LETTER_KINDS = [
  "application",
  "correction",
  "verification",
  "form_request",
  "status_inquiry",
  "withdrawal",
  "fee_inquiry",
  "wrong_document",
  "automatic",
  "unrecognised",
] as const;
export type LetterKind = (typeof LETTER_KINDS)[number];

export const PROBLEM_CODES = ["missing", "unreadable", "ambiguous", "inconsistent", "out_of_range"] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Something the reader is not sure of. `field` is a path (`guarantees.performance.guaranteedYen`). */
export interface Problem {
  field: string;
  code: ProblemCode;
  /** One Japanese sentence for the sender: what was read, what is needed. */
  text: string;
}

/** Where one value of a reading was found and how sure that is; for staff, keys masked. */
export interface Evidence {
  /** Path as in `Problem`. */
  field: string;
  /** The value as the reading holds it. */
  value: string;
  /** The letter's own words. */
  written: string;
  /** `null` when the value follows from the letter as a whole. */
  place: {
    origin: "subject" | "body" | "quoted" | "attachment";
    /** File name of an attachment. */
    document: string | null;
    sheet: string | null;
    /** Line or row, from 1. */
    line: number | null;
    /** Column of a spreadsheet, `A` first. */
    column: string | null;
  } | null;
  /** Its label says so, a sentence says so, or it follows from the whole (a subject, one word for all products). */
  confidence: "label" | "sentence" | "implied";
}

/** One product as asked for in a letter; `null` is "not stated", never a default. */
export interface RequestedGuarantee {
  kind: GuaranteeKind;
  form: Medium | null;
  guaranteedYen: Yen | null;
  /** 今年度対象額: the base of the ratio instead of the price, when given. */
  fiscalYearYen: Yen | null;
  depositBank: string | null;
  /** 再預託. */
  redeposit: boolean | null;
  feePayment: string | null;
  feeBillTo: string | null;
  paperFeeStatement: boolean | null;
  advanceGuaranteeNumber: GuaranteeNumber | null;
}

/** What an application letter says, each value as folded text, integer yen or a day. */
export interface Application {
  ordererName: string | null;
  contractorName: string | null;
  jointVentureName: string | null;
  worksTitle: string | null;
  worksNumber: string | null;
  contractPriceYen: Yen | null;
  contractDate: Day | null;
  worksFrom: Day | null;
  worksUntil: Day | null;
  guarantees: RequestedGuarantee[];
  handlingBranch: string | null;
  completionNotice: boolean | null;
  completionEmail: string | null;
  directSubmission: boolean | null;
  contact: { department: string | null; title: string | null; name: string | null; phone: string | null };
  message: string | null;
}

/** Figures an orderer quotes beside number and key, to be compared with ours. */
export interface QuotedFigures {
  worksTitle: string | null;
  contractorName: string | null;
  contractPriceYen: Yen | null;
  guaranteedYen: Yen | null;
  worksFrom: Day | null;
  worksUntil: Day | null;
  contractDate: Day | null;
}

/** One number-and-key pair asked about in a letter. */
export interface VerificationQuery {
  number: string | null;
  key: string | null;
  figures: QuotedFigures;
  asOf: Day | null;
  /** The guarantor a notice names, as written; `null` when no notice was read. */
  guarantor: string | null;
}

/** How a letter is understood: the JSON of `hosho read`. */
export interface Reading {
  kind: LetterKind;
  from: string | null;
  reference: ReceiptNumber | null;
  application: Application | null;
  queries: VerificationQuery[];
  problems: Problem[];
}
