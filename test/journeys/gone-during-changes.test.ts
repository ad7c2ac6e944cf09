import { afterEach, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { ADVANCE_YEN } from "../demo/letters.ts";
import { startGate } from "../sandbox/gate.ts";
import type { Entry } from "../sandbox/slack/inputs.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Seen, View } from "../sandbox/slack/types.ts";
import { apply, cardWith, command, issue, review } from "./steps.ts";
import {
  APPROVER,
  CHANNEL,
  CLERK,
  CONTRACTOR,
  openDesk,
  SECOND_APPROVER,
  startWorld,
  type World,
} from "./world.ts";

/** The database, or Slack, goes away just while somebody changes a guarantee. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PATIENCE = { timeout: 30_000, interval: 100 };
const UNTIL = new Date(Date.now() + 400 * 86_400_000).toISOString().slice(0, 10);
const LONGER: Record<string, Entry> = {
  前払金保証の保証期限: UNTIL,
  変更の理由: "工期の延長",
  保証料の確認: true,
};
const AMOUNT = { 前払金保証の保証金額: ADVANCE_YEN };

/** A world without its desk, between which and everything else a gate can be put. */
async function worldWithoutDesk(): Promise<{ world: World; database: FreshDatabase }> {
  const database = await freshDatabase();
  closing.push(() => database.drop());
  const world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
  closing.push(() => world.stop());
  return { world, database };
}

async function form(world: World, receiptNumber: string): Promise<View> {
  const { view, text } = await command(world, CLERK, `変更 ${receiptNumber} -前払`);
  if (view === undefined) throw new Error(text);
  return view;
}

async function closeAll(world: World, person: string): Promise<void> {
  if (world.slack.view(person) !== undefined) await world.slack.person(person).closeView({ all: true });
}

async function threadOf(world: World, receiptNumber: string): Promise<string[]> {
  const card = await cardWith(world, receiptNumber);
  return world.slack.thread(CHANNEL, card.ts).slice(1).map(readable);
}

const amendments = async (world: World) =>
  (await world.mail.inbox(CONTRACTOR)).filter(({ subject }) => subject.includes("変更のお知らせ"));

describe("the database is gone while a modal is sent", () => {
  it("who sent it reads that nothing was done, nothing was, and a second try does it once", {
    timeout: 60_000,
  }, async () => {
    const { world, database } = await worldWithoutDesk();
    const server = new URL(database.url);
    const gate = await startGate(Number(server.port));
    closing.push(() => gate.stop());
    server.port = String(gate.port);
    server.searchParams.delete("host"); // by TCP, not through the server's socket file
    world.env.DATABASE_URL = server.href;
    await world.restart();
    const receiptNumber = await apply(world, "町道71号線改良工事");
    await issue(world, receiptNumber);
    /** All that a decision of staff leaves behind. */
    const traces = async () => {
      const db = await connectOnce(database.url);
      const { rows } = await db.query(
        `SELECT (SELECT json_agg(version) FROM cases) AS cases, (SELECT count(change)::int FROM guarantees) AS changes,
           (SELECT count(*)::int FROM decisions) AS decisions, (SELECT count(*)::int FROM certificate_versions) AS versions,
           (SELECT count(*)::int FROM audit_entries WHERE action LIKE 'change%' OR action = 'amended') AS entries,
           (SELECT count(*)::int FROM outbound_letters WHERE template = 'amended') AS letters`,
      );
      await db.end();
      return rows[0];
    };
    const whileGone = async (person: string, view: View, values: Record<string, Entry>) => {
      const before = await traces();
      await gate.shut();
      const seen: Seen = await world.slack.person(person).submit(view, values);
      const words = () => `${seen.text}${readable(world.slack.view(person) ?? { blocks: [] })}`;
      await expect.poll(words, PATIENCE).toMatch(/データベースに接続できない.*何も行っていません/);
      expect(seen.ok).toBe(true);
      await gate.open();
      expect(await traces()).toEqual(before);
      await closeAll(world, person);
    };
    const asked = await world.slack.person(CLERK).submit(await form(world, receiptNumber), LONGER);
    expect(asked.closed).toBe(true);
    await whileGone(APPROVER, await review(world, APPROVER, receiptNumber), AMOUNT);
    const view = await review(world, APPROVER, receiptNumber);
    expect((await world.slack.person(APPROVER).submit(view, AMOUNT)).closed).toBe(true);
    await cardWith(world, receiptNumber, "変更1");
    await expect.poll(async () => (await amendments(world)).length, PATIENCE).toBe(1);
    expect(await traces()).toMatchObject({ changes: 0, versions: 3, decisions: 3, entries: 3, letters: 1 });
  });
});

describe("Slack is gone while changes are approved", () => {
  it("they take effect and the letters leave; card and thread follow later, in order and once", {
    timeout: 90_000,
  }, async () => {
    const { world } = await worldWithoutDesk();
    const api = new URL(world.env.SLACK_API_URL ?? "");
    const gate = await startGate(Number(api.port));
    closing.push(() => gate.stop());
    api.port = String(gate.port);
    world.env.SLACK_API_URL = api.href;
    world.desk = await openDesk(world.env);
    const cases = [await apply(world, "町道72号線改良工事"), await apply(world, "町道73号線改良工事")];
    for (const receiptNumber of cases) {
      await issue(world, receiptNumber);
      const asked = await world.slack.person(CLERK).submit(await form(world, receiptNumber), LONGER);
      expect(asked.closed).toBe(true);
      await expect
        .poll(async () => (await threadOf(world, receiptNumber)).join(), PATIENCE)
        .toContain("変更の承認を申請しました");
    }
    const people = [APPROVER, SECOND_APPROVER];
    const screens = [];
    for (const [n, receiptNumber] of cases.entries())
      screens.push(await review(world, people[n] ?? APPROVER, receiptNumber));
    await gate.shut();
    for (const [n, view] of screens.entries()) {
      const seen = await world.slack.person(people[n] ?? APPROVER).submit(view, AMOUNT, { waitMs: 0 });
      expect(seen).toMatchObject({ ok: true, closed: true });
    }
    await expect.poll(async () => (await amendments(world)).length, PATIENCE).toBe(2);
    expect((await threadOf(world, cases[0] ?? "")).join()).not.toContain("変更を承認しました");
    await gate.open();
    for (const receiptNumber of cases) {
      const last = async () => (await threadOf(world, receiptNumber)).join("\n");
      await expect.poll(last, { ...PATIENCE, timeout: 60_000 }).toContain("変更のお知らせ（宛先");
      const lines = (await threadOf(world, receiptNumber)).filter((line) => /変更/.test(line));
      expect(
        lines.map((line) => line.replace(/^.*?(申請|承認しました|を変更しました|送信).*$/s, "$1")),
      ).toEqual([...["申請", "承認しました", "を変更しました", "送信"]]);
      expect(readable(await cardWith(world, receiptNumber))).toContain("変更1");
    }
    expect(world.slack.files()).toHaveLength(6);
    expect(world.slack.rejections).toEqual([]);
  });
});
