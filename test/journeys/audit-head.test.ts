import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatAuditHead, publishAuditHead } from "../../core/desk/audit-head.ts";
import type { AuditEntry } from "../../core/store.ts";
import { openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type Chained, chained, FIRST_HASH } from "../../prisma/store/audit-chain.ts";
import { freshDatabase } from "../database.ts";
import { AT } from "../prisma/samples.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startMail } from "../sandbox/mail.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { runProgram } from "./child.ts";
import { CHANNEL, DESK, MAILBOXES, startWorld, type World } from "./world.ts";

const entry = (action: string): AuditEntry => ({
  ...{
    at: AT,
    actor: { kind: "desk" },
    action,
    caseId: null,
    guaranteeId: null,
    cause: "test",
    data: { action },
  },
});

/** The head of the audit log leaves the database every day, where who writes the database cannot reach it. */
describe("a desk that publishes the head of its audit log", () => {
  let world: World;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const PATIENCE = { timeout: 30_000, interval: 200 };
  beforeAll(async () => {
    database = await freshDatabase();
    const before = await openDatabase({ url: database.url, dataDir: "" });
    await before.store.transact((tx) => tx.audit(entry("first")));
    await before.close();
    const mail = await (dovecotInstalled()
      ? startDovecot({ users: MAILBOXES })
      : startMail({ users: MAILBOXES }));
    const start = { waits: { roundsEveryMs: 200, fileEveryMs: 200 } };
    world = await startWorld({ databaseUrl: database.url, mail, settings: {}, start });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  const posted = () =>
    world.slack
      .messages(CHANNEL)
      .map(readable)
      .filter((text) => text.includes("監査記録の控え"));

  it("posts and mails it, and gets its own letter back without an answer or a word to staff", async () => {
    await expect.poll(() => posted().length, PATIENCE).toBe(1);
    const head = /\b\d+:[0-9a-f]{64}\b/.exec(posted()[0] ?? "")?.[0] ?? "";
    const [serial, hash] = head.split(":");
    await expect
      .poll(async () => (await world.mail.inbox(DESK, "Automatic").catch(() => [])).length, PATIENCE)
      .toBe(1);
    const deliveries = world.mail.deliveries.filter(({ to }) => to === DESK);
    expect(deliveries).toHaveLength(1);
    const db = await connectOnce(database.url);
    const entries = await db.query("SELECT hash FROM audit_entries WHERE serial = $1", [serial]);
    expect(entries.rows).toEqual([{ hash }]);
    const { rows } = await db.query<{ state: string; reason: string }>("SELECT state, reason FROM letters");
    expect(rows).toEqual([{ state: "not_answered", reason: "own_letter" }]);
    await db.end();
    expect(world.mail.deliveries).toHaveLength(1);
    expect(world.slack.messages(CHANNEL).filter((m) => !readable(m).includes("監査記録の控え"))).toEqual([]);
  });

  it("does so once a day, whatever happens to the note that it was done", async () => {
    const db = await connectOnce(database.url);
    await db.query("DELETE FROM duties WHERE name = 'audit_head'");
    await expect
      .poll(async () => (await db.query("SELECT FROM duties WHERE name = 'audit_head'")).rowCount, PATIENCE)
      .toBe(1);
    await db.end();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(posted()).toHaveLength(1);
    expect(world.mail.deliveries.filter(({ to }) => to === DESK)).toHaveLength(1);
  });
});

/** Somebody with every right on the database changes an entry and computes the whole chain anew. */
describe("an audit log that was rewritten from an old entry on", () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase();
    const { store, close } = await openDatabase({ url: database.url, dataDir: "" });
    for (const action of ["accepted", "fee_settled", "issue_requested", "issue_approved"])
      await store.transact((tx) => tx.audit(entry(action)));
    await close();
  });
  afterAll(async () => {
    await database.drop();
  });
  const audit = async (...args: string[]) => {
    const program = runProgram(["audit", ...args], { DATABASE_URL: database.url, LOG_LEVEL: "info" });
    return { code: await program.ended, output: program.output() };
  };
  const everyRow = async () => {
    const db = await connectOnce(database.url);
    const { rows } = await db.query<Chained>(
      `SELECT serial, at, actor, action, case_id AS "caseId", guarantee_id AS "guaranteeId", cause, data
       FROM audit_entries ORDER BY serial`,
    );
    return { db, rows };
  };

  it("looks whole, and does not contain the head of yesterday", async () => {
    const yesterday = (await audit("head")).output.trim();
    expect(yesterday).toMatch(/^4:[0-9a-f]{64}$/);
    expect(await audit("verify", "--head", yesterday)).toMatchObject({ code: 0 });

    const { db, rows } = await everyRow();
    const forged = rows.map((row) => ({ ...row, at: row.at.toISOString() }) as unknown as AuditEntry);
    const second = forged[1];
    if (second === undefined) throw new Error("no entry");
    second.data = { action: "nothing happened" };
    // The triggers stop whoever does not own the tables.
    await expect(db.query("UPDATE audit_entries SET action = 'x'")).rejects.toThrow(/are kept/);
    await db.query("SET session_replication_role = replica");
    for (const row of chained(forged, 0, FIRST_HASH))
      await db.query("UPDATE audit_entries SET data = $2, previous_hash = $3, hash = $4 WHERE serial = $1", [
        ...[row.serial, JSON.stringify(row.data), row.previousHash, row.hash],
      ]);
    await db.end();

    expect(await audit("verify")).toMatchObject({ code: 0 });
    const found = await audit("verify", "--head", yesterday);
    expect(found.code).toBe(1);
    expect(found.output).toContain("4 番の記録が控えと異なります");
    const first = (await everyRowHash(1)) ?? "";
    expect(await audit("verify", "--head", `1:${first}`)).toMatchObject({ code: 0 });
    expect((await audit("verify", "--head", `9:${first}`)).output).toContain("9 番の記録がありません");
  });

  const everyRowHash = async (serial: number) => {
    const db = await connectOnce(database.url);
    const { rows } = await db.query<{ hash: string }>("SELECT hash FROM audit_entries WHERE serial = $1", [
      serial,
    ]);
    await db.end();
    return rows[0]?.hash;
  };

  it("is not asked with a head that was cut or with unknown words", async () => {
    for (const args of [
      ["verify", "--head", "4:abc"],
      ["verify", "--head"],
      ["verify", "--tail", "x"],
      ["head", "x"],
      [],
    ]) {
      const { code, output } = await audit(...args);
      expect(code).toBe(1);
      expect(output).toMatch(/控え|命令はありません/);
    }
  });
});

it("has nothing to publish before the first entry, and on its day", async () => {
  const database = await freshDatabase();
  const { store, now, close } = await openDatabase({ url: database.url, dataDir: "" });
  const never = () => Promise.reject(new Error("a letter was written"));
  await publishAuditHead({ store, now, compose: never } as unknown as Parameters<typeof publishAuditHead>[0]);
  await store.transact(async (tx) => {
    expect(await tx.auditHead()).toBeNull();
    await tx.audit({ ...entry("first"), at: now() });
  });
  await publishAuditHead({ store, now, compose: never } as unknown as Parameters<typeof publishAuditHead>[0]);
  const head = await store.transact((tx) => tx.auditHead());
  expect(head && formatAuditHead(head)).toMatch(/^1:[0-9a-f]{64}$/);
  await close();
  await database.drop();
});
