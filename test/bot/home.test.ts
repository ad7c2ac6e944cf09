import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readable } from "../sandbox/slack/readable.ts";
import type { View } from "../sandbox/slack/types.ts";
import { openScene, type Scene, words } from "./scene.ts";

/** What a person enters into the modal of 引受. */
const FEES = { 前払金保証の保証料: "65000", 契約保証の保証料: "12000" };

/** The home tab: what stands there, and clicks on it, which have no channel and no response_url. */

describe.each(["socket", "http"] as const)("the home tab over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const opened = async (user: string) => {
    const home = await scene.slack.person(user).openHome();
    if (home === undefined) throw new Error("no home tab");
    return home;
  };
  /** A button as it stood there before something changed. */
  const plant = (home: View, action: string, value: string, label: string) => {
    const text = { type: "plain_text", text: label };
    const elements = [{ type: "button", action_id: action, value, text }];
    home.blocks.push({ type: "actions", block_id: "planted", elements });
  };
  const direct = (user: string) => scene.slack.messages(`D_${user}`).map(readable).join("\n");

  it("shows the cases that wait for this person, and one sentence to strangers", async () => {
    const { receiptNumber } = await scene.openCase();
    const clerk = readable(await opened("U_CLERK"));
    expect(clerk).toContain("電子保証デスク");
    expect(clerk).toContain(receiptNumber);
    expect(readable(await opened("U_STRANGER"))).toBe(words.sentence("refusals", "not_staff"));
    const [published] = scene.slack.calls.filter(({ method }) => method === "views.publish");
    expect(JSON.stringify(published?.args)).not.toContain("suzuki");
  });

  it("answers a click by direct message, opens modals, and is brought up to date by what was done", async () => {
    const { id, receiptNumber } = await scene.openCase();
    const boss = scene.slack.person("U_BOSS");
    const home = await opened("U_BOSS");
    expect(readable(home)).not.toContain("入金待ち");
    const index = readable(home)
      .split("\n")
      .filter((line) => /A-\d{6}/.test(line))
      .findIndex((line) => line.includes(receiptNumber));
    const shown = await boss.click(home, "詳細", { index });
    expect(shown.ok).toBe(true);
    await scene.slack.waitFor(() => direct("U_BOSS").includes(receiptNumber));
    const details = scene.slack.messages("D_U_BOSS").find((m) => readable(m).includes("町道"));
    expect(details?.user).toBe("U_BOT");
    // The case moves on; a click on the tab that was drawn before finds the tab of now.
    await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber}`);
    const modal = scene.slack.view("U_CLERK");
    if (modal === undefined) throw new Error("no modal");
    await scene.slack.person("U_CLERK").submit(modal, FEES);
    await expect
      .poll(async () => (await scene.store.transact((tx) => tx.caseById(id)))?.guarantees[0]?.status)
      .toBe("accepted");
    await boss.click(home, "詳細");
    await scene.slack.waitFor(() => readable(boss.home() ?? { blocks: [] }).includes("入金待ち"));
  });

  it("says on the spot why a click does nothing", async () => {
    await scene.openCase();
    const home = await opened("U_CLERK");
    // The list of staff changes while the tab stands open.
    plant(home, "approve", "none:1", "承認");
    const seen = await scene.slack.person("U_CLERK").click(home, "承認");
    expect(seen.view?.title).toBe("お知らせ");
    expect(seen.text).not.toBe("");
  });

  it("says by direct message what could not be shown on the spot", async () => {
    const home = await opened("U_CLERK");
    plant(home, "none", "-", "古い");
    scene.slack.fail("views.open", { error: "expired_trigger_id" });
    await scene.slack.person("U_CLERK").click(home, "古い");
    await scene.slack.waitFor(() => direct("U_CLERK").includes("この画面は古くなっています"));
  });

  /** The tab that the test before has left to be drawn is drawn: what is planned to fail belongs to the next one. */
  const quiet = async () => {
    for (let calls = -1; calls !== scene.slack.calls.length; ) {
      calls = scene.slack.calls.length;
      await pause(300);
    }
  };

  it("keeps what stands there when it cannot be drawn, and comes back", async () => {
    await quiet();
    const before = await opened("U_BOTH");
    scene.slack.fail("views.publish", { status: 500 });
    await scene.slack.person("U_BOTH").openHome({ waitMs: 300 });
    expect(scene.slack.home("U_BOTH")?.hash).toBe(before.hash);
    expect(JSON.stringify(scene.logged)).toContain("home tab could not be brought up to date");
    scene.slack.fail("views.publish", { status: 429, retryAfter: 1 });
    await scene.slack.person("U_BOTH").openHome({ waitMs: 3000 });
    expect(scene.slack.home("U_BOTH")?.hash).not.toBe(before.hash);
  });
});
