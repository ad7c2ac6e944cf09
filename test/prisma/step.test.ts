import { afterAll, beforeAll, expect, test } from "vitest";
import type { LetterVerdict } from "../../core/rows/letters.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
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

function place(uid: number) {
  return { mailbox: "INBOX", uidValidity: 4_000_000_000n, uid };
}
