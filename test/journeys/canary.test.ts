import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOnce } from "../../prisma/pool.ts";
import { freshDatabase } from "../database.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startMail } from "../sandbox/mail.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { CHANNEL, DESK, freePort, MAILBOXES, startWorld, type World } from "./world.ts";

/** A letter to ourselves goes out by SMTP and comes in by IMAP: the whole way is known to be open. */
describe("a desk that writes to itself", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let health: number;
  beforeAll(async () => {
    database = await freshDatabase();
    health = await freePort();
    const mail = await (dovecotInstalled()
      ? startDovecot({ users: MAILBOXES })
      : startMail({ users: MAILBOXES }));
    world = await startWorld({
      databaseUrl: database.url,
      mail,
      settings: { MAIL_CANARY_MINUTES: "15", HEALTH_PORT: String(health) },
      start: { waits: { roundsEveryMs: 200, fileEveryMs: 200 } },
    });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const page = async () => (await fetch(`http://127.0.0.1:${health}/metrics`)).text();
  const PATIENCE = { timeout: 30_000, interval: 200 };

  it("gets the letter back, does not answer it, files it under Automatic, and says how long ago that was", async () => {
    await expect.poll(page, PATIENCE).toMatch(/^hosho_canary_age_seconds \d/m);
    const { outcome, to } = world.mail.deliveries[0] ?? {};
    expect({ outcome, to }).toEqual({ outcome: "delivered", to: DESK });
    await expect
      .poll(async () => (await world.mail.inbox(DESK, "Automatic").catch(() => [])).length, PATIENCE)
      .toBe(1);
    expect(world.mail.deliveries).toHaveLength(1);
    expect(world.slack.messages(CHANNEL)).toHaveLength(0);
  });

  it("tells staff once when one does not come back", async () => {
    const db = await connectOnce(database.url);
    // The next one is lost on the way: the server takes it and nobody gets it.
    world.mail.fail({ on: "drop-after-dot", lose: true, times: 99 });
    const quarter = () => db.query("UPDATE duties SET at = at - interval '16 minutes' WHERE name = 'canary'");
    await db.query("UPDATE outbound_letters SET cause = cause || ' of before' WHERE template = 'canary'");
    await quarter();
    await expect.poll(() => world.mail.deliveries.length, PATIENCE).toBeGreaterThan(1);
    await db.query("UPDATE outbound_letters SET cause = cause || ' of before' WHERE template = 'canary'");
    await quarter();
    const told = () =>
      world.slack.messages(CHANNEL).filter((m) => readable(m).includes("動作確認のメールが、送信から"))
        .length;
    await expect.poll(told, PATIENCE).toBe(1);
    await quarter();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(told()).toBe(1);
    await db.end();
  });
});
