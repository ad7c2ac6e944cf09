import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { doubleJobs } from "../crash/tables.ts";
import { freshDatabase } from "../database.ts";
import { ADVANCE_YEN, PERFORMANCE_YEN } from "../demo/letters.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Seen } from "../sandbox/slack/types.ts";
import { type Program, runProgram } from "./child.ts";
import { apply, cardWith, command, issue, review } from "./steps.ts";
import {
  APPROVER,
  CHANNEL,
  CLERK,
  CONTRACTOR,
  freePort,
  SECOND_APPROVER,
  startWorld,
  type World,
} from "./world.ts";

/**
 * Two whole programs on one database, as two machines run them: Slack hands the same decision to both at once, and the
 * queue hands every certificate to both ("at least once"). Everything takes effect once.
 */
describe("two programs at once", { timeout: 60_000 }, () => {
  const PATIENCE = { timeout: 20_000, interval: 50 };
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const programs: { program: Program; appUrl: string }[] = [];
  let receiptNumber = "";

  beforeAll(async () => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    programs.push(...(await Promise.all([start(), start()])));
    at(0);
    receiptNumber = await apply(world, "町道700号線改良工事");
    await issue(world, receiptNumber);
    await doubleJobs(database.url, "desk.%");
  }, 90_000);
  afterAll(async () => {
    await Promise.all(programs.map(({ program }) => program.kill()));
    await world?.stop();
    await database?.drop();
  }, 60_000);

  async function start() {
    const port = await freePort();
    const program = runProgram(["start"], { ...world.env, SLACK_PORT: String(port), LOG_LEVEL: "info" });
    await program.ready();
    return { program, appUrl: `http://127.0.0.1:${port}` };
  }
  /** From now on Slack speaks to this program. */
  const at = (n: number) => {
    world.slack.appUrl = programs[n]?.appUrl ?? null;
  };
  const rows = async <Row extends object>(sql: string): Promise<Row[]> => {
    const db = await connectOnce(database.url);
    try {
      return (await db.query<Row>(sql)).rows;
    } finally {
      await db.end();
    }
  };
  async function asks(text: string, values: Record<string, string | boolean>): Promise<void> {
    const { view, text: said } = await command(world, CLERK, text);
    if (view === undefined) throw new Error(said);
    expect((await world.slack.person(CLERK).submit(view, values)).closed).toBe(true);
  }
  /** Two approvers, each before a screen of a program of their own, press at the same moment. */
  async function bothApprove(amounts: Record<string, string>): Promise<Seen[]> {
    const people = [APPROVER, SECOND_APPROVER];
    const views = [];
    for (const [n, person] of people.entries()) {
      at(n);
      views.push(await review(world, person, receiptNumber));
    }
    const pressed: Promise<Seen>[] = [];
    for (const [n, person] of people.entries()) {
      const view = views[n];
      if (view === undefined) throw new Error("no screen");
      await world.slack.person(person).fill(view, amounts);
    }
    for (const [n, person] of people.entries()) {
      at(n);
      const view = world.slack.view(person);
      if (view !== undefined) pressed.push(world.slack.person(person).submit(view));
      // It is on its way to that program before the next one is spoken to; neither has answered by then.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return Promise.all(pressed);
  }
  const nothingLeft = () =>
    expect
      .poll(
        () =>
          rows(`SELECT 'letter' AS what FROM outbound_letters WHERE state <> 'sent'
            UNION ALL SELECT 'Slack' FROM slack_messages WHERE state <> 'sent' OR stale
            UNION ALL SELECT name FROM jobs.job WHERE state < 'completed' AND name IN ('desk.issue', 'mail.send', 'slack.post')`),
        PATIENCE,
      )
      .toEqual([]);
  async function thread(words: string): Promise<number> {
    const card = await cardWith(world, receiptNumber);
    return world.slack.thread(CHANNEL, card.ts).filter((m) => readable(m).includes(words)).length;
  }
  const letters = async (word: string) =>
    (await world.mail.inbox(CONTRACTOR)).filter(({ subject }) => subject.includes(word)).length;
  const until = (months: number) =>
    new Date(Date.now() + (12 + months) * 31 * 86_400_000).toISOString().slice(0, 10);

  it("the same amendment approved at both, and drawn by both: one version, one letter, one line", async () => {
    for (const round of [1, 2, 3]) {
      at(0);
      await asks(`変更 ${receiptNumber} -前払`, {
        ...{ 前払金保証の保証期限: until(round), 変更の理由: `工期の延長 ${round}`, 保証料の確認: true },
      });
      const seen = await bothApprove({ 前払金保証の保証金額: ADVANCE_YEN });
      expect(seen.map(({ closed }) => closed).sort(), seen.map(({ text }) => text).join()).toEqual([
        false,
        true,
      ]);
      const refused = seen.find(({ closed }) => !closed);
      expect(refused?.text).toMatch(/承認済み|すでに|既に|更新/);
      for (const person of [APPROVER, SECOND_APPROVER])
        if (world.slack.view(person) !== undefined) await world.slack.person(person).closeView({ all: true });
      await nothingLeft();
      expect(await thread(`変更${round}の保証証書が有効`)).toBe(1);
      expect(await letters("変更のお知らせ")).toBe(round);
    }
    expect(await thread("変更を承認しました")).toBe(3);
    const versions = await rows(
      `SELECT position, serial, ended_how FROM certificate_versions v JOIN guarantees g ON g.id = v.guarantee_id
       WHERE g.kind = 'advance_payment' ORDER BY position`,
    );
    expect(versions).toEqual([0, 1, 2, 3].map((n) => ({ position: n, serial: n, ended_how: null })));
    expect(world.slack.files()).toHaveLength(5);
    // Each certificate was handed out twice: the queue did what it was told.
    const [jobs] = await rows<{ n: number }>(
      "SELECT count(*)::int AS n FROM jobs.job WHERE name = 'desk.issue'",
    );
    expect(jobs?.n).toBe(7);
  });

  it("the same end approved at both: it ends once, and who pressed later is told that it was done", async () => {
    at(0);
    await asks(`解約 ${receiptNumber} -契約`, { 解約の理由: "請負契約の解除" });
    const seen = await bothApprove({ 契約保証の保証金額: PERFORMANCE_YEN });
    expect(seen.map(({ closed }) => closed).sort()).toEqual([false, true]);
    await nothingLeft();
    expect(await thread("契約保証を解約しました")).toBe(1);
    expect(await letters("解約のお知らせ")).toBe(1);
    expect(await rows("SELECT what FROM decisions WHERE what = 'cancel'")).toHaveLength(1);
    const opened = await openDatabase({ url: database.url, dataDir: "" });
    expect((await opened.checkAudit()).broken).toBeNull();
    await opened.close();
    expect(world.slack.rejections).toEqual([]);
  });
});
