import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Case } from "../../core/case.ts";
import { dayInTokyo } from "../../core/dates.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { declineGuarantees, withdrawGuarantees } from "../../core/desk/end.ts";
import { enterCase } from "../../core/desk/enter.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { notePrice } from "../../core/desk/price.ts";
import { receiveLetter } from "../../core/desk/receive.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { reviewCase, settleable } from "../../core/desk/review.ts";
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
import { type Application, GUARANTEE_KINDS, type Problem } from "../../core/terms.ts";
import { arrived, recordOne } from "../prisma/samples.ts";
import { application, requested } from "./application.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk, TOWN_HALL } from "./desk.ts";
import { mustHaveTold } from "./effects.ts";
import { typed } from "./way.ts";

/** Random people do random things to one case, in any order; whatever is refused, what must hold always holds. */

/** Some 750 steps. */
const WALKS = 16;

let world: TestDesk;
let letters = 0;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

const VERBS = [
  ...["accept", "settle", "request", "approve", "draw", "back", "decline", "withdraw", "resend", "post"],
  ...["review", "correct", "price"],
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
    ...(["accept", "settle", "request", "approve", "approve", "draw", "amend", "rectify", "review"] as const),
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

/**
 * The way to a guarantee in force that was amended, in which as much as possible happens twice: what is told is told
 * each time. Walks begin at its start, in its middle or at its end.
 */
const [CLERK, BOSS] = [PEOPLE.clerk, PEOPLE.approver];
const APPLIED = ["back", "correct", "back", "review", "accept", "review", "accept", "settle"] as const;
const ISSUED = ["request", "approve", "draw"] as const;
const AMENDED = ["amend", "approve", "draw"] as const;
const WITHDRAWN = ["unamend", "approve"] as const;
const AHEAD = [...APPLIED, ...ISSUED, ...AMENDED, ...WITHDRAWN, ...AMENDED, ...WITHDRAWN, ...AMENDED].map(
  (verb, at): Step => {
    const who = verb === "approve" ? BOSS : CLERK;
    // Of the works another title each time, of the guarantee another amount.
    const yen = (1 + (at % 12)) * 4_000_000;
    return { verb, who, only: null, stale: false, wrongAmount: false, atLast: false, yen };
  },
);
/** Nothing has happened, fees are settled, it is in force, it was amended once and then again and again. */
const BEGINNINGS = [0, APPLIED.length, 11, 14, AHEAD.length] as const;

/** What a member of staff or a letter puts right: the works, an amount, where letters go, whom to call. */
function putRight(before: Application, { yen }: Pick<Step, "yen">): Application {
  const n = yen / 1_000_000;
  if (n % 4 === 0) return { ...before, worksTitle: `町道${n}号線改良工事` };
  if (n % 4 === 2) return { ...before, completionEmail: before.completionEmail === null ? APPLICANT : null };
  if (n % 4 === 3) return { ...before, contact: { ...before.contact, phone: `0297-00-00${n}` } };
  const guarantees = before.guarantees.map((one) => ({ ...one, guaranteedYen: yen }));
  return { ...before, guarantees };
}

/** What a letter says that states nothing. */
const NOTHING = application({
  ...{ ordererName: null, contractorName: null, worksTitle: null, contractPriceYen: null },
  ...{ contractDate: null, worksFrom: null, worksUntil: null, handlingBranch: null },
  ...{ completionNotice: null, directSubmission: null },
  guarantees: [{ ...requested("performance", 0), ...{ form: null, guaranteedYen: null, redeposit: null } }],
});

/** A letter of the applicant's, or now and then of somebody else, that puts the case right. */
async function correctionArrives(found: Case, step: Step): Promise<Result<unknown>> {
  const { desk, store } = world;
  const from = step.stale ? TOWN_HALL : APPLICANT;
  const receivedAt = desk.now();
  const keys = { contentKey: randomUUID(), headerKey: randomUUID() };
  letters += 1;
  const place = { mailbox: "INBOX", uidValidity: 1n, uid: letters };
  const { id } = await store.transact((tx) => recordOne(tx, arrived({ place, receivedAt, ...keys })));
  const facts = {
    ...{ id, receivedAt, subject: "訂正", messageId: `<${id}@tone.example>`, references: [] },
    ...{ authenticated: false, authenticationResults: null, uncapped: false, notAnswered: null },
  };
  const reading = {
    ...{ kind: "correction" as const, from, reference: found.receiptNumber, queries: [], problems: [] },
    application: putRight(NOTHING, step),
  };
  await receiveLetter(desk, facts, reading, []);
  const [letter] = await world.query<{ state: string }>("SELECT state FROM letters WHERE id = $1", [id]);
  return letter?.state === "answered" ? { ok: true, value: null } : refuse("wrong_status");
}

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
        approvals: found.guarantees.flatMap((one) => typed(one, step.wrongAmount ? 1 : 0)),
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
    case "review":
      return reviewCase(desk, who, caseId, {
        ...{ expectedVersion, application: putRight(found.application, step) },
        ...{ settledProblems: settleable(desk, found), settledChecks: found.checks, note: "電話で確認" },
        tellApplicant: true,
      });
    case "correct":
      return correctionArrives(found, step);
    case "price": {
      const contractPriceYen = 40_000_000 + step.yen;
      return notePrice(desk, who, target, { expectedVersion, contractPriceYen, reason: "設計変更" });
    }
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
  }
}

/** Applied for by letter, with a question that does not hinder acceptance; or by telephone. */
async function begin(by: "letter" | "telephone"): Promise<string> {
  const performance = { ...requested("performance", 5_000_000), form: "paper" as const };
  const guarantees = [requested("advance_payment", 20_000_000), performance];
  if (by === "letter") return world.openCase({ guarantees }, { problems: [QUESTION] });
  const entry = { id: randomUUID(), origin: "phone" as const, address: null };
  const entered = await enterCase(world.desk, PEOPLE.clerk, {
    ...entry,
    application: application({ guarantees }),
  });
  if (!entered.ok) throw new Error(entered.refusal.code);
  return entered.value.found.id;
}
const QUESTION: Problem = { field: "worksNumber", code: "ambiguous", text: "工事番号が二通りあります。" };

/** The town hall looks at whatever is in force, as soon as it is. */
async function look(caseId: string, known: Set<string>): Promise<void> {
  for (const one of (await world.found(caseId)).guarantees)
    if (isIssued(one) && !known.has(one.id)) {
      known.add(one.id);
      await world.seenByTown(one);
    }
}

describe("whatever staff do, in whatever order", () => {
  it("keeps numbers, keys, versions, four eyes and one effect for each decision", async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...BEGINNINGS),
        fc.constantFrom("letter", "telephone"),
        fc.boolean(),
        fc.array(anyStep, { minLength: 25, maxLength: 45 }),
        async (far, by, seen, random) => {
          const steps = [...AHEAD.slice(0, far), ...random];
          const caseId = await begin(by);
          const lookedAt = new Set<string>();
          const { guarantees } = await world.found(caseId);
          const mediums = new Map(guarantees.map(({ id, requested }) => [id, requested.form]));
          for (const [at, step] of steps.entries()) {
            const done = await play(caseId, step);
            if (at < far) expect(done.ok, `${at}: ${step.verb}`).toBe(true);
            if (done.ok) reached.add(step.verb);
            if (seen) await look(caseId, lookedAt);
            await mustHold(caseId, mediums);
          }
          await completeIssue(world.desk, caseId);
          await mustHaveBeen(caseId);
          await mustHaveTold(world, caseId, seen);
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
