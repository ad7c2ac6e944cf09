import { describe, expect, it } from "vitest";
import { contentHash } from "../../core/guarantee/content-hash.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { decide, type GuaranteeCommand } from "../../core/guarantee/life-cycle.ts";
import { GUARANTEE_STATUSES, type GuaranteeStatus } from "../../core/terms.ts";
import { COMMANDS, content, maker, STATES } from "./life-cycle-states.ts";

const ORDER = [
  "return",
  "resubmit",
  "accept",
  "settle",
  "reopen",
  "request_issue",
  "send_back",
  "approve",
  "issue",
  "decline",
  "withdraw",
  "request_change",
  "approve_change",
  "drop_change",
  "complete_change",
] as const satisfies readonly GuaranteeCommand["type"][];

/**
 * Next status, or the refusal's code, in the order above; `-` is wrong_status. Every cell is answered; a new status or
 * command has no row or column and fails.
 */
const TABLE: Record<string, string> = {
  applied: "returned - accepted - applied - - - - declined withdrawn - - - -",
  returned: "- applied - - applied - - - - declined withdrawn - - - -",
  accepted: "- - - accepted applied fee_unsettled - - - declined withdrawn - - - -",
  "accepted and paid": "- - - - accepted awaiting_approval - - - declined withdrawn - - - -",
  "awaiting approval":
    "- - - - accepted awaiting_approval accepted awaiting_approval - declined withdrawn - - - -",
  "approved, being drawn":
    "- - - - already_approved - already_approved already_approved in_force - - - - - -",
  "in force": "- - - - - - - already_approved - - - in_force no_change_waits no_change_waits -",
  "in force, change asked": "- - - - - - - already_approved - - - in_force in_force in_force -",
  "in force, change being drawn":
    "- - - - - - - already_approved - - - change_under_way already_approved already_approved in_force",
  "in force, end asked": "- - - - - - - already_approved - - - in_force cancelled in_force -",
  cancelled: "- - - - - - - - - - - - - - -",
  released: "- - - - - - - - - - - - - - -",
  declined: "- - - - - - - - - - - - - - -",
  withdrawn: "- - - - - - - - - - - - - - -",
};

/** The checker approves what stands there: a change that was asked for has a hash of its own. */
function fitted(state: Guarantee, command: GuaranteeCommand): GuaranteeCommand {
  if (command.type !== "approve_change" || state.status !== "in_force" || state.change === null)
    return command;
  return { ...command, contentHash: state.change.contentHash };
}

const outcome = (state: Guarantee, command: GuaranteeCommand): string => {
  const result = decide(state, fitted(state, command));
  if (result.ok) return result.value.status;
  return result.refusal.code === "wrong_status" ? "-" : result.refusal.code;
};
const state = (name: keyof typeof STATES): Guarantee => STATES[name];

describe("every status meets every command", () => {
  it("has an answer for each status and each command there is", () => {
    const covered = new Set<GuaranteeStatus>(Object.values(STATES).map((s) => s.status));
    expect([...covered].sort()).toEqual([...GUARANTEE_STATUSES].sort());
    expect(Object.keys(TABLE)).toEqual(Object.keys(STATES));
    expect([...ORDER].sort()).toEqual(Object.keys(COMMANDS).sort());
    for (const row of Object.values(TABLE)) expect(row.split(" ")).toHaveLength(ORDER.length);
  });
  for (const [name, one] of Object.entries(STATES)) {
    const row = (TABLE[name] ?? "").split(" ");
    for (const [at, type] of ORDER.entries()) {
      it(`${name} + ${type} → ${row[at]}`, () => {
        expect(outcome(one, COMMANDS[type])).toBe(row[at]);
      });
    }
  }
});

