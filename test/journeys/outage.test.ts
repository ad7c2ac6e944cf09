import { afterEach, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { applicationLetter, worksDates } from "../demo/letters.ts";
import { type Gate, startGate } from "../sandbox/gate.ts";
import { startMail } from "../sandbox/mail.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { CHANNEL, CONTRACTOR, DESK, MAILBOXES, openDesk, startWorld, type World } from "./world.ts";

/** A part of the world is gone for a while: nothing is lost, the order stays, and staff hear of it once. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PATIENCE = { timeout: 90_000, interval: 100 };
const told = (world: World, words: string) =>
  world.slack.messages(CHANNEL).filter((message) => readable(message).includes(words)).length;

async function applyFor(world: World, title: string): Promise<void> {
  const { subject, text } = applicationLetter(worksDates(new Date()));
  await world.mail.send(CONTRACTOR, {
    to: DESK,
    subject,
    text: text.replace("町道112号線改良工事", title),
  });
}

/** Titles of the works that the contractor got a receipt for, in the order of their receipt numbers. */
async function receipts(world: World): Promise<string[]> {
  const letters = (await world.mail.inbox(CONTRACTOR)).filter(({ subject }) => subject.includes("受付"));
  const found = letters.map((letter) => ({
    number: /A-\d{6}/.exec(letter.subject + letter.text)?.[0] ?? "",
    title: /町道\d+号線改良工事/.exec(letter.text)?.[0] ?? "",
  }));
  return found.sort((a, b) => a.number.localeCompare(b.number)).map(({ title }) => title);
}

const titles = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `町道${from + n}号線改良工事`);

describe("the database is gone for half a minute while letters keep coming", () => {
  it("each is answered once, in order, and staff are told once that it was away", async () => {
    const database = await freshDatabase();
    closing.push(() => database.drop());
    const server = new URL(database.url);
    const gate = await startGate(Number(server.port));
    closing.push(() => gate.stop());
    const world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    closing.push(() => world.stop());
    server.port = String(gate.port);
    server.searchParams.delete("host"); // by TCP, not through the server's socket file
    world.env.DATABASE_URL = server.href;
    await world.restart();
    const before = titles(1, 3);
    for (const title of before) await applyFor(world, title);
    await gate.shut();
    const during = titles(11, 6);
    for (const title of during) {
      await applyFor(world, title);
      await new Promise((resolve) => setTimeout(resolve, 5_000));
    }
    await gate.open();
    await expect.poll(async () => (await receipts(world)).length, PATIENCE).toBe(9);
    expect(await receipts(world)).toEqual([...before, ...during]);
    await expect.poll(() => told(world, "データベース"), PATIENCE).toBe(1);
    await expect.poll(() => told(world, "受付番号"), PATIENCE).toBe(9);
    expect(
      world.mail.deliveries.filter(({ from, outcome }) => from === DESK && outcome === "delivered"),
    ).toHaveLength(9);
  }, 180_000);
});

describe("the SMTP server is gone for an hour", () => {
  /** An hour passes, as far as the tables know: what was put off comes due. */
  async function anHourLater(url: string): Promise<void> {
    const db = await connectOnce(url);
    await db.query("UPDATE outbound_letters SET created_at = created_at - interval '1 hour'");
    await db.query("UPDATE jobs.job SET start_after = now() WHERE name = 'mail.send' AND state < 'active'");
    await db.end();
  }

  it("what waited leaves once, oldest first, and staff are told once", async () => {
    const database = await freshDatabase();
    closing.push(() => database.drop());
    const mail = await startMail({ users: MAILBOXES });
    const gate: Gate = await startGate(mail.smtp.port);
    closing.push(() => gate.stop());
    const world = await startWorld({
      databaseUrl: database.url,
      mail,
      settings: { SMTP_PORT: String(gate.port) },
      start: { outages: { smtp: 1_000 } },
    });
    closing.push(() => world.stop());
    await gate.shut();
    const all = titles(21, 5);
    for (const title of all) await applyFor(world, title);
    await world.slack.waitFor(() => told(world, "受付番号") === 5, { timeoutMs: 30_000 });
    await expect.poll(() => told(world, "SMTP"), PATIENCE).toBe(1);
    await anHourLater(database.url);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await receipts(world)).toEqual([]);
    await gate.open();
    await anHourLater(database.url);
    await expect.poll(() => receipts(world), PATIENCE).toEqual(all);
    expect(told(world, "SMTP")).toBe(1);
    expect(
      mail.deliveries.filter(({ from, outcome }) => from === DESK && outcome === "delivered"),
    ).toHaveLength(5);
  }, 120_000);
});

describe("Slack is gone while letters keep coming", () => {
  it("they are answered all the same; what staff should hear comes later, in order, and the outage once", async () => {
    const database = await freshDatabase();
    closing.push(() => database.drop());
    const world = await startWorld({ databaseUrl: database.url, withoutDesk: true });
    closing.push(() => world.stop());
    const api = new URL(world.env.SLACK_API_URL ?? "");
    const gate = await startGate(Number(api.port));
    closing.push(() => gate.stop());
    api.port = String(gate.port);
    world.env.SLACK_API_URL = api.href;
    world.desk = await openDesk(world.env, { outages: { slack: 3_000 } });
    await applyFor(world, "町道31号線改良工事");
    await world.slack.waitFor(() => told(world, "受付番号") === 1, { timeoutMs: 20_000 });
    await gate.shut();
    const during = titles(41, 4);
    for (const title of during) await applyFor(world, title);
    await expect.poll(async () => (await receipts(world)).length, PATIENCE).toBe(5);
    await new Promise((resolve) => setTimeout(resolve, SLACK_AWAY_MS));
    await gate.open();
    await expect.poll(() => told(world, "受付番号"), { timeout: 120_000, interval: 200 }).toBe(5);
    const cards = world.slack.messages(CHANNEL).filter((message) => readable(message).includes("受付番号"));
    expect(cards.map((card) => /A-\d{6}/.exec(readable(card))?.[0])).toEqual(
      cards.map((_, at) => `A-${String(at + 1).padStart(6, "0")}`),
    );
    for (const card of cards)
      await expect
        .poll(() => world.slack.thread(CHANNEL, card.ts).map(readable).join("\n"), PATIENCE)
        .toMatch(/受け付け[\s\S]*メールを送信しました|受付[\s\S]*メールを送信しました/);
    await expect.poll(() => told(world, "Slack への接続"), PATIENCE).toBe(1);
  }, 600_000);
});

/** Long enough to be told; `SLACK_AWAY_SECONDS=300` makes it the five minutes of a real outage. */
const SLACK_AWAY_MS = Number(process.env.SLACK_AWAY_SECONDS ?? 10) * 1000;
