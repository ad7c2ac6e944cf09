import { changeHash, contentHash } from "../../core/guarantee/content-hash.ts";
import type {
  CertificateContent,
  CertificateVersion,
  Guarantee,
  ProposedChange,
} from "../../core/guarantee/guarantee.ts";
import type { GuaranteeCommand } from "../../core/guarantee/life-cycle.ts";

/** One guarantee in every state that the life cycle knows, and one command of every kind. */

export const at = "2026-04-10T01:00:00.000Z";
export const later = "2026-05-10T01:00:00.000Z";
export const maker = { employee: "1001", name: "佐藤" };
export const checker = { employee: "1002", name: "田中" };
export const content: CertificateContent = {
  kind: "advance_payment",
  medium: "electronic",
  contractorName: "利根建設株式会社",
  contractorAddress: "茨城県北相馬郡利根町大字布川0000番地",
  contractorRepresentative: "代表取締役 鈴木 一郎",
  jointVentureName: null,
  ordererName: "利根町長",
  guaranteedYen: 20_000_000,
  guaranteeUntil: "2027-03-19",
  worksTitle: "町道112号線改良工事",
  worksNumber: null,
  contractPriceYen: 50_000_000,
  fiscalYearYen: null,
  worksFrom: "2026-04-11",
  worksUntil: "2027-03-19",
  contractDate: "2026-04-10",
  depositBank: "見本銀行 利根支店",
  handlingBranch: "茨城支店",
};
const hash = contentHash(content);
const requested = {
  kind: "advance_payment" as const,
  form: "electronic" as const,
  guaranteedYen: 20_000_000,
  fiscalYearYen: null,
  depositBank: "見本銀行 利根支店",
  redeposit: false,
  feePayment: null,
  feeBillTo: null,
  paperFeeStatement: null,
  advanceGuaranteeNumber: null,
};
const base = { id: "g1", kind: "advance_payment" as const, requested };
const unpaid = { feeYen: 65_000, toldAt: at, settlement: null };
const fee = { ...unpaid, settlement: { how: "paid" as const, by: maker, at } };
const request = { version: 4, content, contentHash: hash, previous: null, maker, requestedAt: at };
const first: CertificateVersion = {
  ...{ position: 0, serial: 0, content, issuedAt: at, heldFrom: at, ended: null },
};
const number = "20800-000013";
const issued = { ...base, fee, number, certificates: [first] };

/** 2,000,000 yen more. */
export const more: ProposedChange = {
  change: "amend",
  content: { ...content, guaranteedYen: 22_000_000, contractPriceYen: 55_000_000 },
  reason: "増額のため",
};
const end: ProposedChange = { change: "cancel", on: "2026-05-01", reason: "請負契約の解除のため" };
const asked = (proposed: ProposedChange) => ({
  ...{ version: 7, proposed, contentHash: changeHash(first, proposed) },
  ...{ maker, requestedAt: later, approval: null },
});

export const STATES = {
  applied: { ...base, status: "applied" },
  returned: { ...base, status: "returned", reason: "x" },
  accepted: { ...base, status: "accepted", fee: unpaid },
  "accepted and paid": { ...base, status: "accepted", fee },
  "awaiting approval": { ...base, status: "awaiting_approval", fee, request, approval: null },
  "approved, being drawn": {
    ...{ ...base, status: "awaiting_approval", fee, request },
    approval: { checker, approvedAt: at, number },
  },
  "in force": { ...issued, status: "in_force", change: null },
  "in force, change asked": { ...issued, status: "in_force", change: asked(more) },
  "in force, change being drawn": {
    ...{ ...issued, status: "in_force" },
    change: { ...asked(more), approval: { checker, approvedAt: later } },
  },
  "in force, end asked": { ...issued, status: "in_force", change: asked(end) },
  cancelled: { ...issued, status: "cancelled", on: "2026-08-01", reason: "x" },
  released: { ...issued, status: "released", on: "2027-04-01", reason: "x" },
  declined: { ...base, status: "declined", reason: "x" },
  withdrawn: { ...base, status: "withdrawn", reason: "x" },
} as const satisfies Record<string, Guarantee>;

export const COMMANDS: { [T in GuaranteeCommand["type"]]: Extract<GuaranteeCommand, { type: T }> } = {
  return: { type: "return", reason: "工期をご確認ください" },
  resubmit: { type: "resubmit" },
  accept: { type: "accept", feeYen: 65_000, at },
  settle: { type: "settle", how: "paid", by: maker, at },
  reopen: { type: "reopen" },
  request_issue: {
    ...{ type: "request_issue", content, contentHash: hash, drafted: content, version: 5, by: maker, at },
  },
  send_back: { type: "send_back" },
  approve: { type: "approve", contentHash: hash, number, by: checker, at, approvals: 2 },
  issue: { type: "issue", at },
  decline: { type: "decline", reason: "条件に合わないため" },
  withdraw: { type: "withdraw", reason: "お申出のため" },
  request_change: {
    ...{ type: "request_change", proposed: more, contentHash: changeHash(first, more) },
    ...{ version: 8, by: maker, at: later },
  },
  approve_change: { type: "approve_change", contentHash: "", by: checker, at: later, approvals: 2 },
  drop_change: { type: "drop_change" },
  complete_change: { type: "complete_change", at: later },
};
