import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { CHANNEL, CONTRACTOR, DESK, startWorld, type World } from "./world.ts";

/** More letters than a person writes: the desk stops answering, keeps everything, and says so once. */

const PATIENCE = { timeoutMs: 20_000 };

/** Applications for these works, one after another. */
async function applyFor(world: World, titles: readonly string[], from = CONTRACTOR): Promise<void> {
  const { subject, text } = applicationLetter(worksDates(new Date()));
  for (const title of titles)
    await world.mail.send(from, { to: DESK, subject, text: text.replace("町道112号線改良工事", title) });
}

const receipts = async (world: World) =>
  (await world.mail.inbox(CONTRACTOR)).filter((letter) => letter.subject.includes("受付")).length;
const told = (world: World, words: string) =>
  world.slack.messages(CHANNEL).filter((m) => readable(m).includes(words)).length;

/** How many letters are in each state, once none is left unread. */
async function states(url: string): Promise<Record<string, number>> {
  const db = await connectOnce(url);
  const { rows } = await db.query("SELECT state, count(*)::int FROM letters GROUP BY state");
  await db.end();
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

describe.each([
  { scope: "sender", setting: "MAIL_CAP_SENDER_HOUR" },
  { scope: "domain", setting: "MAIL_CAP_DOMAIN_HOUR" },
])("more letters of one $scope than its cap", ({ setting }) => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, settings: { [setting]: "2" } });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  it("are kept for staff, who are told once, and the answers stop at the cap", async () => {
    await applyFor(world, ["町道一工事", "町道二工事", "町道三工事", "町道四工事", "町道五工事"]);
    await expect.poll(() => states(database.url), PATIENCE_POLL).toEqual({ answered: 2, parked: 3 });
    await world.slack.waitFor(() => told(world, "上限") === 1, PATIENCE);
    expect(await receipts(world)).toBe(2);
    expect(told(world, "受付番号")).toBe(2);
  });
});

const PATIENCE_POLL = { timeout: 20_000, interval: 50 };

describe("more letters than the whole desk answers in an hour", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, settings: { MAIL_CAP_GLOBAL_HOUR: "1" } });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  it("wait unread until there is room again, and are answered then by themselves", async () => {
    await applyFor(world, ["町道六工事", "町道七工事"]);
    await world.slack.waitFor(() => told(world, "上限") === 1, PATIENCE);
    expect(await states(database.url)).toEqual({ answered: 1, stored: 1 });
    // An hour later, as far as the tables know; the waiting job is due.
    const db = await connectOnce(database.url);
    await db.query("UPDATE outbound_letters SET created_at = created_at - interval '1 hour'");
    await db.query("UPDATE jobs.job SET start_after = now() WHERE name = 'mail.read' AND state < 'active'");
    await db.end();
    await expect.poll(() => states(database.url), PATIENCE_POLL).toEqual({ answered: 2 });
    await expect.poll(() => receipts(world), PATIENCE_POLL).toBe(2);
    expect(told(world, "上限")).toBe(1);
  });
});

describe("letters of one contractor about one case", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  it("are dealt with in the order in which they came, although four are read at once", async () => {
    await applyFor(world, ["町道八工事"]);
    const receipt = await world.mail.waitForLetter(CONTRACTOR, (l) => l.subject.includes("受付"), PATIENCE);
    const number = /A-\d{6}/.exec(receipt.subject + receipt.text)?.[0] ?? "";
    await world.desk.stop();
    const prices = [51, 52, 53, 54, 55, 56].map((million) => `${million},000,000円`);
    for (const price of prices)
      await world.mail.send(CONTRACTOR, {
        to: DESK,
        subject: `Re: 【${number}】`,
        text: `訂正します。\n請負金額：${price}\n`,
      });
    await world.restart();
    const isAnswer = (subject: string) => subject.includes(number);
    await expect
      .poll(async () => (await world.mail.inbox(CONTRACTOR)).filter((l) => isAnswer(l.subject)).length, {
        timeout: 30_000,
        interval: 100,
      })
      .toBe(prices.length + 1);
    const db = await connectOnce(database.url);
    const { rows } = await db.query(
      `SELECT data FROM audit_entries WHERE action = 'application_corrected' ORDER BY serial`,
    );
    const price = await db.query(`SELECT application ->> 'contractPriceYen' AS yen FROM cases`);
    await db.end();
    const after = rows.map(({ data }) => JSON.stringify(data.changes));
    expect(
      after.map((text) =>
        /5[1-6]000000|5[1-6],000,000/g.exec(text.slice(text.indexOf("after")))?.[0]?.slice(0, 2),
      ),
    ).toEqual(["51", "52", "53", "54", "55", "56"]);
    expect(price.rows).toEqual([{ yen: "56000000" }]);
  });
});
