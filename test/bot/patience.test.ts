import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readable } from "../sandbox/slack/readable.ts";
import { openScene, type Scene } from "./scene.ts";

/** What a person enters into the modal of 引受. */
const FEES = { 前払金保証の保証料: "65000", 契約保証の保証料: "12000" };

/** What Slack refuses or puts off while a person waits: the person is told all the same. */

describe.each(["socket", "http"] as const)("while Slack is short of patience over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const shown = (user: string) =>
    [...scene.slack.ephemerals(user), ...scene.slack.messages(`D_${user}`)].map(readable).join("\n");

  it.each([
    ["is too old", { error: "expired_trigger_id" }],
    ["was used already", { error: "exchanged_trigger_id" }],
    ["comes too often", { status: 429, retryAfter: 30 }],
    ["meets a broken server", { status: 500 }],
  ])("a person whose trigger %s is told that no modal opened", async (_what, fault) => {
    const { receiptNumber } = await scene.openCase();
    scene.slack.fail("views.open", fault);
    const seen = await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber}`);
    expect(seen.ok).toBe(true);
    expect(seen.text).toContain("入力画面を開けませんでした");
    expect(scene.slack.view("U_CLERK")).toBeUndefined();
  });

  it("a click whose response_url is refused is answered in another way", async () => {
    const { receiptNumber } = await scene.openCase();
    const card = await scene.slack.waitFor(() =>
      scene.slack.messages("C_DESK").find((m) => readable(m).includes(receiptNumber)),
    );
    scene.slack.fail("response_url", { status: 429, retryAfter: 30 });
    const seen = await scene.slack.person("U_BOSS").click(card, "詳細", { waitMs: 3000 });
    expect(seen.text).toContain(receiptNumber);
  });

  it("a confirmation that Slack puts off comes later, once", async () => {
    const { receiptNumber } = await scene.openCase();
    const clerk = scene.slack.person("U_CLERK");
    const { view } = await clerk.command("/hosho", `引受 ${receiptNumber}`);
    if (view === undefined) throw new Error("no modal");
    scene.slack.fail("chat.postEphemeral", { status: 429, retryAfter: 1 });
    await clerk.submit(view, FEES);
    const told = () =>
      scene.slack.ephemerals("U_CLERK").filter((e) => readable(e).includes("引受としました")).length;
    await scene.slack.waitFor(() => told() > 0, { timeoutMs: 4000 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(told()).toBe(1);
    expect(scene.slack.messages("D_U_CLERK")).toEqual([]);
  });

  it("a confirmation goes by direct message where the channel takes none", async () => {
    const { receiptNumber } = await scene.openCase();
    const clerk = scene.slack.person("U_CLERK");
    const { view } = await clerk.command("/hosho", `引受 ${receiptNumber}`);
    if (view === undefined) throw new Error("no modal");
    scene.slack.fail("chat.postEphemeral", { error: "user_not_in_channel" });
    await clerk.submit(view, FEES);
    await scene.slack.waitFor(() =>
      scene.slack.messages("D_U_CLERK").some((m) => readable(m).includes("引受としました")),
    );
  });

  it("a result that cannot be put into the modal that said 'later' is told outside it", async () => {
    const { id, receiptNumber } = await scene.openCase();
    const boss = scene.slack.person("U_BOSS");
    const { view } = await boss.command("/hosho", `引受 ${receiptNumber}`);
    if (view === undefined) throw new Error("no modal");
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();
    const held = scene.store.transact(async (tx) => {
      await tx.lockCase(id);
      isLocked();
      await released;
    });
    await locked;
    scene.slack.fail("views.update", { error: "not_found" });
    const seen = await boss.submit(view, FEES);
    expect(readable(seen.view ?? { blocks: [] })).toContain("時間がかかっています");
    release();
    await held;
    await scene.slack.waitFor(() => shown("U_BOSS").includes("引受としました"));
  });

  it("fifty clicks of one person are all answered", async () => {
    const { receiptNumber } = await scene.openCase();
    const card = await scene.slack.waitFor(() =>
      scene.slack.messages("C_DESK").find((m) => readable(m).includes(receiptNumber)),
    );
    const clicks = Array.from({ length: 50 }, () => scene.slack.person("U_BOTH").click(card, "詳細"));
    for (const seen of await Promise.all(clicks)) expect(seen.ok).toBe(true);
  });
});
