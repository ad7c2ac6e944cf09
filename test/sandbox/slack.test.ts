import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readable } from "./slack/readable.ts";
import { type LoopbackSlack, startSlack } from "./slack/start.ts";
import { startTinyApp, type TinyApp } from "./tiny-app.ts";

describe.each(["http", "socket"] as const)("an app on the loopback Slack by %s", (mode) => {
  let slack: LoopbackSlack;
  let app: TinyApp;

  beforeEach(async () => {
    slack = await startSlack({
      mode,
      users: ["U_CLERK", "U_BOSS"],
      channels: ["C_DESK"],
      ackLimitMs: 400,
      triggerLifeMs: 60,
    });
    app = await startTinyApp(slack);
  });
  afterEach(async () => {
    await app.stop();
    await slack.stop();
  });

  it("shows the words of an acknowledgement only to the person who typed", async () => {
    const seen = await slack.person("U_CLERK").command("/hosho", "ヘルプ");
    expect(seen.ok).toBe(true);
    expect(seen.text).toBe("使い方");
    expect(slack.ephemerals("U_BOSS")).toEqual([]);
    expect(slack.ackLatencies).toHaveLength(1);
  });

  it("keeps a modal open with the app's errors, then closes it", async () => {
    const clerk = slack.person("U_CLERK");
    const { view } = await clerk.command("/hosho", "開く");
    if (view === undefined) throw new Error("no modal");
    expect(readable(view)).toContain("形式: 電子保証");
    await expect(clerk.submit(view)).rejects.toThrow("保証金額（円）: required and empty");
    const refused = await clerk.submit(view, { 保証金額: "1" });
    expect(refused.errors).toEqual([
      { blockId: "amount", label: "保証金額（円）", message: "保証金額が一致しません。" },
    ]);
    expect(refused.closed).toBe(false);
    const accepted = await clerk.submit(view, { 保証金額: "20000000" });
    expect(accepted.closed).toBe(true);
    expect(clerk.view()).toBeUndefined();
    await slack.waitFor(() => accepted.text.includes("承認しました。"));
  });

  it("rewrites the card, drops the used button and puts the file in the thread byte for byte", async () => {
    const clerk = slack.person("U_CLERK");
    await clerk.command("/hosho", "掲示");
    const [posted] = slack.messages("C_DESK");
    if (posted === undefined) throw new Error("no card");
    expect(posted.metadata).toEqual({ event_type: "case", event_payload: { id: "1" } });
    const seen = await slack.person("U_BOSS").click(posted, "承認");
    const [file] = await slack.waitFor(() =>
      slack.files().length > 0 && slack.thread("C_DESK", posted.ts).length > 1 ? slack.files() : null,
    );
    expect(seen.text).toContain("発行しました。");
    expect(slack.messages("C_DESK").map(readable)).toEqual(["発行済"]);
    await expect(clerk.click(posted, "承認")).rejects.toThrow('no "承認" on the screen');
    expect(file).toMatchObject({
      name: "証書.pdf",
      title: "保証証書",
      channel: "C_DESK",
      threadTs: posted.ts,
    });
    expect(file?.bytes.toString("hex")).toBe("25504446 00ff0d0a80".replace(" ", ""));
    expect(slack.rejections).toEqual([]);
  });

  it("tells the person that the app did not answer in time", async () => {
    const seen = await slack.person("U_CLERK").command("/hosho", "黙る");
    expect(seen).toMatchObject({ ok: false, error: "operation_timeout" });
  });

  it("refuses to open a modal with a trigger that is too old", async () => {
    const seen = await slack.person("U_CLERK").command("/hosho", "遅く開く");
    expect(seen.text).toBe("expired_trigger_id");
    expect(seen.view).toBeUndefined();
  });

  it("refuses blocks beyond the limit and keeps the reason", async () => {
    await slack.person("U_CLERK").command("/hosho", "多すぎ");
    expect(slack.messages("C_DESK")).toEqual([]);
    expect(slack.rejections).toEqual([
      {
        where: "chat.postMessage",
        errors: ["invalid_blocks", "no more than 50 items allowed, got 51 [json-pointer:/blocks]"],
      },
    ]);
  });

  it("shows the home tab that the app publishes", async () => {
    await slack.person("U_CLERK").openHome();
    const home = await slack.waitFor(() => slack.home("U_CLERK"));
    expect(readable(home)).toContain("私の仕事");
  });
});

describe("a forger without the signing secret", () => {
  it("is turned away by the app", async () => {
    const slack = await startSlack({ mode: "http" });
    const app = await startTinyApp(slack);
    slack.signingSecret = "guessed";
    const seen = await slack.person("U_CLERK").command("/hosho", "ヘルプ");
    expect(seen).toMatchObject({ ok: false, error: "dispatch_failed (HTTP 401)" });
    await app.stop();
    await slack.stop();
  });
});

