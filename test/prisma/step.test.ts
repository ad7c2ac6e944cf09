import { PrismaPg } from "@prisma/adapter-pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LetterVerdict } from "../../core/rows/letters.ts";
import { together } from "../../mail/together.ts";
import { PrismaClient } from "../../prisma/generated/client.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { type Connection, connectOnce, openPool } from "../../prisma/pool.ts";
import { type Step, stepRunner } from "../../prisma/step.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { startStallingProxy } from "../sandbox/stalling-proxy.ts";
import { AT, arrived, recordOne } from "./samples.ts";

/** Steps whose statements go two ways, over Prisma and directly: they are one transaction all the same. */

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const CARD = { kind: "card", caseId: "case-1" } as const;
const attempt = (at: string) => ({
  ...{ id: "attempt-1", at, letterId: "letter-1", address: "a@town.example", ordererId: null },
  ...{ number: "20800-000018", outcome: "not_confirmed", failed: true, guaranteeId: null },
});
const verdict: LetterVerdict = {
  ...{ state: "answered", at: AT, kind: "verification", fromAddress: null, subject: null, messageId: null },
  ...{ authenticationResults: null, trust: "other", caseId: null, reason: null },
};

async function rowsIn(table: string): Promise<number> {
  const db = await connectOnce(fresh.url);
  const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  await db.end();
  return rows[0]?.n ?? Number.NaN;
}

test("what one way wrote the other way reads in the same step", async () => {
  const letter = arrived({ contentKey: "1".repeat(64) });
  const seen = await database.store.transact(async (tx) => {
    const { id } = await recordOne(tx, letter);
    const before = await tx.letter(id);
    await tx.finishLetter(id, verdict);
    return [before?.state, (await tx.letter(id))?.state];
  });
  expect(seen).toEqual(["stored", "answered"]);
});

test("a letter that somebody else finished undoes the whole step, though nobody waited for that statement", async () => {
  const jobs = await rowsIn("jobs.job");
  const step = database.store.transact(async (tx) => {
    await tx.addSlack(CARD, AT);
    await tx.finishLetter("no such letter", verdict);
    await tx.audit({
      ...{ at: AT, actor: { kind: "desk" }, action: "letter_received", caseId: null, guaranteeId: null },
      ...{ cause: "letter:1", data: {} },
    });
  });
  await expect(step).rejects.toThrow("finished by somebody else");
  expect(await rowsIn("slack_messages")).toBe(0);
  expect(await rowsIn("audit_entries")).toBe(0);
  expect(await rowsIn("jobs.job")).toBe(jobs);
});

test("a step tells the statement that failed, not those that PostgreSQL refused after it", async () => {
  const step = database.store.transact(async (tx) => {
    await tx.saveAttempts([attempt("no moment")]);
    return tx.letter("letter-1");
  });
  await expect(step).rejects.toThrow(/invalid input syntax.*no moment/);
  const atTheEnd = database.store.transact((tx) => tx.saveAttempts([attempt("no moment")]));
  await expect(atTheEnd).rejects.toThrow(/invalid input syntax.*no moment/);
  expect(await rowsIn("verification_attempts")).toBe(0);
});

test("a step whose connection is cut fails alone: nothing of it stays, and the next one works", async () => {
  const step = database.store.transact(async (tx) => {
    await recordOne(tx, arrived({ contentKey: "2".repeat(64), place: place(2) }));
    const db = await connectOnce(fresh.url);
    await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction'`);
    await db.end();
    await tx.saveAttempts([attempt(AT)]);
  });
  await expect(step).rejects.toThrow(/connection|terminat/i);
  const before = await rowsIn("letters");
  await database.store.transact((tx) =>
    recordOne(tx, arrived({ contentKey: "2".repeat(64), place: place(2) })),
  );
  expect(await rowsIn("letters")).toBe(before + 1);
});

test("steps side by side, some over Prisma and some directly, each see and write only their own", async () => {
  const before = await rowsIn("letters");
  const ids = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      database.store
        .transact(async (tx) => {
          const { id } = await recordOne(tx, arrived({ contentKey: `side ${n}`, place: place(100 + n) }));
          if (n % 2 === 0) expect((await tx.letter(id))?.id).toBe(id);
          if (n % 4 === 0) throw new Error("undone");
          return id;
        })
        .catch(() => null),
    ),
  );
  expect(ids.filter((id) => id !== null)).toHaveLength(30);
  expect(await rowsIn("letters")).toBe(before + 30);
});

