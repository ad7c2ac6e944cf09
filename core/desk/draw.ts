import { dayInTokyo } from "../dates.ts";
import type { CertificateData, NoticeData } from "../documents.ts";
import type { CertificateContent } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import type { AuthKey, GuaranteeNumber, Instant } from "../terms.ts";

/** What the certificate prints: the approved content with number, serial and time of issue. */
export function certificateData(
  desk: Desk,
  content: CertificateContent,
  number: GuaranteeNumber,
  serial: number,
  issuedAt: Instant,
): CertificateData {
  return {
    guarantor: { ...desk.policy.guarantor, branch: content.handlingBranch },
    number,
    kind: content.kind,
    amendmentSerial: serial,
    issuedAt,
    contractor: {
      name: content.contractorName,
      address: content.contractorAddress,
      representative: content.contractorRepresentative,
      jointVentureName: content.jointVentureName,
    },
    ordererName: content.ordererName,
    guaranteedYen: content.guaranteedYen,
    guaranteeUntil: content.guaranteeUntil,
    worksTitle: content.worksTitle,
    worksNumber: content.worksNumber,
    contractPriceYen: content.contractPriceYen,
    fiscalYearYen: content.fiscalYearYen,
    worksFrom: content.worksFrom,
    worksUntil: content.worksUntil,
    contractDate: content.contractDate,
    depositBank: content.depositBank,
    handlingBranch: content.handlingBranch,
  };
}

/** What the notice prints. The only place where a key meets a document. */
export function noticeData(
  desk: Desk,
  content: CertificateContent,
  number: GuaranteeNumber,
  key: AuthKey,
  issuedAt: Instant,
): NoticeData {
  return {
    guarantor: { ...desk.policy.guarantor, branch: content.handlingBranch },
    deskAddress: desk.policy.deskAddress,
    issuedOn: dayInTokyo(issuedAt),
    number,
    key,
    kind: content.kind,
    worksTitle: content.worksTitle,
    contractorName: content.contractorName,
    ordererName: content.ordererName,
    jointVentureName: content.jointVentureName,
  };
}
