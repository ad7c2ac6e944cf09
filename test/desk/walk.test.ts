import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dayInTokyo } from "../../core/dates.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase, awaited } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { declineGuarantees, withdrawGuarantees } from "../../core/desk/end.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { sendBack } from "../../core/desk/send-back.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { completeTask } from "../../core/desk/tasks.ts";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type Guarantee,
  holding,
  isIssued,
  latestCertificate,
  type ProposedChange,
} from "../../core/guarantee/guarantee.ts";
import { type Result, refuse } from "../../core/result.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { requested } from "./application.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk } from "./desk.ts";

/** Random people do random things to one case, in any order; whatever is refused, what must hold always holds. */

/** Some 1,000 steps. */
const WALKS = 20;

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

const VERBS = [
  ...["accept", "settle", "request", "approve", "draw", "back", "decline", "withdraw", "resend", "post"],
  ...CHANGE_KINDS,
] as const;
/** One time in ten. */
function rarely(): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: 9 }).map((one) => one === 0);
}

const anyStep = fc.record({
  verb: fc.constantFrom(
    ...VERBS,
    // What leads on comes more often, so that walks reach the end of a guarantee's life.
    ...(["accept", "settle", "request", "approve", "approve", "draw", "amend", "rectify"] as const),
  ),
  who: fc.constantFrom(PEOPLE.clerk, PEOPLE.approver, PEOPLE.both, PEOPLE.auditor),
  only: fc.option(fc.subarray([...GUARANTEE_KINDS], { minLength: 1, maxLength: 2 }), { nil: null, freq: 1 }),
  stale: rarely(),
  wrongAmount: rarely(),
  atLast: rarely(),
  yen: fc.integer({ min: 1, max: 48 }).map((one) => one * 1_000_000),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function proposal(guarantee: Guarantee, change: ChangeKind, { yen }: Step): ProposedChange {
  const reason = "工事内容の見直しのため";
  if (change === "unamend") return { change, reason };
  if (change === "resend") return { change, to: APPLICANT, reason };
  if (change === "cancel" || change === "release")
    return { change, on: dayInTokyo(world.desk.now()), reason };
  const before = isIssued(guarantee) ? latestCertificate(guarantee).content : null;
  if (before === null) return { change: "unamend", reason };
  return { change, content: { ...before, guaranteedYen: yen }, reason };
}

/** The way to a guarantee in force and amended: walks begin at its start, in its middle or at its end. */
const AHEAD = (
  [
    ["accept", PEOPLE.clerk],
    ["settle", PEOPLE.clerk],
    ["request", PEOPLE.clerk],
    ["approve", PEOPLE.approver],
    ["draw", PEOPLE.clerk],
    ["amend", PEOPLE.clerk],
    ["approve", PEOPLE.both],
    ["draw", PEOPLE.clerk],
  ] as const
).map(([verb, who]): Step => {
  return { verb, who, only: null, stale: false, wrongAmount: false, atLast: false, yen: 4_000_000 };
});

/** Does one step; a throw is a bug. */
async function play(caseId: string, step: Step): Promise<Result<unknown>> {
  const { desk } = world;
  const found = await world.found(caseId);
  const target = { caseId, only: step.only };
  const expectedVersion = step.stale ? found.version - 1 : found.version;
  const { who } = step;
  switch (step.verb) {
    case "accept": {
      const fees = found.guarantees.map(({ id }) => ({ guaranteeId: id, feeYen: 65_000 }));
      return acceptCase(desk, who, target, { expectedVersion, fees });
    }
    case "settle":
      return settleFee(desk, who, target);
    case "request":
      return requestIssue(desk, who, target, {
        ...{ expectedVersion, contractorAddress: "茨城県北相馬郡利根町布川1" },
        ...{ contractorRepresentative: "代表取締役 利根 太郎", certified: true },
        until: found.guarantees.map(({ id }) => ({ guaranteeId: id, day: "2027-03-31" })),
      });
    case "approve":
      return approveCase(desk, who, target, {
        expectedVersion,
        approvals: found.guarantees.flatMap((one) => {
          const waits = awaited(one);
          if (waits === null) return [];
          const repeated = `${waits.guaranteedYen + (step.wrongAmount ? 1 : 0)}円`;
          return [{ guaranteeId: one.id, contentHash: waits.contentHash, repeated }];
        }),
      });
    case "draw":
      await completeIssue(desk, caseId);
      return { ok: true, value: null };
    case "back":
      return sendBack(desk, who, target, { reason: "ご確認ください" });
    case "decline":
      return step.atLast
        ? declineGuarantees(desk, who, target, { reason: "条件に合わないため" })
        : refuse("wrong_status");
    case "withdraw":
      return step.atLast
        ? withdrawGuarantees(desk, who, target, { reason: "お申出のため" })
        : refuse("wrong_status");
    case "post":
      return completeTask(desk, who, found.tasks.at(-1)?.id ?? "no such task");
    case "resend": {
      const electronic = found.guarantees.filter(({ requested: asked }) => asked.form === "electronic");
      const guaranteeIds = electronic.map(({ id }) => id);
      return resendNotice(desk, who, target, {
        expectedVersion,
        guaranteeIds,
        to: APPLICANT,
        reason: "紛失",
      });
    }
    default: {
      const change = step.verb as ChangeKind;
      // Ends are rare, so that there is something left to happen.
      if ((change === "cancel" || change === "release") && !step.atLast) return refuse("wrong_status");
      const proposals = found.guarantees.map((one) => ({
        guaranteeId: one.id,
        proposed: proposal(one, change, step),
      }));
      return requestChange(desk, who, target, { expectedVersion, change, proposals, feeLookedAt: true });
    }
  }
}

async function mustHold(caseId: string, mediums: Map<string, string | null>): Promise<void> {
  const { guarantees } = await world.found(caseId);
  const rows = await world.query<{ id: string; number: string | null; keys: string; documents: string }>(
    `SELECT g.id, g.number, (SELECT count(*) FROM sealed_keys k WHERE k.guarantee_id = g.id) AS keys,
       (SELECT count(*) FROM documents d WHERE d.guarantee_id = g.id) AS documents
     FROM guarantees g WHERE g.case_id = $1`,
    [caseId],
  );
  for (const guarantee of guarantees) {
    const row = rows.find(({ id }) => id === guarantee.id);
    const reserved = guarantee.status === "awaiting_approval" && guarantee.approval !== null;
    const electronic = mediums.get(guarantee.id) === "electronic";
    // A number and a key exist only when two people have decided.
    expect(row?.number !== null, guarantee.status).toBe(isIssued(guarantee) || reserved);
    expect(Number(row?.keys)).toBe((isIssued(guarantee) || reserved) && electronic ? 1 : 0);
    if (!isIssued(guarantee)) {
      expect(Number(row?.documents)).toBe(0);
      continue;
    }
    expect(guarantee.certificates.map(({ position }) => position)).toEqual(
      guarantee.certificates.map((_, at) => at),
    );
    expect(holding(guarantee).map(({ serial }) => serial)).toEqual(holding(guarantee).map((_, at) => at));
    for (const { content } of guarantee.certificates) expect(content.medium).toBe(mediums.get(guarantee.id));
    // Each version has its certificate, and an electronic one its notice.
    expect(Number(row?.documents)).toBe(guarantee.certificates.length * (electronic ? 2 : 1));
  }
}

/** What is counted over the whole walk: each effect once, nobody approved himself, the log is whole. */
async function mustHaveBeen(caseId: string): Promise<void> {
  const { guarantees } = await world.found(caseId);
  const ids = guarantees.map(({ id }) => id);
  const own = await world.query(
    "SELECT * FROM decisions WHERE verdict = 'approved' AND maker_employee = checker_employee",
  );
  expect(own).toEqual([]);
  for (const guarantee of guarantees) {
    const events = await world.query<{ action: string; count: string }>(
      "SELECT action, count(*) FROM audit_entries WHERE guarantee_id = $1 GROUP BY action",
      [guarantee.id],
    );
    const times = (action: string) => Number(events.find((one) => one.action === action)?.count ?? 0);
    const versions = isIssued(guarantee) ? guarantee.certificates.length : 0;
    expect(times("issued")).toBe(isIssued(guarantee) ? 1 : 0);
    expect(times("issued") + times("amended") + times("rectified")).toBe(versions);
    // Every certificate stands on a decision of its own.
    const [decided] = await world.query<{ count: string }>(
      "SELECT count(*) FROM decisions WHERE subject = $1 AND verdict = 'approved' AND what IN ('issue', 'amend', 'rectify')",
      [guarantee.id],
    );
    const drawing =
      (guarantee.status === "awaiting_approval" && guarantee.approval !== null) ||
      (guarantee.status === "in_force" && guarantee.change?.approval != null);
    expect(Number(decided?.count)).toBe(versions + (drawing ? 1 : 0));
    // Each version was told to the contractor once, and shown in the thread once.
    const [told] = await world.query<{ letters: string; files: string }>(
      `SELECT (SELECT count(*) FROM outbound_letters WHERE case_id = $1 AND template IN ('amended', 'rectified')
           AND cause LIKE '%' || $2 || '%') AS letters,
         (SELECT count(*) FROM slack_messages WHERE case_id = $1 AND kind = 'file' AND cause LIKE '%' || $2 || '%') AS files`,
      [caseId, guarantee.id],
    );
    expect(Number(told?.letters)).toBe(Math.max(0, versions - 1));
    expect(Number(told?.files)).toBe(versions);
  }
  const [issued] = await world.query<{ count: string }>(
    "SELECT count(*) FROM outbound_letters WHERE case_id = $1 AND template = 'issued'",
    [caseId],
  );
  const firsts = ids.length === 0 ? 0 : guarantees.filter(isIssued).length;
  expect(Number(issued?.count)).toBeLessThanOrEqual(firsts);
  if (firsts > 0) expect(Number(issued?.count)).toBeGreaterThan(0);
}

describe("whatever staff do, in whatever order", () => {
  it("keeps numbers, keys, versions, four eyes and one effect for each decision", async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 5, 8),
        fc.array(anyStep, { minLength: 30, maxLength: 60 }),
        async (far, random) => {
          const steps = [...AHEAD.slice(0, far), ...random];
          const performance = { ...requested("performance", 5_000_000), form: "paper" as const };
          const caseId = await world.openCase({
            guarantees: [requested("advance_payment", 20_000_000), performance],
          });
          const { guarantees } = await world.found(caseId);
          const mediums = new Map(guarantees.map(({ id, requested }) => [id, requested.form]));
          for (const step of steps) {
            const done = await play(caseId, step);
            if (done.ok) reached.add(step.verb);
            await mustHold(caseId, mediums);
          }
          await completeIssue(world.desk, caseId);
          await mustHaveBeen(caseId);
        },
      ),
      { numRuns: WALKS, endOnFailure: true },
    );
    // Walks in which everything is refused would prove nothing; how a guarantee ends is rare.
    const always = VERBS.filter((verb) => !["decline", "withdraw", "cancel", "release"].includes(verb));
    expect(always.filter((verb) => !reached.has(verb))).toEqual([]);
    const { entries, broken } = await world.database.checkAudit();
    expect(broken).toBeNull();
    expect(entries).toBeGreaterThan(100);
  }, 180_000);
});
