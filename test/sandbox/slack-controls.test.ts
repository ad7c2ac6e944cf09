import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeView } from "./slack/limits.ts";
import { type LoopbackSlack, startSlack } from "./slack/start.ts";
import type { JsonObject } from "./slack/types.ts";

/** Controls that a person uses on messages, home tabs and modals, and what the app gets of it. */

const plain = (text: string) => ({ type: "plain_text", text });
const option = (text: string, value = text) => ({ text: plain(text), value });
const input = (label: string, element: JsonObject, more: JsonObject = {}) => ({
  ...{ type: "input", block_id: label, label: plain(label), element: { action_id: "value", ...element } },
  ...more,
});
const form = (blocks: object[]) => ({ type: "modal", title: plain("題"), submit: plain("送る"), blocks });

const CONTROLS = [
  input("丸", { type: "radio_buttons", options: [option("甲"), option("乙")] }),
  input("一つ", { type: "static_select", options: [option("丙"), option("丁")] }),
  input("多く", { type: "multi_static_select", options: [option("戊"), option("己")] }),
  input("印", { type: "checkboxes", options: [option("庚"), option("辛")] }, { optional: true }),
  input("日", { type: "datepicker", initial_date: "2026-04-10" }),
  input("数", { type: "number_input", is_decimal_allowed: false, min_value: "1", max_value: "100" }),
];

describe("controls on the loopback Slack", () => {
  let slack: LoopbackSlack;
  const got: JsonObject[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = new URLSearchParams(Buffer.concat(chunks).toString());
    const payload = JSON.parse(text.get("payload") ?? "null") as JsonObject | null;
    if (payload !== null) got.push(payload);
    response.end();
    const trigger = text.get("trigger_id");
    if (trigger !== null) await call("views.open", { trigger_id: trigger, view: form(CONTROLS) });
  });
  const call = async (method: string, args: object): Promise<JsonObject> => {
    const authorization = `Bearer ${slack.env().SLACK_BOT_TOKEN}`;
    const headers = { "content-type": "application/json", authorization };
    const answer = await fetch(`${slack.apiUrl}${method}`, {
      method: "POST",
      headers,
      body: JSON.stringify(args),
    });
    return (await answer.json()) as JsonObject;
  };
  const last = () => got.at(-1) ?? {};

  beforeAll(async () => {
    slack = await startSlack({ mode: "http" });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    slack.appUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await slack.stop();
  });

  it("in a modal carry what was picked, in Slack's own shapes", async () => {
    const clerk = slack.person("U_CLERK");
    const { view } = await clerk.command("/hosho");
    if (view === undefined) throw new Error("no modal");
    const entries = { 丸: "乙", 一つ: "丁", 多く: ["戊", "己"], 数: "42" };
    await expect(clerk.submit(view, { ...entries, 数: "101" })).rejects.toThrow("too large");
    await expect(clerk.submit(view, { ...entries, 数: "4.2" })).rejects.toThrow("not a number");
    await expect(clerk.submit(view, { ...entries, 丸: "壬" })).rejects.toThrow('no option "壬"');
    const seen = await clerk.submit(view, { ...entries, 日: "2026-05-01" });
    expect(seen.closed).toBe(true);
    const values = (last().view as JsonObject).state;
    expect(values).toMatchObject({
      values: {
        丸: { value: { type: "radio_buttons", selected_option: { value: "乙" } } },
        一つ: { value: { type: "static_select", selected_option: { value: "丁" } } },
        多く: { value: { selected_options: [{ value: "戊" }, { value: "己" }] } },
        印: { value: { type: "checkboxes", selected_options: [] } },
        日: { value: { type: "datepicker", selected_date: "2026-05-01" } },
        数: { value: { type: "number_input", value: "42" } },
      },
    });
  });

  it("on a message act at once: a menu, an overflow menu", async () => {
    const menu = { type: "static_select", action_id: "menu", placeholder: plain("操作") };
    const more = { type: "overflow", action_id: "more", options: [option("再送", "r"), option("終了", "e")] };
    const elements = [{ ...menu, options: [option("変更", "amend"), option("解約", "cancel")] }, more];
    await call("chat.postMessage", {
      ...{ channel: "C_DESK", text: "案件" },
      blocks: [{ type: "actions", block_id: "a", elements }],
    });
    const [message] = slack.messages("C_DESK");
    if (message === undefined) throw new Error("no message");
    const clerk = slack.person("U_CLERK");
    await clerk.choose(message, "操作", "解約", { waitMs: 0 });
    const chosen = { action_id: "menu", selected_option: { value: "cancel" } };
    expect(last()).toMatchObject({ actions: [chosen], response_url: expect.stringContaining("http") });
    await clerk.choose(message, "more", "終了", { waitMs: 0 });
    expect(last()).toMatchObject({ actions: [{ type: "overflow", selected_option: { value: "e" } }] });
    await expect(clerk.choose(message, "操作", "発行")).rejects.toThrow('no option "発行"');
  });

  it("on the home tab come with neither channel nor response_url", async () => {
    const button = { type: "button", action_id: "b", value: "1", text: plain("開く") };
    const blocks = [{ type: "section", text: plain("一件"), accessory: button }];
    await call("views.publish", { user_id: "U_CLERK", view: { type: "home", blocks } });
    const clerk = slack.person("U_CLERK");
    const home = clerk.home();
    if (home === undefined) throw new Error("no home tab");
    await clerk.click(home, "開く", { waitMs: 0 });
    expect(last()).toMatchObject({ container: { type: "view" }, view: { type: "home", id: home.id } });
    expect(Object.keys(last())).not.toEqual(expect.arrayContaining(["channel"]));
    expect(Object.keys(last())).not.toEqual(expect.arrayContaining(["response_url"]));
  });

  it("and views that changed meanwhile are not written over", async () => {
    const view = (text: string) => ({ type: "home", blocks: [{ type: "section", text: plain(text) }] });
    await call("views.publish", { user_id: "U_CLERK", view: view("一") });
    const hash = slack.home("U_CLERK")?.hash;
    expect(await call("views.publish", { user_id: "U_CLERK", view: view("二"), hash })).toMatchObject({
      ok: true,
    });
    expect(await call("views.publish", { user_id: "U_CLERK", view: view("三"), hash })).toMatchObject({
      ...{ ok: false, error: "hash_conflict" },
    });
  });

  it("and payloads for blocks.validate come one at a time", async () => {
    const blocks = [{ type: "divider" }];
    expect(await call("blocks.validate", { blocks })).toEqual({ ok: true });
    expect(await call("blocks.validate", { message: { text: "一", blocks } })).toEqual({ ok: true });
    for (const args of [{}, { blocks, message: { blocks } }])
      expect(await call("blocks.validate", args)).toMatchObject({ ok: false, error: "invalid_arguments" });
    const wrong = await call("blocks.validate", { message: { blocks: [{ type: "chapter" }] } });
    const fault = {
      pointer: "/blocks/0/type",
      code: "failed_constraint",
      message: "unsupported type: chapter",
    };
    expect(wrong).toEqual({ ok: false, error: "invalid_message", errors: [fault] });
  });
});

