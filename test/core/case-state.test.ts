import { describe, expect, it } from "vitest";
import {
  CASE_DEEDS,
  type CaseDeed,
  DEEDS_IN,
  deedsFor,
  deedsOf,
  NEXT_IN,
  nextDeeds,
  type Standing,
  standingOf,
  waitsForApplicant,
} from "../../core/case-state.ts";
import type { CertificateContent, Guarantee } from "../../core/guarantee/guarantee.ts";
import { decide, type GuaranteeCommand } from "../../core/guarantee/life-cycle.ts";
import type { RequestedGuarantee } from "../../core/terms.ts";

/** The table of deeds against the state machine: every state, every deed, no cell left open. */

const AT = "2026-04-20T01:00:00.000Z";
const MAKER = { employee: "1001", name: "佐藤 一郎" };
const CHECKER = { employee: "1002", name: "鈴木 花子" };
const requested: RequestedGuarantee = {
  ...{ kind: "advance_payment", form: "electronic", guaranteedYen: 20_000_000, fiscalYearYen: null },
  ...{ depositBank: "見本銀行", redeposit: false, feePayment: null, feeBillTo: null },
  ...{ paperFeeStatement: false, advanceGuaranteeNumber: null },
};
const content: CertificateContent = {
  ...{ kind: "advance_payment", medium: "electronic", contractorName: "利根建設株式会社" },
  ...{ contractorAddress: "茨城県", contractorRepresentative: "利根 太郎", jointVentureName: null },
  ...{ ordererName: "利根町長", guaranteedYen: 20_000_000, guaranteeUntil: "2027-03-31" },
  ...{ worksTitle: "町道改良工事", worksNumber: null, contractPriceYen: 50_000_000, fiscalYearYen: null },
  ...{ worksFrom: "2026-04-11", worksUntil: "2027-03-19", contractDate: "2026-04-10" },
  ...{ depositBank: "見本銀行", handlingBranch: null },
};
const hash = "a".repeat(64);

/** The states in which a product can stand, each as far as it matters here. */
function standing(name: Standing): Guarantee {
  const common = { id: "g", kind: "advance_payment" as const, requested };
  const told = { feeYen: 65_000, toldAt: AT };
  const fee = { ...told, settlement: { how: "paid" as const, by: MAKER, at: AT } };
  const request = {
    ...{ version: 4, content, contentHash: hash, previous: null, maker: MAKER, requestedAt: AT },
  };
  const first = { position: 0, serial: 0, content, issuedAt: AT, heldFrom: AT, ended: null };
  const amended = { ...first, position: 1, serial: 1 };
  const issued = { ...common, fee, number: "20800-000017", certificates: [first, amended] };
  const change = {
    ...{ version: 7, contentHash: hash, maker: MAKER, requestedAt: AT, approval: null },
    proposed: { change: "rectify" as const, content: { ...content, worksTitle: "別の工事" }, reason: "誤記" },
  };
  const decided = { checker: CHECKER, approvedAt: AT };
  switch (name) {
    case "applied":
      return { ...common, status: "applied" };
    case "returned":
      return { ...common, status: "returned", reason: "工期" };
    case "fee_awaited":
      return { ...common, status: "accepted", fee: { ...told, settlement: null } };
    case "accepted":
      return { ...common, status: "accepted", fee };
    case "awaiting_approval":
      return { ...common, status: "awaiting_approval", fee, request, approval: null };
    case "drawing":
      return {
        ...{ ...common, status: "awaiting_approval", fee, request },
        approval: { ...decided, number: "20800-000017" },
      };
    case "in_force":
      return { ...issued, status: "in_force", change: null };
    case "change_asked":
      return { ...issued, status: "in_force", change };
    case "changing":
      return { ...issued, status: "in_force", change: { ...change, approval: decided } };
    case "cancelled":
    case "released":
      return { ...issued, status: name, on: "2026-04-20", reason: "竣工" };
    case "declined":
    case "withdrawn":
      return { ...common, status: name, reason: "申出" };
  }
}

