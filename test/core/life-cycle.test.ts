import { describe, expect, it } from "vitest";
import { contentHash } from "../../core/guarantee/content-hash.ts";
import type { CertificateContent, Guarantee } from "../../core/guarantee/guarantee.ts";
import { decide, type GuaranteeCommand } from "../../core/guarantee/life-cycle.ts";
import { GUARANTEE_STATUSES, type GuaranteeStatus } from "../../core/terms.ts";

const at = "2026-04-10T01:00:00.000Z";
const maker = { employee: "1001", name: "佐藤" };
const checker = { employee: "1002", name: "田中" };
const content: CertificateContent = {
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
const paid = { ...unpaid, settlement: { how: "paid" as const, by: maker, at } };
const request = { content, contentHash: hash, maker, requestedAt: at };
const certificates = [{ serial: 0, content, issuedAt: at }];
const number = "20800-000013";

/** One guarantee in every status; two where a fact on the status decides. */
const STATES: Record<string, Guarantee> = {
  applied: { ...base, status: "applied" },
  returned: { ...base, status: "returned", reason: "x" },
  accepted: { ...base, status: "accepted", fee: unpaid },
  "accepted and paid": { ...base, status: "accepted", fee: paid },
  awaiting_approval: { ...base, status: "awaiting_approval", fee: paid, request, approval: null },
  "awaiting_approval and approved": {
    ...base,
    status: "awaiting_approval",
    fee: paid,
    request,
    approval: { checker, approvedAt: at, number },
  },
  in_force: { ...base, status: "in_force", fee: paid, number, certificates },
  cancelled: { ...base, status: "cancelled", fee: paid, number, certificates, on: "2026-08-01" },
  released: { ...base, status: "released", fee: paid, number, certificates, on: "2027-04-01" },
  declined: { ...base, status: "declined", reason: "x" },
  withdrawn: { ...base, status: "withdrawn", reason: "x" },
};

const COMMANDS: { [T in GuaranteeCommand["type"]]: Extract<GuaranteeCommand, { type: T }> } = {
  accept: { type: "accept", feeYen: 65_000, at },
  settle: { type: "settle", how: "paid", by: maker, at },
  request_issue: { type: "request_issue", content, contentHash: hash, by: maker, at },
  approve: { type: "approve", contentHash: hash, number, by: checker, at, approvals: 2 },
  issue: { type: "issue", at },
  decline: { type: "decline", reason: "条件に合わないため" },
};

/** Next status, or the refusal's code. Every cell is answered; a new status or command has no row and fails. */
const TABLE: Record<string, Record<GuaranteeCommand["type"], string>> = {
  applied: row("accepted", "wrong_status", "wrong_status", "wrong_status", "wrong_status", "declined"),
  returned: row("wrong_status", "wrong_status", "wrong_status", "wrong_status", "wrong_status", "declined"),
  accepted: row("wrong_status", "accepted", "fee_unsettled", "wrong_status", "wrong_status", "declined"),
  "accepted and paid": row(
    "wrong_status",
    "wrong_status",
    "awaiting_approval",
    "wrong_status",
    "wrong_status",
    "declined",
  ),
  awaiting_approval: row(
    "wrong_status",
    "wrong_status",
    "awaiting_approval",
    "awaiting_approval",
    "wrong_status",
    "declined",
  ),
  "awaiting_approval and approved": row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "already_approved",
    "in_force",
    "wrong_status",
  ),
  in_force: row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "already_approved",
    "wrong_status",
    "wrong_status",
  ),
  cancelled: row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
  ),
  released: row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
  ),
  declined: row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
  ),
  withdrawn: row(
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
    "wrong_status",
  ),
};

function row(
  accept: string,
  settle: string,
  request_issue: string,
  approve: string,
  issue: string,
  decline: string,
) {
  return { accept, settle, request_issue, approve, issue, decline };
}

const outcome = (state: Guarantee, command: GuaranteeCommand): string => {
  const result = decide(state, command);
  return result.ok ? result.value.status : result.refusal.code;
};

describe("every status meets every command", () => {
  it("has an answer for each status there is", () => {
    const covered = new Set<GuaranteeStatus>(Object.values(STATES).map((s) => s.status));
    expect([...covered].sort()).toEqual([...GUARANTEE_STATUSES].sort());
    expect(Object.keys(TABLE)).toEqual(Object.keys(STATES));
  });
  for (const [name, state] of Object.entries(STATES)) {
    for (const command of Object.values(COMMANDS)) {
      it(`${name} + ${command.type} → ${TABLE[name]?.[command.type]}`, () => {
        expect(outcome(state, command)).toBe(TABLE[name]?.[command.type]);
      });
    }
  }
});

describe("four eyes", () => {
  const waiting = STATES.awaiting_approval as Guarantee;
  it("refuses the maker as checker", () => {
    expect(outcome(waiting, { ...COMMANDS.approve, by: maker })).toBe("same_person");
  });
  it("lets one person do both on a small desk", () => {
    expect(outcome(waiting, { ...COMMANDS.approve, by: maker, approvals: 1 })).toBe("awaiting_approval");
  });
  it("refuses a checker who saw another content", () => {
    expect(
      outcome(waiting, { ...COMMANDS.approve, contentHash: contentHash({ ...content, guaranteedYen: 2 }) }),
    ).toBe("stale_screen");
  });
});

describe("money and dates of a guarantee", () => {
  const applied = STATES.applied as Guarantee;
  it.each([0, -1, 0.5, Number.NaN, 1_000_000_001])("refuses a fee of %s yen", (feeYen) => {
    expect(outcome(applied, { ...COMMANDS.accept, feeYen })).toBe("fee_out_of_range");
  });
  it("refuses a guarantee that ends before the works do", () => {
    const early = { ...content, guaranteeUntil: "2027-03-18" };
    expect(
      outcome(STATES["accepted and paid"] as Guarantee, { ...COMMANDS.request_issue, content: early }),
    ).toBe("guarantee_until_before_works_end");
  });
  it.each([
    ["a guaranteed amount above the price", { guaranteedYen: 50_000_001 }],
    ["a guaranteed amount above this fiscal year's", { fiscalYearYen: 19_999_999 }],
    ["works that end before they begin", { worksUntil: "2026-04-10", guaranteeUntil: "2026-12-31" }],
  ])("refuses %s, whoever entered it", (_, change) => {
    const request = { ...COMMANDS.request_issue, content: { ...content, ...change } };
    expect(outcome(STATES["accepted and paid"] as Guarantee, request)).toBe("figures_contradict");
  });
  it("refuses a guarantee that has already ended", () => {
    const late = { ...COMMANDS.request_issue, at: "2027-03-19T15:00:00.000Z" };
    expect(outcome(STATES["accepted and paid"] as Guarantee, late)).toBe("already_ended");
    expect(
      outcome(STATES["accepted and paid"] as Guarantee, { ...late, at: "2027-03-19T14:59:59.999Z" }),
    ).toBe("awaiting_approval");
  });
  it("wants a reason for declining", () => {
    expect(outcome(applied, { type: "decline", reason: "  " })).toBe("reason_missing");
  });
});
