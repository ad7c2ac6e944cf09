import type { Case, Check } from "../../core/case.ts";
import type { ViewedLetter } from "../../core/desk/letter-view.ts";
import type { Parked } from "../../core/desk/recover.ts";
import type {
  CertificateContent,
  ChangeRequest,
  Fee,
  Guarantee,
  IssueRequest,
} from "../../core/guarantee/guarantee.ts";
import type { StoredLetter } from "../../core/rows/letters.ts";
import type { OutboundRow } from "../../core/rows/outbox.ts";
import { type Application, GUARANTEE_KINDS, type GuaranteeKind } from "../../core/terms.ts";

/** What screens are drawn from: a case in every state, certificates, letters; as short or as long as one asks for. */

export const AT = "2026-04-10T01:02:03.000Z";
const MAKER = { employee: "1001", name: "見本 作成" };

/** A text of this many characters, some of them of four bytes. */
export function textOf(length: number): string {
  return "𠮷野町道改良工事・".repeat(Math.ceil(length / 9)).slice(0, length);
}

function requested(kind: GuaranteeKind, long: string): Guarantee["requested"] {
  const bank = kind === "performance" ? null : long;
  return {
    ...{ kind, form: "electronic", guaranteedYen: 9_999_999_999, fiscalYearYen: null, depositBank: bank },
    ...{ redeposit: false, feePayment: long, feeBillTo: null, paperFeeStatement: false },
    advanceGuaranteeNumber: null,
  };
}

export function certificateContent(kind: GuaranteeKind, length: number): CertificateContent {
  const long = textOf(length);
  return {
    ...{ kind, medium: "electronic", contractorName: long, contractorAddress: long.slice(0, 300) },
    ...{ contractorRepresentative: long.slice(0, 300), jointVentureName: null, ordererName: "利根町長" },
    ...{ guaranteedYen: 5_000_000, guaranteeUntil: "2027-03-31", worksTitle: long, worksNumber: null },
    ...{ contractPriceYen: 50_000_000, fiscalYearYen: null, worksFrom: "2026-04-11" },
    ...{ worksUntil: "2027-03-19", contractDate: "2026-04-10", depositBank: null, handlingBranch: null },
  };
}

export function issueRequest(kind: GuaranteeKind, length: number): IssueRequest {
  const content = certificateContent(kind, length);
  return { version: 7, content, contentHash: "h", previous: null, maker: MAKER, requestedAt: AT };
}

const STATES = ["applied", "accepted", "paid", "awaiting_approval", "in_force", "cancelled"] as const;
export type SampleState = (typeof STATES)[number] | "returned" | "declined";

function guaranteeIn(state: SampleState, kind: GuaranteeKind, length: number): Guarantee {
  const common = { id: `g-${kind}`, kind, requested: requested(kind, textOf(length)) };
  const fee: Fee = { feeYen: 65_000, toldAt: AT, settlement: null };
  const settled: Fee = { ...fee, settlement: { how: "paid", by: MAKER, at: AT } };
  const content = certificateContent(kind, length);
  const certificates = [{ position: 0, serial: 0, content, issuedAt: AT, heldFrom: AT, ended: null }];
  const number = "00042-000123";
  if (state === "applied") return { ...common, status: state };
  if (state === "returned" || state === "declined")
    return { ...common, status: state, reason: textOf(length) };
  if (state === "accepted") return { ...common, status: state, fee };
  if (state === "paid") return { ...common, status: "accepted", fee: settled };
  if (state === "awaiting_approval")
    return { ...common, status: state, fee: settled, request: issueRequest(kind, length), approval: null };
  if (state === "in_force")
    return { ...common, status: state, fee: settled, number, certificates, change: null };
  return {
    ...common,
    status: state,
    fee: settled,
    number,
    certificates,
    on: "2026-12-01",
    reason: "合意解除",
  };
}

