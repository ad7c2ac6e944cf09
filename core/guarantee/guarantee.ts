import type {
  Day,
  GuaranteeKind,
  GuaranteeNumber,
  Instant,
  Medium,
  RequestedGuarantee,
  Yen,
} from "../terms.ts";

/** Somebody who acts on the desk, known by employee number: one person may have several Slack accounts. */
export interface Actor {
  employee: string;
  name: string;
}

/** How the fee was settled: paid, or billed monthly to a contractor with that arrangement (保証料一括納付). */
export interface Settlement {
  how: "paid" | "lump";
  by: Actor;
  at: Instant;
}

/** The fee as staff told it to the contractor. No guarantee is concluded before it is settled. */
export interface Fee {
  feeYen: Yen;
  toldAt: Instant;
  settlement: Settlement | null;
}

/** Everything a certificate will print, as the maker confirmed it; number and time are added at issue. */
export interface CertificateContent {
  kind: GuaranteeKind;
  medium: Medium;
  contractorName: string;
  contractorAddress: string;
  contractorRepresentative: string;
  jointVentureName: string | null;
  /** 被保証者 as printed (○○長). */
  ordererName: string;
  guaranteedYen: Yen;
  guaranteeUntil: Day;
  worksTitle: string;
  worksNumber: string | null;
  contractPriceYen: Yen;
  fiscalYearYen: Yen | null;
  worksFrom: Day;
  worksUntil: Day;
  contractDate: Day;
  /** Advance and interim advance payment only. */
  depositBank: string | null;
  handlingBranch: string | null;
}

/** The maker's request to issue exactly this content. */
export interface IssueRequest {
  /** The case's version that this request made; a decision names it, and there is one decision a version. */
  version: number;
  content: CertificateContent;
  /** SHA-256 over the content; the checker approves this very version. */
  contentHash: string;
  /** What the request before this one said, or what application and registry say: the checker sees the difference. */
  previous: CertificateContent | null;
  maker: Actor;
  requestedAt: Instant;
}

/** The checker's approval; it reserves the number (and, for an electronic guarantee, the key) for that version. */
export interface Approval {
  checker: Actor;
  approvedAt: Instant;
  number: GuaranteeNumber;
}

export const CHANGE_KINDS = ["amend", "rectify", "unamend", "cancel", "release", "resend"] as const;
/**
 * What two people can do to a guarantee in force. amend (変更): the promise changes, the serial counts up. rectify
 * (訂正): the certificate was wrong from the beginning, its serial stays. unamend (変更取消): the latest amendment is
 * withdrawn, the version before holds again. cancel (解約), release (終了): it ends. resend (再送): the key leaves once
 * more, to an address that was registered after the guarantee was issued.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What is asked for, as the maker confirmed it. */
export type ProposedChange =
  | { change: "amend" | "rectify"; content: CertificateContent; reason: string }
  | { change: "unamend"; reason: string }
  | { change: "cancel" | "release"; on: Day; reason: string }
  | { change: "resend"; to: string; reason: string };

/** The maker's request to change a guarantee in force. At most one stands; a new one voids it. */
export interface ChangeRequest {
  version: number;
  proposed: ProposedChange;
  /** SHA-256 over what is proposed and what it is to change. */
  contentHash: string;
  maker: Actor;
  requestedAt: Instant;
  /** Of an amendment or a rectification whose certificate is being drawn. Everything else happens with the approval. */
  approval: { checker: Actor; approvedAt: Instant } | null;
}

/**
 * One version of the certificate, never altered or removed: what was corrected or withdrawn stays, and is shown to
 * nobody outside. Those that hold have the serials 0, 1, 2 … without a gap.
 */
export interface CertificateVersion {
  /** In the order of issue, from 0. */
  position: number;
  /** 0 is the first certificate, n the n-th amendment (変更n). */
  serial: number;
  content: CertificateContent;
  /** 電子保証発行日時: when the certificate was stored and could be looked at. */
  issuedAt: Instant;
  /** Since when what it says has held: for a rectified one since the faulty one it stands for. */
  heldFrom: Instant;
  /** Why it does not hold any more. */
  ended: { how: "rectified" | "withdrawn"; at: Instant } | null;
}

interface Common {
  id: string;
  kind: GuaranteeKind;
  requested: RequestedGuarantee;
}

/** A guarantee is what its status says: number and certificates exist only where they can exist. */
export type Guarantee = Common &
  (
    | { status: "applied" }
    | { status: "returned"; reason: string }
    | { status: "accepted"; fee: Fee }
    | { status: "awaiting_approval"; fee: Fee; request: IssueRequest; approval: Approval | null }
    | {
        status: "in_force";
        fee: Fee;
        number: GuaranteeNumber;
        certificates: readonly CertificateVersion[];
        change: ChangeRequest | null;
      }
    | {
        status: "cancelled" | "released";
        fee: Fee;
        number: GuaranteeNumber;
        certificates: readonly CertificateVersion[];
        /** The day from which it no longer holds. */
        on: Day;
        reason: string;
      }
    | { status: "declined" | "withdrawn"; reason: string }
  );

/** A guarantee that has been issued at least once. */
export type IssuedGuarantee = Extract<Guarantee, { number: string }>;

export function isIssued(guarantee: Guarantee): guarantee is IssuedGuarantee {
  return "number" in guarantee;
}

/** The versions that hold, in order of serial. */
export function holding({ certificates }: Pick<IssuedGuarantee, "certificates">): CertificateVersion[] {
  return certificates.filter(({ ended }) => ended === null).sort((a, b) => a.serial - b.serial);
}

/** The version that holds now. Certificates are appended in order of issue; at least the first always holds. */
export function latestCertificate(guarantee: IssuedGuarantee): CertificateVersion {
  const last = holding(guarantee).at(-1);
  if (last === undefined) throw new Error(`guarantee ${guarantee.id} is issued but has no certificate`);
  return last;
}