describe("limits of views", () => {
  const long = (n: number) => "甲".repeat(n);
  const select = (more: JsonObject) =>
    input("一つ", { type: "static_select", options: [option("丙")], ...more });
  it.each<[string, object]>([
    ["more than a hundred blocks", form(Array.from({ length: 101 }, () => ({ type: "divider" })))],
    ["a title of 25 characters", { ...form([]), title: plain(long(25)) }],
    ["a submit button of 25 characters", { ...form([]), submit: plain(long(25)) }],
    ["private metadata of 3001 characters", { ...form([]), private_metadata: long(3001) }],
    ["a callback id of 256 characters", { ...form([]), callback_id: long(256) }],
    ["a block id of 256 characters", form([{ type: "divider", block_id: long(256) }])],
    ["an option's text of 76 characters", form([select({ options: [option(long(76), "v")] })])],
    ["an option's value of 76 characters", form([select({ options: [option("丙", long(76))] })])],
    ["101 options", form([select({ options: Array.from({ length: 101 }, (_, n) => option(`${n}`)) })])],
    [
      "11 radio buttons",
      form([
        input("丸", { type: "radio_buttons", options: [...Array(11).keys()].map((n) => option(`${n}`)) }),
      ]),
    ],
    ["a first option that is none", form([select({ initial_option: option("丁") })])],
    ["a day that does not exist", form([input("日", { type: "datepicker", initial_date: "2026-02-30" })])],
    [
      "a number that is no text",
      form([input("数", { type: "number_input", is_decimal_allowed: false, min_value: 1 })]),
    ],
    [
      "an empty group of options",
      form([input("一つ", { type: "static_select", option_groups: [{ label: plain("組"), options: [] }] })]),
    ],
    [
      "a confirmation of 301 characters",
      form([
        {
          type: "actions",
          elements: [
            {
              type: "button",
              text: plain("押"),
              confirm: {
                title: plain("確認"),
                text: plain(long(301)),
                confirm: plain("はい"),
                deny: plain("いいえ"),
              },
            },
          ],
        },
      ]),
    ],
    [
      "a confirmation's button of 31 characters",
      form([
        {
          type: "actions",
          elements: [
            {
              type: "button",
              text: plain("押"),
              confirm: {
                title: plain("確認"),
                text: plain("か"),
                confirm: plain(long(31)),
                deny: plain("いいえ"),
              },
            },
          ],
        },
      ]),
    ],
    [
      "250,000 bytes",
      form(Array.from({ length: 100 }, () => ({ type: "section", text: plain(long(1000)) }))),
    ],
  ])("refuse %s", (_what, view) => {
    expect(judgeView(view as JsonObject)).not.toBeNull();
  });

  it("take what stands just within them", () => {
    const view = {
      ...form(Array.from({ length: 100 }, (_, n) => ({ type: "divider", block_id: `${long(250)}${n}` }))),
      ...{ title: plain(long(24)), private_metadata: long(3000), callback_id: long(255) },
    };
    expect(judgeView(view as JsonObject)).toBeNull();
  });
});
