import type { Application, GuaranteeKind, RequestedGuarantee } from "../../core/terms.ts";

/** What a contractor applies for, complete and acceptable; each test names only what it is about. */

export function requested(kind: GuaranteeKind, guaranteedYen: number): RequestedGuarantee {
  const bank = kind === "performance" ? null : "見本銀行 利根支店";
  return {
    ...{ kind, form: "electronic", guaranteedYen, fiscalYearYen: null, depositBank: bank, redeposit: false },
    ...{ feePayment: null, feeBillTo: null, paperFeeStatement: false, advanceGuaranteeNumber: null },
  };
}

export function application(changes: Partial<Application> = {}): Application {
  return {
    ...{ ordererName: "利根町長", contractorName: "利根建設株式会社", jointVentureName: null },
    ...{ worksTitle: "町道112号線改良工事", worksNumber: null, contractPriceYen: 50_000_000 },
    ...{ contractDate: "2026-04-10", worksFrom: "2026-04-11", worksUntil: "2027-03-19" },
    guarantees: [requested("advance_payment", 20_000_000), requested("performance", 5_000_000)],
    ...{ handlingBranch: "茨城支店", completionNotice: true, completionEmail: null, directSubmission: false },
    contact: { department: null, title: null, name: null, phone: null },
    message: null,
    ...changes,
  };
}
