/** Sample values for the documents. All names, the number and the key are invented. */
import type { CertificateData, NoticeData } from "../../core/documents.ts";

const guarantor = {
  name: "見本建設業保証株式会社",
  address: "東京都千代田区見本町一丁目2番3号",
  representative: "代表取締役社長　見本　太郎",
  branch: "茨城支店",
};

export function notice(change: Partial<NoticeData> = {}): NoticeData {
  return {
    guarantor,
    deskAddress: "hosho@mihon-hosho.example",
    issuedOn: "2026-04-20",
    number: "18221-200105",
    key: "HkXSZfRQs9W9",
    kind: "advance_payment",
    worksTitle: "町道112号線改良工事",
    contractorName: "利根建設株式会社",
    ordererName: "利根町長",
    jointVentureName: null,
    ...change,
  };
}

export function certificate(change: Partial<CertificateData> = {}): CertificateData {
  return {
    guarantor,
    number: "18221-200105",
    kind: "advance_payment",
    amendmentSerial: 0,
    issuedAt: "2026-04-20T01:02:03.000Z",
    contractor: {
      name: "利根建設株式会社",
      address: "茨城県北相馬郡利根町大字布川841番地",
      representative: "代表取締役　利根　花子",
      jointVentureName: null,
    },
    ordererName: "利根町長",
    guaranteedYen: 20_000_000,
    guaranteeUntil: "2027-03-19",
    worksTitle: "町道112号線改良工事",
    worksNumber: "令和8年度　第12号",
    contractPriceYen: 50_000_000,
    fiscalYearYen: null,
    worksFrom: "2026-04-11",
    worksUntil: "2027-03-19",
    contractDate: "2026-04-10",
    depositBank: "見本銀行　利根支店",
    handlingBranch: "茨城支店",
    ...change,
  };
}
