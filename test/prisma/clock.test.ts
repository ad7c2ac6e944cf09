import { afterAll, beforeAll, expect, test } from "vitest";
import { readSettings } from "../../core/config.ts";
import { runDoctor } from "../../mail/upkeep/doctor.ts";
import { openClock } from "../../prisma/clock.ts";
import { openDatabase } from "../../prisma/open.ts";
import { loadWords } from "../../templates/words.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";

/** Whose clock counts when those of two machines differ. */

let fresh: FreshDatabase;
beforeAll(async () => {
  fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const MINUTE_MS = 60_000;
const TRUTH = Date.parse("2026-04-10T01:00:00.000Z");
const clocks = { database: TRUTH, own: TRUTH };
const log: string[] = [];
const open = (everyMs = MINUTE_MS) =>
  openClock(
    async () => clocks.database,
    (line) => void log.push(line),
    { local: () => clocks.own, everyMs },
  );
const apart = (a: string, b: string) => Math.abs(Date.parse(a) - Date.parse(b));

test("two machines whose clocks differ by minutes write the same time, the database's", async () => {
  clocks.own = TRUTH + 7 * MINUTE_MS;
  const fast = await open();
  clocks.own = TRUTH;
  const right = await open();
  const seen = right.now();
  clocks.own = TRUTH + 7 * MINUTE_MS;
  expect(apart(fast.now(), seen)).toBeLessThan(1_000);
  fast.stop();
  right.stop();
});

test("a difference that the network alone could make changes nothing", async () => {
  clocks.own = TRUTH + 200;
  const clock = await open();
  expect(clock.offset()).toBe(0);
  expect(clock.now()).toBe(new Date(TRUTH + 200).toISOString());
  clock.stop();
});

test("a clock that is set while the process runs is noticed at the next look, and told once", async () => {
  clocks.own = TRUTH;
  log.length = 0;
  const clock = await open(20);
  expect(log).toEqual([]);
  clocks.own = TRUTH - 3 * MINUTE_MS;
  await expect.poll(() => apart(clock.now(), new Date(TRUTH).toISOString())).toBeLessThan(1_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/180 s behind .*NTP/);
  clocks.own = TRUTH;
  await expect.poll(() => clock.offset()).toBe(0);
  clock.stop();
});

test("a database that does not answer leaves the difference as it was measured last", async () => {
  let away = false;
  clocks.own = TRUTH + MINUTE_MS;
  const clock = await openClock(
    async () => (away ? Promise.reject(new Error("away")) : clocks.database),
    () => undefined,
    { local: () => clocks.own, everyMs: 10 },
  );
  away = true;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(Math.abs(clock.offset() + MINUTE_MS)).toBeLessThan(1_000);
  clock.stop();
});

test.each([
  [95_000, /参考.*データベース.*95 秒.*NTP/],
  [-95_000, /参考.*データベース.*95 秒.*NTP/],
  [9_000, /良好.*データベース/],
])("doctor looks at a difference of %d ms", async (offset, expected) => {
  const words = loadWords();
  const lines: string[] = [];
  const probes = {
    fonts: async () => undefined,
    openDatabase: async () => ({
      ...(await openDatabase({ url: fresh.url, dataDir: "" })),
      clockOffset: () => offset,
    }),
    sealState: async () => [],
    slack: async () => [],
    codeOf: String,
  };
  await runDoctor(
    readSettings({}, []),
    probes,
    (key, params) => words.sentence("operator", key, params),
    (line) => void lines.push(line),
  );
  expect(lines.filter((line) => expected.test(line))).toHaveLength(1);
});

test("an open database tells its time", async () => {
  const database = await openDatabase({ url: fresh.url, dataDir: "" });
  // Here both clocks are the same one.
  expect(database.clockOffset()).toBe(0);
  expect(apart(database.now(), new Date().toISOString())).toBeLessThan(10_000);
  await database.close();
});
