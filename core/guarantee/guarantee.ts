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
  content: CertificateContent;
  /** SHA-256 over the content; the checker approves this very version. */
  contentHash: string;
  maker: Actor;
  requestedAt: Instant;
}

/** The checker's approval; it reserves the number (and, for an electronic guarantee, the key) for that version. */
export interface Approval {
  checker: Actor;
  approvedAt: Instant;
  number: GuaranteeNumber;
}

/** One version of the certificate. Serial 0 is the first, 1 the first amendment (変更1). */
export interface CertificateVersion {
  serial: number;
  content: CertificateContent;
  /** 電子保証発行日時: when the certificate was stored and could be looked at. */
  issuedAt: Instant;
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
    | { status: "in_force"; fee: Fee; number: GuaranteeNumber; certificates: readonly CertificateVersion[] }
    | {
        status: "cancelled" | "released";
        fee: Fee;
        number: GuaranteeNumber;
        certificates: readonly CertificateVersion[];
        on: Day;
      }
    | { status: "declined" | "withdrawn"; reason: string }
  );

/** A guarantee that has been issued at least once. */
export type IssuedGuarantee = Extract<Guarantee, { number: string }>;

export function isIssued(guarantee: Guarantee): guarantee is IssuedGuarantee {
  return "number" in guarantee;
}

/** The version that holds now. Certificates are appended in order of serial, at least one. */
export function latestCertificate(guarantee: IssuedGuarantee): CertificateVersion {
  const last = guarantee.certificates.at(-1);
  if (last === undefined) throw new Error(`guarantee ${guarantee.id} is issued but has no certificate`);
  return last;
}