/** A case of three products in one state, its texts of about this length. */
export function caseIn(state: SampleState, length: number): Case {
  const long = textOf(length);
  const guarantees = GUARANTEE_KINDS.map((kind) => guaranteeIn(state, kind, length));
  const check: Check = {
    ...{ code: "ratio_within", kind: "performance", verdict: "fail", measured: "40.0 %" },
    ...{ reason: "over_ceiling", rule: long, source: long },
  };
  const application: Application = {
    ...{ ordererName: long, contractorName: long, jointVentureName: null, worksTitle: long },
    ...{ worksNumber: null, contractPriceYen: 50_000_000, contractDate: "2026-04-10" },
    ...{ worksFrom: "2026-04-11", worksUntil: "2027-03-19", handlingBranch: "茨城支店" },
    ...{ completionNotice: true, completionEmail: null, directSubmission: false, message: long },
    contact: { department: null, title: null, name: null, phone: null },
    guarantees: guarantees.map((one) => one.requested),
  };
  const problem = { field: "message", code: "unreadable", text: long.slice(0, 300) } as const;
  return {
    ...{ id: "00000000-0000-4000-8000-000000000000", receiptNumber: "A-000001", version: 7 },
    ...{ openedAt: AT, changedAt: AT, origin: "mail", letterId: "l" },
    ...{ senderAddress: "suzuki@tone-kensetsu.example", trust: "registered", application },
    ...{ problems: Array.from({ length: 20 }, () => problem), checks: [check, check], reviews: [] },
    ...{ ended: null, tasks: [], undelivered: null, orderer: null, contractor: null, guarantees },
  };
}

/** In force with an amendment that was rectified, and a change that waits for its checker or is being drawn. */
export function amended(approved = false): Case {
  const found = caseIn("in_force", 20);
  const content = certificateContent("advance_payment", 20);
  const version = { content, issuedAt: AT, heldFrom: AT, ended: null };
  const later = "2026-05-11T01:00:00.000Z";
  const change: ChangeRequest = {
    ...{ version: 8, contentHash: "h", maker: MAKER, requestedAt: later },
    proposed: { change: "amend", content: { ...content, guaranteedYen: 6_000_000 }, reason: "設計変更" },
    approval: approved ? { checker: { employee: "1002", name: "鈴木 花子" }, approvedAt: later } : null,
  };
  const certificates = [
    { ...version, position: 0, serial: 0 },
    { ...version, position: 1, serial: 1, ended: { how: "rectified" as const, at: later } },
    { ...version, position: 2, serial: 1, issuedAt: later },
  ];
  const [first, ...rest] = found.guarantees;
  if (first?.status !== "in_force") throw new Error("not in force");
  return { ...found, guarantees: [{ ...first, certificates, change }, ...rest] };
}

export function parkedIn(id: string, subject: string, reason = "unreadable"): Parked {
  const letter: StoredLetter = {
    ...{ id, receivedAt: AT, sealedRaw: Uint8Array.of(1), size: 12_345, oversize: false, answerable: true },
    ...{ state: "parked", attempts: 3, kind: null, sender: "suzuki@tone-kensetsu.example" },
    ...{ fromAddress: null, subject, caseId: null, reason, uncapped: false },
  };
  return { kind: "in", letter, reason, since: AT };
}

export function parkedOut(reason: string): Parked {
  const row: OutboundRow = {
    ...{ id: `o-${reason}`, caseId: null, to: "suzuki@tone-kensetsu.example", template: "issued" },
    ...{ envelopeFrom: "desk@hosho.example", messageId: "<m@hosho.example>", subject: "認証キーのお知らせ" },
    ...{ sealedBytes: Uint8Array.of(1), state: "parked", attempt: 2, createdAt: AT, doubtSince: null },
    ...{ leasedUntil: null, suppressed: reason === "suppressed", detail: `${reason}: ETIMEDOUT` },
  };
  return { kind: "out", row, reason, since: AT, mayHaveArrived: reason === "interrupted_while_sending" };
}

export function viewedLetter(length: number): ViewedLetter {
  const place = { origin: "body", document: null, sheet: null, line: 7, column: null } as const;
  const field = (n: number) => (n === 0 ? "worksTitle" : `queries.${n}.figures.worksTitle`);
  return {
    letter: {
      ...{ id: "l1", receivedAt: AT, sealedRaw: Uint8Array.of(1), size: 1, oversize: false },
      ...{ answerable: true, state: "answered", attempts: 1, kind: "application", caseId: "c" },
      ...{ sender: "suzuki@tone-kensetsu.example", fromAddress: "suzuki@tone-kensetsu.example" },
      ...{ subject: textOf(length), reason: null, uncapped: false },
    },
    receiptNumber: "A-000001",
    evidence: Array.from({ length: 30 }, (_, n) => ({
      ...{ field: field(n), value: textOf(length).slice(0, 400), written: textOf(length).slice(0, 120) },
      ...{ place, confidence: "label" },
    })),
    problems: [{ field: "contractDate", code: "missing", text: "請負契約日が記載されていません。" }],
  };
}
