import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SLACK_HOLDS_BACK_MS, type SlackOutcome } from "../../core/rows/outbox.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { type Connection, connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";

/** Whose turn it is in a thread, and who may say what became of an attempt: the store, with jobs run by hand. */

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let one: Database;
let two: Database;
let db: Connection;
beforeAll(async () => {
  fresh = await freshDatabase();
  one = await openDatabase({ url: fresh.url, dataDir: "" });
  two = await openDatabase({ url: fresh.url, dataDir: "" });
  // Each is known to be alive from here on.
  for (const { jobs } of [one, two]) await jobs.work("desk.issue", async () => undefined);
  db = await connectOnce(fresh.url);
});
afterAll(async () => {
  await db.end();
  for (const { close } of [one, two]) await close();
  await fresh.drop();
});
beforeEach(() => clear());

const clear = () => db.query("TRUNCATE slack_messages; DELETE FROM jobs.job WHERE name = 'slack.post'");
const START = Date.parse("2100-01-01T00:00:00.000Z");
const instant = (ms: number) => new Date(START + ms).toISOString();
const LEASE_MS = 600_000;

function add(cause: string, caseId: string | null, ms: number, at = one): Promise<void> {
  const desk = {
    kind: "desk",
    cause,
    content: { event: "engine_trouble", code: cause, detail: {} },
  } as const;
  const content = { event: "letter_sent", template: "receipt", to: "a@b.example" } as const;
  const post = caseId === null ? desk : ({ kind: "thread", cause, caseId, content } as const);
  return at.store.transact((tx) => tx.addSlack(post, instant(ms)));
}
const claim = (id: string, ms: number, at = one) =>
  at.store.transact((tx) => tx.claimSlack(id, instant(ms), instant(ms + LEASE_MS)));
const idOf = async (cause: string): Promise<string> =>
  (await db.query("SELECT id FROM slack_messages WHERE cause = $1", [cause])).rows[0]?.id;
const stateOf = async (id: string): Promise<unknown> =>
  (await db.query("SELECT state, ts FROM slack_messages WHERE id = $1", [id])).rows[0];

test("a late word of an earlier attempt changes nothing", async () => {
  await add("a", null, 0);
  const id = await idOf("a");
  expect(await claim(id, 0)).toMatchObject({ state: "pending", attempt: 1 });
  // The first froze until its lease was over.
  expect(await claim(id, LEASE_MS + 1, two)).toMatchObject({ state: "sending", held: false, attempt: 2 });
  const at = instant(LEASE_MS + 2);
  const said = { state: "sent", at, detail: null, channel: "C1", ts: "1.1" } as const;
  const limited = { state: "pending", at, detail: "ratelimited", retryAt: at, attempt: 1 } as const;
  expect(await one.store.transact((tx) => tx.settleSlack(id, limited))).toBe(false);
  expect(await two.store.transact((tx) => tx.settleSlack(id, { ...said, attempt: 2 }))).toBe(true);
  expect(await one.store.transact((tx) => tx.settleSlack(id, limited))).toBe(false);
  expect(await stateOf(id)).toEqual({ state: "sent", ts: "1.1" });
});

test.each(["desk", "card"])(
  "of two that take up the same doubtful %s message one is told that it is held",
  async (kind) => {
    if (kind === "desk") await add("a", null, 0);
    else await one.store.transact((tx) => tx.addSlack({ kind: "card", caseId: "a" }, instant(0)));
    const id = await idOf("a");
    await db.query("UPDATE slack_messages SET state = 'ambiguous'");
    // Both have read it before either writes.
    await db.query("BEGIN");
    await db.query("SELECT FROM slack_messages FOR UPDATE");
    const both = [one, two].map((at) => claim(id, 0, at));
    await sleep(300);
    await db.query("COMMIT");
    expect((await Promise.all(both)).filter((row) => row?.held)).toHaveLength(1);
  },
);

interface Job {
  id: string;
  row: string;
  after: number;
}
const jobs = async (): Promise<Job[]> =>
  (
    await db.query(`SELECT id, data->>'id' AS row, extract(epoch FROM start_after) * 1000 AS after FROM jobs.job
      WHERE name = 'slack.post' ORDER BY start_after, created_on, id`)
  ).rows.map(({ id, row, after }) => ({ id, row, after: Math.round(Number(after)) - START }));

/** The rows of each thread that are open, those that rest, and the jobs that it has. */
const threads = async (): Promise<{ open: number; resting: number; jobs: number }[]> =>
  (
    await db.query(`SELECT count(*)::int AS open,
        count(*) FILTER (WHERE state = 'pending' AND detail = 'turn')::int AS resting,
        (SELECT count(*)::int FROM jobs.job j JOIN slack_messages mine ON mine.id = j.data->>'id'
          WHERE j.name = 'slack.post' AND mine.case_id IS NOT DISTINCT FROM m.case_id) AS jobs
      FROM slack_messages m WHERE state IN ('pending', 'sending', 'ambiguous') GROUP BY case_id`)
  ).rows;

