import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditEntry } from "../../core/store.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { type FreshDatabase, freshDatabase, onServer, pastTriggers } from "../database.ts";
import { AT } from "./samples.ts";

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

function entry(action: string): AuditEntry {
  const data = { b: { y: 2, x: [1, { z: null, a: "前払" }] }, a: 1 };
  return { at: AT, actor: { kind: "desk" }, action, caseId: null, guaranteeId: null, cause: "test", data };
}

/** As the owner of the tables, whom no trigger stops. */
const tamper = (sql: string) => pastTriggers(fresh.url, sql);

test("the audit chain is whole after steps that ran side by side, and shows the first altered entry", async () => {
  expect(await database.checkAudit()).toEqual({ entries: 0, broken: null });
  const steps = Array.from({ length: 10 }, (_, index) =>
    database.store.transact(async (tx) => {
      await tx.audit(entry(`first ${index}`));
      await tx.audit(entry(`second ${index}`));
    }),
  );
  await Promise.all(steps);
  expect(await database.checkAudit()).toEqual({ entries: 20, broken: null });

  for (const sql of [
    "UPDATE audit_entries SET data = '{}' WHERE serial = 13",
    "DELETE FROM audit_entries WHERE serial = 20",
    "TRUNCATE audit_entries",
  ])
    await expect(onServer(fresh.url, sql)).rejects.toThrow(/rows of audit_entries are kept/);
  expect(await database.checkAudit()).toEqual({ entries: 20, broken: null });

  await tamper(`UPDATE audit_entries SET data = '{"a":2}' WHERE serial = 13`);
  expect(await database.checkAudit()).toEqual({ entries: 12, broken: 13 });
});

test("a removed entry shows as a break at the one after it", async () => {
  await tamper("DELETE FROM audit_entries WHERE serial = 5");
  expect(await database.checkAudit()).toEqual({ entries: 4, broken: 6 });
});
