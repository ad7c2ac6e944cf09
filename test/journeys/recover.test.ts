import { afterEach, describe, expect, it } from "vitest";
import { freshDatabase } from "../database.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Ephemeral } from "../sandbox/slack/types.ts";
import { apply, cardWith, command } from "./steps.ts";
import { CHANNEL, CLERK, CONTRACTOR, startWorld, type World } from "./world.ts";

/** 復旧 with the whole desk: what could not be answered or delivered, and how a person brings it to an end. */
describe("letters that a person has to bring to an end", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const open = async (settings: Record<string, string> = {}) => {
    database = await freshDatabase();
    world = await startWorld({ databaseUrl: database.url, settings });
  };
  afterEach(async () => {
    await world.stop();
    await database.drop();
  });

  const PATIENCE = { timeoutMs: 20_000 };
  const told = (words: string) =>
    world.slack.waitFor(
      () =>
        world.slack
          .messages(CHANNEL)
          .flatMap((root) => world.slack.thread(CHANNEL, root.ts))
          .filter((m) => readable(m).includes(words))
          .at(0),
      { ...PATIENCE, what: words },
    );
  const list = async (): Promise<Ephemeral> => {
    const seen = await command(world, CLERK, "復旧");
    const [first] = seen.ephemerals;
    if (first === undefined) throw new Error(`nothing shown: ${seen.text}`);
    return first;
  };
  const receipts = async () =>
    (await world.mail.inbox(CONTRACTOR)).filter(({ subject }) => /受付|ご確認/.test(subject));
  const receipt = (receiptNumber: string) =>
    world.mail.waitForLetter(CONTRACTOR, ({ subject }) => subject.includes(receiptNumber), PATIENCE);

  it("a flood of one sender stops at the cap, staff are told once, and every letter is answered when they say so", async () => {
    await open({ MAIL_CAP_SENDER_HOUR: "2" });
    await apply(world, "一番工事");
    await apply(world, "二番工事");
    const late = [apply(world, "三番工事"), apply(world, "四番工事")];
    await told("1時間の上限（2通）");
    await expect
      .poll(async () => readable(await list()), { timeout: PATIENCE.timeoutMs, interval: 300 })
      .toContain("この差出人の 2 件をまとめて");
    expect(await receipts()).toHaveLength(2);
    const seen = await world.slack.person(CLERK).click(await list(), "2 件をまとめて");
    expect(seen.text).toContain("メール2件");
    for (const number of await Promise.all(late)) await receipt(number);
    expect(await receipts()).toHaveLength(4);
    const alarms = world.slack.messages(CHANNEL).filter((m) => readable(m).includes("1時間の上限"));
    expect(alarms).toHaveLength(1);
    expect((await command(world, CLERK, "復旧")).text).toContain("ありません");
  });

  it("a refused letter is sent again, the same, once staff have seen to the address", async () => {
    await open();
    world.mail.fail({ on: "refuse", code: 550, to: CONTRACTOR });
    const number = await apply(world, "拒否工事");
    await told("受け取りを断られました");
    const waiting = await list();
    expect(readable(waiting)).toContain(CONTRACTOR);
    expect(await receipts()).toHaveLength(0);
    const seen = await world.slack.person(CLERK).click(waiting, "もう一度");
    expect(seen.text).toContain("もう一度送ります");
    await receipt(number);
    await told("メールを送信しました");
    expect(await receipts()).toHaveLength(1);
    expect(readable(await cardWith(world, number))).toContain("差出人：登録アドレス");
  });

  it("a letter of unknown fate is asked about before it is sent again, and closing it sends nothing", async () => {
    await open();
    world.mail.fail({ on: "drop-after-dot", to: CONTRACTOR });
    const number = await apply(world, "行方工事");
    await told("届いたか分かりません");
    const waiting = await list();
    expect(JSON.stringify(waiting.blocks)).toContain("同じメールが二度届くことがあります");
    const seen = await world.slack.person(CLERK).click(waiting, "終了");
    expect(seen.text).toContain("終了しました");
    await told("送信は行いません");
    await receipt(number);
    expect(await receipts()).toHaveLength(1);
  });
});
