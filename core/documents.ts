/** What the desk's documents say: the values to print, and the JSON each PDF carries inside. */
import { z } from "zod";
import type { AuthKey, Instant, Yen } from "./terms.ts";
import { type Day, GUARANTEE_KINDS, type GuaranteeKind, type GuaranteeNumber } from "./terms.ts";

export const PDF_TYPE = "application/pdf";

/** Names of the files inside the PDFs. A reader looks for these and for nothing else. */
export const NOTICE_ATTACHMENT = "notice.json";
export const CERTIFICATE_ATTACHMENT = "certificate.json";

/** A character that no font of the desk can draw; printing a box in its place would falsify the document. */
export class MissingGlyphError extends Error {
  readonly character: string;

  /** `character`: the code point with its variation selectors, if any. Nothing else of the text is told. */
  constructor(character: string) {
    const codes = Array.from(
      character,
      (one) => `U+${one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`,
    );
    super(`no font can draw the character ${character} (${codes.join(" ")})`);
    this.name = "MissingGlyphError";
    this.character = character;
  }
}

/** Who gives the guarantee, as printed. `branch` is the office that answers for it. */
interface PrintedGuarantor {
  name: string;
  address: string;
  representative: string;
  branch: string | null;
}

/** Everything on the sheet 認証キーのお知らせ. `number` and `key` are printed without spaces. */
export interface NoticeData {
  guarantor: PrintedGuarantor;
  /** The desk's mail address, to which the link and the QR code open a verification letter. */
  deskAddress: string;
  issuedOn: Day;
  number: GuaranteeNumber;
  key: AuthKey;
  kind: GuaranteeKind;
  worksTitle: string;
  /** For a joint venture: its lead member. */
  contractorName: string;
  ordererName: string;
  jointVentureName: string | null;
}

/** Everything on the guarantee certificate. Amounts are whole yen, tax included; days are Tokyo days. */
export interface CertificateData {
  guarantor: PrintedGuarantor;
  number: GuaranteeNumber;
  kind: GuaranteeKind;
  /** 0 for the first certificate, n for the n-th amendment (変更 n). */
  amendmentSerial: number;
  issuedAt: Instant;
  contractor: { name: string; address: string; representative: string; jointVentureName: string | null };
  /** The orderer as the certificate names it (被保証者), e.g. a town's mayor. */
  ordererName: string;
  guaranteedYen: Yen;
  guaranteeUntil: Day;
  worksTitle: string;
  worksNumber: string | null;
  contractPriceYen: Yen;
  /** 今年度対象額, the ratio's base where there is one. */
  fiscalYearYen: Yen | null;
  worksFrom: Day;
  worksUntil: Day;
  contractDate: Day;
  /** 預託金融機関: advance and interim advance payment only. */
  depositBank: string | null;
  handlingBranch: string | null;
}

const text = z.string().max(1000);
const day = z.iso.date();
const yen = z.int().nonnegative();

/** `notice.json`. `product` is the code of the product (`GuaranteeKind`), so that programs need no wording. */
export const embeddedNotice = z.object({
  type: z.literal("hosho-desk/notice"),
  version: z.literal(1),
  guarantor: text,
  number: text,
  key: text,
  product: z.enum(GUARANTEE_KINDS),
  worksTitle: text,
  contractor: text,
});
export type EmbeddedNotice = z.infer<typeof embeddedNotice>;

/** `certificate.json`: type, version and every printed value under the names of `CertificateData`. */
export const embeddedCertificate = z.object({
  type: z.literal("hosho-desk/certificate"),
  version: z.literal(1),
  guarantor: z.object({ name: text, address: text, representative: text, branch: text.nullable() }),
  number: text,
  kind: z.enum(GUARANTEE_KINDS),
  amendmentSerial: z.int().nonnegative(),
  issuedAt: z.iso.datetime(),
  contractor: z.object({
    name: text,
    address: text,
    representative: text,
    jointVentureName: text.nullable(),
  }),
  ordererName: text,
  guaranteedYen: yen,
  guaranteeUntil: day,
  worksTitle: text,
  worksNumber: text.nullable(),
  contractPriceYen: yen,
  fiscalYearYen: yen.nullable(),
  worksFrom: day,
  worksUntil: day,
  contractDate: day,
  depositBank: text.nullable(),
  handlingBranch: text.nullable(),
});
export type EmbeddedCertificate = z.infer<typeof embeddedCertificate>;

/** What `notice.json` says for a notice. */
export function noticeJson(notice: NoticeData): EmbeddedNotice {
  return {
    type: "hosho-desk/notice",
    version: 1,
    guarantor: notice.guarantor.name,
    number: notice.number,
    key: notice.key,
    product: notice.kind,
    worksTitle: notice.worksTitle,
    contractor: notice.contractorName,
  };
}

/** What `certificate.json` says for a certificate. Parsing drops whatever is no printed value. */
export function certificateJson(certificate: CertificateData): EmbeddedCertificate {
  return embeddedCertificate.parse({ type: "hosho-desk/certificate", version: 1, ...certificate });
}
