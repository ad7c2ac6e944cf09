import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startMail } from "./mail.ts";
import type { LoopbackMail } from "./mail-types.ts";
import { type Page, startPage } from "./page.ts";
import { type LoopbackSlack, startSlack } from "./slack/start.ts";
import { startTinyApp, type TinyApp } from "./tiny-app.ts";

const DESK = "desk@hosho.example";
const CONTRACTOR = "suzuki@tone-kensetsu.example";

let slack: LoopbackSlack;
let mail: LoopbackMail;
let app: TinyApp;
let page: Page;
const files = mkdtempSync(join(tmpdir(), "hosho-page-"));

beforeAll(async () => {
  slack = await startSlack({ mode: "http" });
  mail = await startMail({ users: [DESK, CONTRACTOR] });
  app = await startTinyApp(slack);
  writeFileSync(join(files, "保証証書.pdf"), "%PDF-");
  page = await startPage({ slack, mail, files, titles: { U_CLERK: "clerk" } });
});
afterAll(async () => {
  await page.stop();
  await app.stop();
  await slack.stop();
  await mail.remove();
  await rm(files, { recursive: true });
});

const read = async (path = "") => (await fetch(new URL(path, page.url))).text();

/** Sends a form of the page as a browser would and gives the page that follows. */
async function post(path: string, fields: Record<string, string>): Promise<string> {
  const token = /name="token" value="([0-9a-f]+)"/.exec(await read())?.[1] ?? "";
  const body = new URLSearchParams({ token, as: "U_CLERK", ...fields });
  return (await fetch(new URL(path, page.url), { method: "POST", body })).text();
}

/** The hidden fields of the form around the first button with these words. */
function formOf(html: string, button: string): { action: string; fields: Record<string, string> } {
  const form = html.split("<form").find((part) => part.includes(`<button>${button}</button>`)) ?? "";
  const pairs = [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    action: /action="([^"]*)"/.exec(form)?.[1] ?? "",
    fields: Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value])),
  };
}

it("sends a letter as anybody and shows it escaped", async () => {
  await post("/mail", {
    from: CONTRACTOR,
    to: DESK,
    subject: "<script>alert(1)</script>",
    text: "申込です。",
  });
  const html = await read();
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(html).not.toContain("<script>");
  expect(html).toContain("申込です。");
});

it("runs a command, clicks the button of the card and hands out the file", async () => {
  const posted = await post("/command", { command: "/hosho 掲示", channel: "C_DESK" });
  const { action, fields } = formOf(posted, "承認する");
  const after = await post(action, fields);
  expect(after).toContain("発行しました。");
  expect(after).not.toContain("<button>承認する</button>");
  await slack.waitFor(() => slack.files().length > 0);
  expect(await read()).toContain("保証証書");
});

it("fills a modal, shows what the app refused, then submits it", async () => {
  const opened = await post("/command", { command: "/hosho 開く", channel: "C_DESK" });
  const { action, fields } = formOf(opened, "承認");
  expect(await post(action, { ...fields, "in:amount": "1", "in:medium": "electronic" })).toContain(
    "保証金額が一致しません。",
  );
  const done = await post(action, { ...fields, "in:amount": "20000000", "in:medium": "electronic" });
  expect(done).not.toContain('class="modal"');
});

it("takes a letter of somebody new, whose answer then has a mailbox to arrive in; no letter of nobody", async () => {
  const from = "New.Builder@elsewhere.example";
  await post("/mail", { from, to: DESK, subject: "はじめまして", text: "申込です。" });
  const letter = await mail.waitForLetter(DESK, ({ subject }) => subject === "はじめまして");
  expect(letter.from).toBe("new.builder@elsewhere.example");
  await mail.send(DESK, { to: from, subject: "お返事", text: "受け付けました。" });
  await mail.waitForLetter(from, ({ subject }) => subject === "お返事");
  expect(await post("/mail", { from: "だれか", to: DESK })).toContain("差出人は");
});

it("names people with what they are and opens the home tab of the one it shows", async () => {
  const before = await read("/?as=U_CLERK");
  expect(before).toContain("（clerk）");
  expect(before).not.toContain("私の仕事");
  expect(await post("/home", {})).toContain("私の仕事");
});

it("lists and serves the documents of its directory and nothing beside it", async () => {
  expect(await read()).toContain("保証証書.pdf</a>");
  expect(await read(`/pdf/${encodeURIComponent("保証証書.pdf")}`)).toBe("%PDF-");
  const outside = await fetch(new URL(`/pdf/${encodeURIComponent("../package.json")}`, page.url));
  expect(outside.status).toBe(404);
});

it("turns away a form without its token and another host's name", async () => {
  const body = new URLSearchParams({ from: CONTRACTOR, to: DESK });
  expect((await fetch(new URL("/mail", page.url), { method: "POST", body })).status).toBe(403);
  const status = await new Promise((resolve) => {
    const asked = request(page.url, { headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.end();
  });
  expect(status).toBe(403);
});
