import { afterAll, beforeAll, expect, test } from "vitest";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { decide } from "../../core/guarantee/life-cycle.ts";
import type { Decision } from "../../core/rows/cases.ts";
import type { Transaction } from "../../core/store.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { type FreshDatabase, freshDatabase, onServer } from "../database.ts";
import * as sample from "./samples.ts";

/** What the database keeps of the life after issue, and what it refuses whoever writes. */

const NOW = "2026-05-10T01:00:00.000Z";
const maker = { employee: "1001", name: "見本 作成" };
const checker = { employee: "1002", name: "見本 承認" };
let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" }, { now: () => NOW });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const step = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => database.store.transact(work);
let opened = 0;
/** A case with one guarantee in force. */
async function openCase(): Promise<{ caseId: string; guaranteeId: string; guarantee: Guarantee }> {
  opened += 1;
  const [caseId, guaranteeId] = [`case-${opened}`, `g-${opened}`];
  const number = `20800-${String(opened).padStart(6, "0")}`;
  const guarantee = sample.inForce(guaranteeId, number);
  await step((tx) =>
    tx.insertCase(sample.newCase(caseId, `A-${String(opened).padStart(6, "0")}`, [guarantee])),
  );
  return { caseId, guaranteeId, guarantee };
}

const decision = (subject: string, changes: Partial<Decision> = {}): Decision => ({
  ...{ subject, version: 3, verdict: "approved", what: "issue", contentHash: "h", maker, checker },
  ...{ at: NOW, approvals: 2, ...changes },
});

test("one version of a request is decided once", async () => {
  const { guaranteeId } = await openCase();
  await step((tx) => tx.saveDecision(decision(guaranteeId)));
  await expect(
    step((tx) => tx.saveDecision(decision(guaranteeId, { verdict: "refused" }))),
  ).rejects.toThrow();
  await step((tx) => tx.saveDecision(decision(guaranteeId, { version: 4 })));
});

test("the database refuses a maker who approves, and knows small desks", async () => {
  const { guaranteeId } = await openCase();
  const own = decision(guaranteeId, { checker: maker });
  await expect(step((tx) => tx.saveDecision(own))).rejects.toThrow();
  await step((tx) => tx.saveDecision({ ...own, approvals: 1 }));
  await step((tx) => tx.saveDecision({ ...own, version: 4, verdict: "taken_back" }));
  const others = decision(guaranteeId, { version: 5, verdict: "taken_back" });
  await expect(step((tx) => tx.saveDecision(others))).rejects.toThrow();
});

test("a rectified certificate takes the place of the faulty one, and both stay", async () => {
  const { caseId, guarantee } = await openCase();
  if (guarantee.status !== "in_force") throw new Error("not in force");
  const [first] = guarantee.certificates;
  if (first === undefined) throw new Error("no certificate");
  const content = { ...first.content, worksTitle: "町道113号線改良工事", guaranteeUntil: "2027-09-30" };
  const proposed = { change: "rectify" as const, content, reason: "誤記" };
  const change = { version: 2, proposed, contentHash: "h", maker, requestedAt: NOW };
  const approved: Guarantee = {
    ...guarantee,
    change: { ...change, approval: { checker, approvedAt: NOW } },
  };
  await step((tx) => tx.saveGuarantees(caseId, [approved]));
  expect((await step((tx) => tx.caseById(caseId)))?.guarantees).toEqual([approved]);
  const done = decide(approved, { type: "complete_change", at: NOW });
  if (!done.ok) throw new Error(done.refusal.code);
  await step((tx) => tx.saveGuarantees(caseId, [done.value]));
  const kept = await step((tx) => tx.caseById(caseId));
  expect(kept?.guarantees).toEqual([done.value]);
  expect(kept).toMatchObject({ version: 3, changedAt: NOW });
  // Of a serial one version holds: a second is refused, also to whoever writes past the program.
  await expect(
    onServer(fresh.url, `UPDATE certificate_versions SET ended_how = NULL, ended_at = NULL`),
  ).rejects.toThrow(/rows of certificate_versions are kept/);
});

test("a status has exactly the facts it can have, also in the tables", async () => {
  const { guaranteeId } = await openCase();
  const where = `WHERE id = '${guaranteeId}'`;
  for (const forged of [
    "status = 'cancelled'",
    "status = 'released', ended_on = '2026-05-10'",
    "number = NULL",
    "until = NULL",
    "status = 'accepted', number = NULL, until = NULL, change = '{}'",
  ])
    await expect(onServer(fresh.url, `UPDATE guarantees SET ${forged} ${where}`), forged).rejects.toThrow(
      /guarantees_facts/,
    );
});

test("lists: what is left to do, what is found", async () => {
  const { caseId, guaranteeId, guarantee } = await openCase();
  const has = async (list: (tx: Transaction) => Promise<{ id: string }[]>) =>
    (await step(list)).some(({ id }) => id === caseId);
  expect(await has((tx) => tx.openCases(100))).toBe(false);
  const tasks = [{ id: "t-1", guaranteeId, task: "post_certificate" as const, since: NOW }];
  await step((tx) => tx.addTasks(caseId, tasks));
  expect(await has((tx) => tx.openCases(100))).toBe(true);
  expect(await has((tx) => tx.openCasesOf("suzuki@tone.example", 100))).toBe(true);
  expect(await step((tx) => tx.completeTask("t-1", maker, NOW))).toBe(true);
  expect(await step((tx) => tx.completeTask("t-1", checker, NOW))).toBe(false);
  expect((await step((tx) => tx.caseById(caseId)))?.tasks).toMatchObject([{ done: { by: maker } }]);
  expect(await has((tx) => tx.openCases(100))).toBe(false);
  const end: Guarantee = {
    ...guarantee,
    ...(guarantee.status === "in_force"
      ? {
          change: {
            ...{ version: 2, proposed: { change: "cancel", on: "2026-05-10", reason: "x" } },
            ...{ contentHash: "h", maker, requestedAt: NOW, approval: null },
          },
        }
      : {}),
  } as Guarantee;
  await step((tx) => tx.saveGuarantees(caseId, [end]));
  expect(await has((tx) => tx.openCases(100))).toBe(true);

  expect(await has((tx) => tx.searchCases(["１１２号線", "利根 建設"], 10))).toBe(true);
  expect(await has((tx) => tx.searchCases(["１１２号線", "小谷"], 10))).toBe(false);
  expect(await has((tx) => tx.searchCases(["112_線"], 10))).toBe(false);
  expect(await has((tx) => tx.searchCases(["%"], 10))).toBe(false);
  if (!("number" in guarantee)) throw new Error("no number");
  expect(await has((tx) => tx.searchCases([guarantee.number], 10))).toBe(true);
});

test("a case without a product can end, and is then no work any more", async () => {
  await step((tx) => tx.insertCase(sample.newCase("bare", "A-900000", [])));
  const open = async () => (await step((tx) => tx.openCases(100))).some(({ id }) => id === "bare");
  expect(await open()).toBe(true);
  await step((tx) => tx.endCase("bare", { how: "withdrawn", reason: "お申出", at: NOW }));
  expect(await open()).toBe(false);
  expect(await step((tx) => tx.caseById("bare"))).toMatchObject({ ended: { how: "withdrawn" }, version: 2 });
});