describe("the Web API of the loopback Slack", () => {
  let slack: LoopbackSlack;
  beforeEach(async () => {
    slack = await startSlack({ mode: "socket" });
  });
  afterEach(() => slack.stop());

  const call = (method: string, args: object, token = slack.env().SLACK_BOT_TOKEN) =>
    fetch(`${slack.apiUrl}${method}`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", authorization: `Bearer ${token}` },
      body: JSON.stringify(args),
    });

  it("turns away an unknown token and an unknown method", async () => {
    expect(await (await call("auth.test", {}, "xoxb-other")).json()).toEqual({
      ok: false,
      error: "invalid_auth",
    });
    expect(await (await call("files.upload", {})).json()).toEqual({ ok: false, error: "unknown_method" });
  });

  it("asks to wait once, then takes the message", async () => {
    slack.fail("chat.postMessage", { status: 429, retryAfter: 7 });
    const args = { channel: "C_DESK", text: "a" };
    const limited = await call("chat.postMessage", args);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(slack.messages()).toEqual([]);
    expect(await (await call("chat.postMessage", args)).json()).toMatchObject({ ok: true });
  });

  it("stores a message although the connection is cut before the answer", async () => {
    slack.fail("chat.postMessage", { dropAfterStore: true });
    await expect(call("chat.postMessage", { channel: "C_DESK", text: "a" })).rejects.toThrow();
    expect(slack.messages().map((m) => m.text)).toEqual(["a"]);
  });

  it("does the work and answers late", async () => {
    slack.fail("chat.postMessage", { delayMs: 60_000 });
    const late = call("chat.postMessage", { channel: "C_DESK", text: "a" });
    await slack.waitFor(() => slack.messages().length === 1);
    await slack.down();
    await expect(late).rejects.toThrow();
    await slack.up();
  });

  it("answers what is no JSON instead of falling over", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${slack.apiUrl}auth.test`, { method: "POST", headers, body: "{" });
    expect([answer.status, await answer.json()]).toEqual([400, { ok: false, error: "invalid_json" }]);
  });

  it("keeps its port and its messages while it is down", async () => {
    await call("chat.postMessage", { channel: "C_DESK", text: "a" });
    await slack.down();
    await expect(call("auth.test", {})).rejects.toThrow();
    await slack.up();
    const answer = await (await call("conversations.history", { channel: "C_DESK" })).json();
    expect(answer).toMatchObject({ ok: true, messages: [{ text: "a" }] });
  });

  it.each([
    ["an unknown block", [{ type: "chapter" }], { message: "unsupported type: chapter", pointer: "/0/type" }],
    [
      "a section that is too long",
      [{ type: "section", text: { type: "mrkdwn", text: "あ".repeat(3001) } }],
      { message: "must be 3000 characters or less, got 3001", pointer: "/0/text/text" },
    ],
    [
      "a button with too many words",
      [
        {
          type: "actions",
          elements: [{ type: "button", text: { type: "plain_text", text: "あ".repeat(76) } }],
        },
      ],
      { message: "must be 75 characters or less, got 76", pointer: "/0/elements/0/text/text" },
    ],
    [
      "two blocks of one id",
      [
        { type: "divider", block_id: "a" },
        { type: "divider", block_id: "a" },
      ],
      { message: "duplicate block_id a", pointer: "/1/block_id" },
    ],
    [
      "a header in mrkdwn",
      [{ type: "header", text: { type: "mrkdwn", text: "a" } }],
      { message: "must be plain_text", pointer: "/0/text/type" },
    ],
  ])("refuses %s and points at it", async (_what, blocks, fault) => {
    const answer = await (await call("blocks.validate", { blocks })).json();
    expect(answer).toMatchObject({ ok: false, error: "invalid_blocks", errors: [fault] });
  });

  it("refuses a message of more than 13,000 bytes although each block is short enough", async () => {
    const blocks = Array.from({ length: 3 }, () => ({
      type: "section",
      text: { type: "plain_text", text: "あ".repeat(1500) },
    }));
    expect(
      await (await call("chat.postMessage", { channel: "C_DESK", text: "a", blocks })).json(),
    ).toMatchObject({
      ok: false,
      error: "msg_blocks_too_long",
    });
  });

  it("refuses a modal whose title is longer than 24 characters or that asks without a submit button", async () => {
    const element = { type: "plain_text_input" };
    const blocks = [{ type: "input", label: { type: "plain_text", text: "a" }, element }];
    const title = { type: "plain_text", text: "あ".repeat(25) };
    const answer = await (await call("blocks.validate", { view: { type: "modal", title, blocks } })).json();
    expect(answer).toMatchObject({
      errors: [
        { pointer: "/title/text", message: "must be 24 characters or less, got 25" },
        { pointer: "/submit", message: "a modal with an input block needs submit" },
      ],
    });
  });
});
