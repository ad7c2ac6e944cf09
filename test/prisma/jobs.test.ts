import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { holdAndKill } from "./kill.ts";
import { arrived, recordOne } from "./samples.ts";

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

function open(log: string[] = []): Promise<Database> {
  return openDatabase({ url: fresh.url, dataDir: "" }, { log: (line) => log.push(line) });
}

/** Time without a sign of life from whoever holds the jobs that are running. */
async function pass(time: string): Promise<void> {
  const db = await connectOnce(fresh.url);
  await db.query("UPDATE jobs.job SET heartbeat_on = heartbeat_on - $1::interval WHERE state = 'active'", [
    time,
  ]);
  await db.end();
}

test("a job of a program killed beside a living one is taken over by that one", async () => {
  const living = await open();
  // The living one works on another queue first, so that the killed one gets the letter.
  await living.jobs.work("desk.issue", async () => undefined);
  const held = await holdAndKill(fresh.url, "", "killed");
  await pass("10 seconds");
  const done: string[] = [];
  await living.jobs.work("mail.read", async (id) => {
    done.push(id);
  });
  await expect.poll(() => done, { timeout: 15_000 }).toEqual([held]);
  await living.close();
});

test("a handler that fails is called again, and the end of the program waits for one that runs", async () => {
  const log: string[] = [];
  const database = await open(log);
  const steps: string[] = [];
  let fail = true;
  await database.jobs.work("slack.post", async () => {
    if (fail) {
      fail = false;
      throw new Error("Slack is away");
    }
    steps.push("begun");
    await new Promise((resolve) => setTimeout(resolve, 300));
    steps.push("done");
  });
  const post = { kind: "card", caseId: "case-1" } as const;
  await database.store.transact((tx) => tx.addSlack(post, "2026-04-10T00:00:00.000Z"));
  await expect.poll(() => steps, { timeout: 10_000 }).toEqual(["begun"]);
  await database.close();
  expect(steps).toEqual(["begun", "done"]);
  expect(log.join()).toContain("Slack is away");
});

test("a backlog is worked off by as many workers as asked for, each job once", async () => {
  const database = await open();
  const ids = Array.from({ length: 60 }, (_, index) => `case-${index}`);
  await database.store.transact(async (tx) => {
    for (const id of ids) await tx.addIssueJob(id);
  });
  const done: string[] = [];
  let [running, most] = [0, 0];
  const handler = async (id: string) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 10));
    running -= 1;
    done.push(id);
  };
  await database.jobs.work("desk.issue", handler, { concurrency: 4 });
  await expect.poll(() => done.length, { timeout: 10_000 }).toBe(60);
  expect(done.sort()).toEqual(ids.sort());
  expect(most).toBe(4);
  await database.close();
});

test("a moment is stored as that moment although the database lives in another time zone", async () => {
  const db = await connectOnce(fresh.url);
  await db.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'America/New_York'); END $$`,
  );
  const database = await open();
  const place = { mailbox: "zone", uidValidity: 1n, uid: 1 };
  const letter = arrived({
    place,
    contentKey: "zone",
    receivedAt: "2026-07-01T23:30:00.123Z",
    answerable: false,
  });
  await database.store.transact((tx) => recordOne(tx, letter));
  const { rows } = await db.query(
    `SELECT (received_at AT TIME ZONE 'UTC')::text AS at FROM letters WHERE mailbox = 'zone'`,
  );
  expect(rows).toEqual([{ at: "2026-07-01 23:30:00.123" }]);
  await db.end();
  await database.close();
});
