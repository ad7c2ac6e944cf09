import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remindIdle } from "../../core/desk/reminders.ts";
import { completeTask } from "../../core/desk/tasks.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

const PERSON = { slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", branch: null };

/** Cases that nobody touches are brought to mind in their thread: once for each state they are left in. */
describe.each(["socket", "http"] as const)("a case that waits too long, over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const HOUR_MS = 3_600_000;
  /** The desk as it will be so many hours later. */
  const deskIn = (hours: number) => ({
    store: scene.store,
    now: () => new Date(Date.now() + hours * HOUR_MS).toISOString(),
  });
  const reminders = async (id: string) =>
    (await scene.audited()).filter(({ action, caseId }) => action === "reminded" && caseId === id);
  /** What earlier tests left waiting is reminded of first. */
  const settle = async (hours: number) => {
    while ((await remindIdle(deskIn(hours), 48)) > 0);
  };
  const said = async (receiptNumber: string, words: string) => {
    const card = await scene.slack.waitFor(() =>
      scene.slack.messages("C_DESK").find((m) => m.threadTs === null && readable(m).includes(receiptNumber)),
    );
    return scene.slack.waitFor(
      () => scene.slack.thread("C_DESK", card.ts).find((m) => readable(m).includes(words)),
      { what: words, timeoutMs: 10_000 },
    );
  };

  it("is brought to mind once, however often the desk looks, and goes on waiting since the same day", async () => {
    const { id, receiptNumber } = await scene.openCase();
    const before = await scene.store.transact((tx) => tx.caseById(id));
    expect(await remindIdle(deskIn(47), 48)).toBe(0);
    await settle(72);
    await settle(200);
    expect(await reminders(id)).toMatchObject([{ data: { days: 3, waitsFor: "staff" } }]);
    const since = await scene.store.transact((tx) => tx.caseById(id));
    expect([since?.changedAt, since?.version]).toEqual([before?.changedAt, before?.version]);
    await said(receiptNumber, "3日間");
  });

  it("is brought to mind again in the next state, by one of two processes that look at once", async () => {
    const { id, receiptNumber } = await scene.openCase();
    await settle(72);
    await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber} 65000 12000`);
    const counts = await Promise.all([remindIdle(deskIn(300), 48), remindIdle(deskIn(300), 48)]);
    expect(counts[0] + counts[1]).toBeGreaterThan(0);
    await settle(300);
    expect(await reminders(id)).toHaveLength(2);
  });

  it("says so when it is the applicant's turn", async () => {
    const life = lifeScene(scene);
    const one = await scene.openCase();
    await life.does("U_CLERK", `差戻 ${one.receiptNumber}`, { 理由: "工期をご確認ください。" });
    await settle(72);
    expect(await reminders(one.id)).toMatchObject([{ data: { waitsFor: "applicant" } }]);
    await said(one.receiptNumber, "申込者の返信");
  });

  it("is left alone once it is in force or has ended, but not while something has to be posted", async () => {
    const life = lifeScene(scene);
    const issued = await life.issued();
    const declined = await scene.openCase();
    await life.does("U_CLERK", `謝絶 ${declined.receiptNumber}`, { 理由: "対象外です。" });
    await settle(72);
    expect(await reminders(issued.id)).toHaveLength(1);
    expect(await reminders(declined.id)).toEqual([]);
    const done = await life.issued();
    const by = { ...PERSON, roles: ["clerk" as const] };
    for (const { id } of (await life.found(done.id)).tasks) await completeTask(scene.desk, by, id);
    await settle(72);
    expect(await reminders(done.id)).toEqual([]);
  });

  it("is never brought to mind where that is switched off", async () => {
    const { id } = await scene.openCase();
    expect(await remindIdle(deskIn(5000), 0)).toBe(0);
    expect(await reminders(id)).toEqual([]);
  });
});