/** What each deed asks of the state machine; `review` is looked at below. */
function commandsOf(deed: CaseDeed): GuaranteeCommand[] {
  const by = MAKER;
  const changed = { ...content, guaranteeUntil: "2027-06-30" };
  const asked = { type: "request_change" as const, contentHash: hash, version: 9, by, at: AT };
  const approval = { contentHash: hash, by: CHECKER, at: AT, approvals: 2 as const };
  switch (deed) {
    case "review":
      return [{ type: "reopen" }];
    case "accept":
      return [{ type: "accept", feeYen: 1000, at: AT }];
    case "paid":
      return [{ type: "settle", how: "paid", by, at: AT }];
    case "issue":
      return [
        { type: "request_issue", content, contentHash: hash, drafted: content, version: 9, by, at: AT },
      ];
    case "approve":
      return [
        { type: "approve", ...approval, number: "20800-000017" },
        { type: "approve_change", ...approval },
      ];
    case "return":
      return [{ type: "return", reason: "工期" }, { type: "send_back" }, { type: "drop_change" }];
    case "decline":
    case "withdraw":
      return [{ type: deed, reason: "理由" }];
    case "amend":
    case "rectify":
      return [{ ...asked, proposed: { change: deed, content: changed, reason: "理由" } }];
    case "unamend":
      return [{ ...asked, proposed: { change: deed, reason: "理由" } }];
    case "cancel":
    case "release":
      return [{ ...asked, proposed: { change: deed, on: "2026-04-20", reason: "理由" } }];
    case "resend":
      return [{ ...asked, proposed: { change: deed, to: "a@b.example", reason: "理由" } }];
  }
}

const STANDINGS = Object.keys(DEEDS_IN) as Standing[];

describe("what can be done in which state", () => {
  it("knows every state by its own name", () => {
    expect(STANDINGS.map((name) => standingOf(standing(name)))).toEqual(STANDINGS);
  });

  it.each(STANDINGS)("offers what the state machine takes, and nothing else: %s", (name) => {
    const guarantee = standing(name);
    const taken = CASE_DEEDS.filter((deed) =>
      commandsOf(deed).some((command) => decide(guarantee, command).ok),
    );
    expect([...deedsOf(guarantee)].sort()).toEqual([...taken].sort());
  });

  it("takes the next step from what can be done", () => {
    for (const name of STANDINGS) {
      const next = NEXT_IN[name];
      if (next !== undefined) expect(DEEDS_IN[name]).toContain(next);
    }
    const found = { guarantees: [standing("applied"), standing("change_asked")], ended: null };
    expect(nextDeeds({ ...found, problems: [], senderAddress: "" })).toEqual(["approve", "accept"]);
  });

  it("waits for the applicant only where an answer is needed that nobody has", () => {
    const asked = (field: string, ...states: Standing[]) => ({
      ...{ guarantees: states.map(standing), ended: null, senderAddress: "suzuki@tone.example" },
      problems: [{ field, code: "missing" as const, text: "-" }],
    });
    for (const field of ["contractDate", "guarantees.advance_payment.form"]) {
      expect(nextDeeds(asked(field, "applied"))).toEqual(["review"]);
      expect(waitsForApplicant(asked(field, "applied", "accepted"))).toBe(true);
      expect(waitsForApplicant(asked(field, "accepted"))).toBe(false);
      expect(waitsForApplicant(asked(field, "withdrawn"))).toBe(false);
    }
    for (const field of ["contact.phone", "guarantees.performance.form"])
      expect(nextDeeds(asked(field, "applied"))).toEqual(["accept"]);
    expect(waitsForApplicant(asked("guarantees"))).toBe(true);
    // By telephone, without an address: nobody has written to anybody.
    expect(waitsForApplicant({ ...asked("guarantees"), senderAddress: "" })).toBe(false);
  });

  it("withdraws no amendment where there is none, and sends no key of a guarantee on paper", () => {
    const issued = standing("in_force");
    if (issued.status !== "in_force") throw new Error("not in force");
    const certificates = issued.certificates.slice(0, 1).map((one) => ({
      ...{ ...one, content: { ...one.content, medium: "paper" as const } },
    }));
    const deeds = deedsOf({ ...issued, certificates });
    expect(deeds).not.toContain("unamend");
    expect(deeds).not.toContain("resend");
    expect(deeds).toContain("amend");
  });

  it("looks through, declines or takes back a case in which no product was asked for, once", () => {
    expect(deedsFor({ guarantees: [], ended: null })).toEqual(["review", "decline", "withdraw"]);
    const ended = { how: "declined" as const, reason: "-", at: AT };
    expect(deedsFor({ guarantees: [], ended })).toEqual([]);
    expect(nextDeeds({ guarantees: [], ended, problems: [], senderAddress: "" })).toEqual([]);
  });
});