describe("four eyes", () => {
  const waiting = state("awaiting approval");
  const changing = state("in force, change asked");
  it("refuses the maker as checker, of an issue and of a change", () => {
    expect(outcome(waiting, { ...COMMANDS.approve, by: maker })).toBe("same_person");
    expect(outcome(changing, { ...COMMANDS.approve_change, by: maker })).toBe("same_person");
  });
  it("lets one person do both on a small desk", () => {
    expect(outcome(waiting, { ...COMMANDS.approve, by: maker, approvals: 1 })).toBe("awaiting_approval");
    expect(outcome(changing, { ...COMMANDS.approve_change, by: maker, approvals: 1 })).toBe("in_force");
  });
  it("refuses a checker who saw another content", () => {
    const other = contentHash({ ...content, guaranteedYen: 2 });
    expect(outcome(waiting, { ...COMMANDS.approve, contentHash: other })).toBe("stale_screen");
    expect(decide(changing, { ...COMMANDS.approve_change, contentHash: other })).toMatchObject({
      refusal: { code: "stale_screen" },
    });
  });
  it("makes whoever asks last the maker, and the request before it void", () => {
    const other = { employee: "1003", name: "高橋" };
    const again = decide(waiting, { ...COMMANDS.request_issue, by: other, version: 9 });
    expect(again).toMatchObject({ value: { request: { maker: other, version: 9, previous: content } } });
    const anew = decide(changing, { ...COMMANDS.request_change, by: other, version: 9 });
    expect(anew).toMatchObject({ value: { change: { maker: other, version: 9, approval: null } } });
  });
  it("keeps what the maker changed before the checker's eyes", () => {
    const drafted = { ...content, contractorAddress: "登録の住所" };
    const asked = decide(state("accepted and paid"), { ...COMMANDS.request_issue, drafted });
    expect(asked).toMatchObject({ value: { request: { content, previous: drafted } } });
  });
});

describe("money and dates of a guarantee", () => {
  const applied = state("applied");
  it.each([0, -1, 0.5, Number.NaN, 1_000_000_001])("refuses a fee of %s yen", (feeYen) => {
    expect(outcome(applied, { ...COMMANDS.accept, feeYen })).toBe("fee_out_of_range");
  });
  it("refuses a guarantee that ends before the works do", () => {
    const early = { ...content, guaranteeUntil: "2027-03-18" };
    expect(outcome(state("accepted and paid"), { ...COMMANDS.request_issue, content: early })).toBe(
      "guarantee_until_before_works_end",
    );
  });
  it.each([
    ["a guaranteed amount above the price", { guaranteedYen: 50_000_001 }],
    ["a guaranteed amount above this fiscal year's", { fiscalYearYen: 19_999_999 }],
    ["works that end before they begin", { worksUntil: "2026-04-10", guaranteeUntil: "2026-12-31" }],
  ])("refuses %s, whoever entered it", (_, change) => {
    const wrong = { ...content, ...change };
    expect(outcome(state("accepted and paid"), { ...COMMANDS.request_issue, content: wrong })).toBe(
      "figures_contradict",
    );
    const amended = { change: "amend" as const, content: wrong, reason: "x" };
    expect(outcome(state("in force"), { ...COMMANDS.request_change, proposed: amended })).toBe(
      "figures_contradict",
    );
  });
  it("refuses a guarantee that has already ended", () => {
    const late = { ...COMMANDS.request_issue, at: "2027-03-19T15:00:00.000Z" };
    expect(outcome(state("accepted and paid"), late)).toBe("already_ended");
    expect(outcome(state("accepted and paid"), { ...late, at: "2027-03-19T14:59:59.999Z" })).toBe(
      "awaiting_approval",
    );
  });
  it.each(["return", "decline", "withdraw"] as const)("wants a reason to %s", (type) => {
    expect(outcome(applied, { type, reason: "  " })).toBe("reason_missing");
  });
  it("gives back to an applicant what was accepted only while no fee was received", () => {
    expect(decide(state("accepted"), { type: "reopen" })).toMatchObject({ value: { status: "applied" } });
    expect(decide(state("accepted and paid"), { type: "reopen" })).toMatchObject({
      value: { status: "accepted", fee: { settlement: { how: "paid" } } },
    });
  });
});