const OUTCOMES = ["sent", "parked", "limited", "doubt", "root", "paused", "died", "too late"] as const;
type Outcome = (typeof OUTCOMES)[number];

function outcomeOf(outcome: Outcome, retryAt: string): Pick<SlackOutcome, "state" | "detail" | "retryAt"> {
  if (outcome === "sent" || outcome === "parked") return { state: outcome, detail: null };
  return { state: outcome === "doubt" ? "ambiguous" : "pending", detail: outcome, retryAt };
}

/** Runs a job as a worker would. @returns the cause of the message that was said, if one was. */
async function run(job: Job, ms: number, outcome: Outcome, waitMs: number): Promise<string | null> {
  const row = await claim(job.row, ms);
  // The queue brings back what failed.
  if (row !== null && outcome === "died") return null;
  const openRow = row !== null && ["pending", "sending", "ambiguous"].includes(row.state) && !row.held;
  if (openRow) {
    const attempt = outcome === "too late" ? row.attempt - 1 : row.attempt;
    const settled = { at: instant(ms), attempt, ...outcomeOf(outcome, instant(ms + waitMs)) };
    await one.store.transact((tx) => tx.settleSlack(row.id, settled));
  }
  await db.query("DELETE FROM jobs.job WHERE id = $1", [job.id]);
  return openRow && outcome === "sent" && "cause" in row.post ? row.post.cause : null;
}

test("whatever becomes of attempts, no open row is left without a job, and all are said at last", async () => {
  const place = fc.constantFrom(null, "c1");
  const act = fc.oneof(
    fc.record({ add: place }),
    fc.record({
      pick: fc.nat(30),
      outcome: fc.constantFrom(...OUTCOMES),
      waitMs: fc.constantFrom(0, 1000, 60_000),
      // Jobs may come early: the clocks of the database and of the process differ.
      early: fc.constantFrom(0, 0, 0, 1500),
      passes: fc.constantFrom(0, 0, 10, 2000, SLACK_HOLDS_BACK_MS),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(place, { maxLength: 8 }),
      fc.array(act, { maxLength: 30 }),
      async (first, acts) => {
        await clear();
        let [clock, count] = [0, 0];
        for (const caseId of first) await add(`m${count++}`, caseId, clock++);
        const check = async () => {
          for (const thread of await threads()) {
            expect(thread.jobs).toBeGreaterThanOrEqual(thread.open - thread.resting);
            expect(thread.open - thread.resting).toBeGreaterThan(0);
          }
        };
        for (const each of acts) {
          if ("add" in each) await add(`m${count++}`, each.add, clock++);
          else {
            clock += each.passes;
            const due = (await jobs()).filter(({ after }) => after <= clock + each.early);
            const job = due[each.pick % Math.max(due.length, 1)];
            if (job !== undefined) await run(job, clock, each.outcome, each.waitMs);
          }
          await check();
        }
        for (let [job] = await jobs(); job !== undefined; [job] = await jobs()) {
          clock = Math.max(clock, job.after) + 1;
          await run(job, clock, "sent", 0);
          await check();
        }
        expect(await threads()).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

test("a row that waits keeps the others back for an hour at most, and they are said in order then", async () => {
  const names = ["m0", "m1", "m2", "m3", "m4"];
  for (const [ms, name] of names.entries()) await add(name, "c1", ms);
  const said: string[] = [];
  /** Runs what is due until nothing is; the first message fails whenever it is tried. @returns how many jobs ran. */
  const work = async (clock: number): Promise<number> => {
    let ran = 0;
    for (let [job] = await jobs(); job !== undefined && job.after <= clock; [job] = await jobs()) {
      const turn = await db.query("SELECT retry_at FROM slack_messages WHERE cause = 'm0'");
      const stuck = new Date(turn.rows[0]?.retry_at ?? 0).getTime() - START <= clock;
      const cause = await run(job, clock, stuck ? "limited" : "sent", 60_000);
      if (cause !== null) said.push(cause);
      ran += 1;
    }
    return ran;
  };
  expect(await work(10)).toBe(names.length);
  for (let minute = 1; minute < 60; minute += 1) expect(await work(10 + minute * 60_000)).toBe(1);
  expect(said).toEqual([]);
  // Itself, and then each of the others.
  expect(await work(10 + SLACK_HOLDS_BACK_MS)).toBe(names.length);
  expect(said).toEqual(names.slice(1));
}, 60_000);

test("a thread message whose card was never posted shows in the vitals and the reconciliation", async () => {
  const days = 48 * 3_600_000;
  await add("a", "no-such", 0);
  const id = await idOf("a");
  await claim(id, days);
  const waits = {
    state: "pending",
    at: instant(days),
    detail: "root",
    retryAt: instant(days + 1000),
  } as const;
  await one.store.transact((tx) => tx.settleSlack(id, { ...waits, attempt: 1 }));
  expect((await one.store.transact((tx) => tx.vitals(instant(days)))).oldestSlack).toBe(days / 1000);
  expect((await one.store.transact((tx) => tx.discrepancies(instant(days - 3_600_000)))).untoldSlack).toBe(1);
});
