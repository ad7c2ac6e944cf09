import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOME_DEEDS } from "../../bot/blocks/home.ts";
import type { ThreadEvent } from "../../core/announcements.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene, words } from "./scene.ts";

/** What only a slash command did: the home tab asks for its words, and a letter's message in the thread leads on. */
describe.each(["socket", "http"] as const)("by button, over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const clerk = () => scene.slack.person("U_CLERK");
  /** The home tab that is still being drawn anew may appear before what was clicked for. */
  const opens = async (click: () => Promise<unknown>) => {
    await click();
    return scene.slack.waitFor(() => scene.slack.view("U_CLERK"), { what: "a modal", timeoutMs: 10_000 });
  };
  const asks = async (word: string) => {
    const home = await clerk().openHome();
    if (home === undefined) throw new Error("no home tab");
    return opens(() => clerk().click(home, word));
  };
  /** What came by direct message since `from`. */
  const direct = (from: number) => scene.slack.messages("D_U_CLERK").slice(from);
  const answer = async (word: string, typed: string) => {
    const from = scene.slack.messages("D_U_CLERK").length;
    const view = await asks(word);
    expect((await clerk().submit(view, { words: typed })).closed).toBe(true);
    await scene.slack.waitFor(() => direct(from).length > 0, { what: "an answer", timeoutMs: 10_000 });
    return direct(from);
  };

  it("finds cases, with the buttons that the command's list has", async () => {
    const one = await scene.openCase({ worksTitle: "羽根野橋補修工事" });
    const [list] = await answer("検索", "羽根野橋　補修");
    if (list === undefined) throw new Error("no list");
    expect(readable(list)).toContain(one.receiptNumber);
    const typed = await life.command("U_CLERK", "検索 羽根野橋 補修");
    expect([list].map(readable)).toEqual(typed.ephemerals.map(readable));
    const seen = await clerk().click(list, "詳細");
    await scene.slack.waitFor(() => seen.text.includes("羽根野橋補修工事"), { what: "the details" });
  });

  it.each([
    ["発注者", "利根町", "利根町"],
    ["受注者", "利根建設", "利根建設株式会社"],
    ["発注者", "", "利根町"],
    ["試算", "前払 2,000万円 2026/4/11～2027/3/19", "20,000,000円"],
    ["試算", "2,000万円", "商品"],
  ])("answers %s 「%s」 as the command does", async (word, typed, expected) => {
    const told = (await answer(word, typed)).map(readable);
    expect(told.join()).toContain(expected);
    const seen = await life.command("U_CLERK", `${word} ${typed}`);
    expect(told).toEqual(seen.ephemerals.map(readable));
  });

  it("runs no other command than the one of its button, whatever is typed", async () => {
    const one = await scene.openCase();
    const told = await answer("検索", `引受 ${one.receiptNumber} 65000 12000`);
    expect(told.map(readable).join()).not.toContain("引受とし");
    expect((await life.found(one.id)).guarantees.map(({ status }) => status)).toEqual(["applied", "applied"]);
  });

  it("has room on the home tab for every command that is about no case", async () => {
    expect(HOME_DEEDS.length).toBeLessThanOrEqual(25);
    const home = readable((await clerk().openHome()) ?? { blocks: [] });
    for (const deed of HOME_DEEDS) expect(home).toContain(words.sentence("slack", `command.${deed}.word`));
  });

  it("opens 取下 at a letter that takes the application back, however far the case has moved on since", async () => {
    const one = await scene.openCase();
    const message = await said(one, { kind: "withdrawal", reason: "kind_withdrawal" });
    await life.command("U_CLERK", `引受 ${one.receiptNumber} -契約 12000`);
    const view = await opens(() => clerk().click(message, "取下"));
    const seen = await life.submit("U_CLERK", view, { 対象の商品: ["前払金保証"] });
    expect(seen.text).toContain("取下げとしました");
    const { guarantees } = await life.found(one.id);
    expect(guarantees.map(({ status }) => status)).toEqual(["withdrawn", "accepted"]);
    const registrar = await scene.slack.person("U_REG").click(message, "取下");
    expect(registrar.view).toBeUndefined();
    await scene.slack.waitFor(() => registrar.text.includes("担当または承認者"), { what: "a refusal" });
  });

  it("opens 審査 at a correction that came too late, and nothing else by the value of that button", async () => {
    const one = await scene.openCase();
    await life.command("U_CLERK", `引受 ${one.receiptNumber} 65000 12000`);
    const message = await said(one, { kind: "correction", reason: "correction_too_late" });
    const view = await opens(() => clerk().click(message, "審査"));
    expect(readable(view)).toContain(one.receiptNumber);
    await clerk().closeView();
    const text = { type: "plain_text", text: "偽" };
    for (const action of ["thread.paid", "thread.constructor", "thread."]) {
      message.blocks.push({
        ...{ type: "actions", block_id: `forged ${action}` },
        elements: [{ type: "button", action_id: action, value: one.id, text }],
      });
      const seen = await clerk().click(message, action);
      await scene.slack.waitFor(() => seen.text.includes("この画面は古くなっています"), { what: action });
    }
    expect((await life.found(one.id)).guarantees[0]).toMatchObject({ fee: { settlement: null } });
  });

  it("leads nowhere from a letter that asks for neither", async () => {
    const one = await scene.openCase();
    const message = await said(one, { kind: "status_inquiry", reason: "kind_status_inquiry" });
    await expect(clerk().click(message, "審査")).rejects.toThrow("no");
    await expect(clerk().click(message, "取下")).rejects.toThrow("no");
  });

  /** A letter about the case is said in its thread. */
  async function said(one: LifeCase, about: Pick<LetterReceived, "kind" | "reason">) {
    const [letter] = await life.query<{ id: string }>(
      `SELECT letter_id AS id FROM cases WHERE id = '${one.id}'`,
    );
    const content = { event: "letter_received" as const, letterId: letter?.id ?? "", ...about };
    const post = {
      ...{ kind: "thread" as const, cause: `letter:${about.kind}:${one.id}`, caseId: one.id },
      content: { ...content, from: "suzuki@tone-kensetsu.example", answered: false },
    };
    await scene.store.transact((tx) => tx.addSlack(post, scene.desk.now()));
    return scene.slack.waitFor(
      () => {
        const card = scene.slack.messages("C_DESK").find((m) => readable(m).includes(one.receiptNumber));
        const thread = card === undefined ? [] : scene.slack.thread("C_DESK", card.ts);
        return thread.find((m) => readable(m).includes("suzuki@tone-kensetsu.example"));
      },
      { what: "the letter in the thread", timeoutMs: 10_000 },
    );
  }
});

type LetterReceived = Extract<ThreadEvent, { event: "letter_received" }>;