test("a statement that comes after its step has failed or ended is refused, over Prisma too", async () => {
  const pool = openPool(fresh.url, ignore, { max: 1 });
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  const run = stepRunner(pool, client);
  const late: (() => Promise<unknown>)[] = [];
  const keep = async (step: Step) => {
    late.push(() => step.sql("SELECT pg_current_xact_id()"));
    late.push(() => step.tx.counter.findMany());
    late.push(() => step.tx.$queryRaw`SELECT 1`);
  };
  await run(keep, nothing);
  const joined = run(async (step) => {
    await step.tx.counter.findMany();
    await keep(step);
    throw new Error("failed");
  }, nothing);
  await expect(joined).rejects.toThrow("failed");
  await run(async ({ sql }) => {
    for (const statement of late) await expect(statement()).rejects.toThrow();
    expect(await sql("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  }, nothing);
  await client.$disconnect();
  await pool.end();
});

test("an act of Prisma's that outlasts its step writes nothing, not even what it had still before it", async () => {
  const pool = openPool(fresh.url, ignore);
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  const run = stepRunner(pool, client, { timeoutMs: 300 });
  const facts = { name: "before", foldedName: "before", address: "a", representative: "r", lumpFee: false };
  await client.contractor.create({ data: { id: "late", ...facts, changedAt: new Date(AT) } });
  const db = await connectOnce(fresh.url);
  await db.query("BEGIN");
  await db.query("SELECT id FROM contractors WHERE id = 'late' FOR UPDATE");
  const acts: Promise<unknown>[] = [];
  const step = run(async ({ tx }) => {
    // Several statements: the first that writes waits, the others come after the step's time.
    const addresses = { create: { position: 1, address: "late@tone.example", lookup: "late@tone.example" } };
    acts.push(tx.contractor.update({ where: { id: "late" }, data: { name: "after", addresses } }));
    await Promise.allSettled(acts);
  }, nothing);
  const refused = expect(step).rejects.toThrow("took longer");
  await new Promise((resolve) => setTimeout(resolve, 600));
  await db.query("COMMIT");
  await refused;
  expect(await Promise.allSettled(acts)).toMatchObject([{ status: "rejected" }]);
  await expect.poll(() => stepsUnderWay(db)).toBe(0);
  const { rows } = await db.query(
    "SELECT name, (SELECT count(*)::int FROM contractor_addresses) AS addresses FROM contractors WHERE id = 'late'",
  );
  await db.end();
  expect(rows).toEqual([{ name: "before", addresses: 0 }]);
  await client.$disconnect();
  await pool.end();
});

/** Other sessions that are doing something. */
async function stepsUnderWay(db: Connection): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
  );
  return rows[0]?.n ?? Number.NaN;
}

test("a step whose line goes silent fails, and neither it nor a line of its age is used again", async () => {
  const target = new URL(fresh.url);
  const proxy = await startStallingProxy(Number(target.port || 5432));
  const pool = openPool(
    `postgresql://${target.username}:${target.password}@127.0.0.1:${proxy.port}${target.pathname}`,
    ignore,
  );
  const run = stepRunner(pool, null as never, { timeoutMs: 1_000 });
  const one = () => run(({ sql }) => sql("SELECT 1 AS one"), nothing);
  const act = together(async (items: readonly number[]) => {
    await one();
    return items;
  });
  await Promise.all(Array.from({ length: 5 }, one));
  proxy.stall();
  const silent = act(1);
  const refused = expect(silent).rejects.toThrow("took longer");
  await new Promise((resolve) => setTimeout(resolve, 50));
  proxy.flow();
  const next = [act(2), act(3)];
  await refused;
  const made = proxy.connections;
  expect(await Promise.all(next)).toEqual([2, 3]);
  // The other four went silent with the first: one new line, and no second step that had to wait to find that out.
  expect(proxy.connections).toBe(made + 1);
  await pool.end();
  await proxy.stop();
});

test.each([2 ** 31, 2 ** 32 - 1, Number.MAX_SAFE_INTEGER])(
  "a letter of which its server says %d bytes is kept",
  async (size) => {
    const letter = arrived({ contentKey: `size ${size}`, size, oversize: true, place: place(size) });
    const { id } = await database.store.transact((tx) => recordOne(tx, letter));
    expect((await database.store.transact((tx) => tx.letter(id)))?.size).toBe(2 ** 31 - 1);
  },
);

async function nothing(): Promise<void> {
  // Nothing belongs at the end.
}

function ignore(): void {
  // Lines are broken on purpose.
}

function place(uid: number) {
  return { mailbox: "INBOX", uidValidity: 4_000_000_000n, uid };
}

test("a line that is lent to nobody's step hears that its server has gone, and nobody dies of it", async () => {
  const pool = openPool(fresh.url, ignore);
  const connection = await pool.connect();
  // What the server sends to whoever is on the line when it ends (57P01).
  const gone = new Error("terminating connection due to unexpected postmaster exit");
  expect(() => connection.emit("error", gone)).not.toThrow();
  connection.release(true);
  await pool.end();
});
