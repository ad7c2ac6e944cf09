import { appendFile, cp, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { MIGRATIONS, migrate } from "../../prisma/migrate.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { emptyDatabase, type FreshDatabase } from "../database.ts";

const open: FreshDatabase[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.drop()));
});

async function empty(): Promise<string> {
  const database = await emptyDatabase();
  open.push(database);
  return database.url;
}

/** A copy of the migrations that a test may change. */
async function copyOfMigrations(): Promise<string> {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), "migrations-")), "migrations");
  await cp(MIGRATIONS, folder, { recursive: true });
  return folder;
}

async function addMigration(folder: string, name: string, sql: string): Promise<void> {
  await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, name, "migration.sql"), sql);
}

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const db = await connectOnce(url);
  try {
    return (await db.query<T>(sql)).rows;
  } finally {
    await db.end();
  }
}

test("a new database gets every migration, a second run none", async () => {
  const url = await empty();
  const applied = await migrate(url);
  expect(applied).toContain("20261120120000_desk");
  expect(await migrate(url)).toEqual([]);
  const rows = await query<{ migration_name: string; applied_steps_count: number; finished: boolean }>(
    url,
    `SELECT migration_name, applied_steps_count, finished_at IS NOT NULL AS finished FROM "_prisma_migrations" ORDER BY 1`,
  );
  expect(rows).toEqual(
    applied.map((name) => ({ migration_name: name, applied_steps_count: 1, finished: true })),
  );
});

test("two programs that start at once apply each migration once", async () => {
  const url = await empty();
  const both = await Promise.all([migrate(url), migrate(url)]);
  expect(both.flat().sort()).toEqual([...new Set(both.flat())].sort());
  expect(both.flat()).toContain("20261120120000_desk");
});

test("a file that was altered after it had been applied stops the start", async () => {
  const url = await empty();
  const folder = await copyOfMigrations();
  await migrate(url, folder);
  await appendFile(path.join(folder, "20261120120000_desk", "migration.sql"), "-- afterthought\n");
  await expect(migrate(url, folder)).rejects.toThrow(/20261120120000_desk was altered/);
});

test("a migration that fails leaves nothing behind and runs again once it is mended", async () => {
  const url = await empty();
  const folder = await copyOfMigrations();
  await migrate(url, folder);
  await addMigration(folder, "20270101000000_more", "CREATE TABLE more (id INT); SELECT no_such_function();");
  await expect(migrate(url, folder)).rejects.toThrow(/20270101000000_more failed, nothing of it was kept/);
  expect(await query(url, "SELECT 1 FROM information_schema.tables WHERE table_name = 'more'")).toEqual([]);
  const mended = "CREATE TABLE more (id INT); DO $$ BEGIN PERFORM 1; PERFORM 2; END $$;";
  await writeFile(path.join(folder, "20270101000000_more", "migration.sql"), mended);
  expect(await migrate(url, folder)).toEqual(["20270101000000_more"]);
});

test("a migration that Prisma marked failed is not walked over", async () => {
  const url = await empty();
  await migrate(url);
  await query(
    url,
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('1', 'x', '20270101000000_elsewhere')`,
  );
  await expect(migrate(url)).rejects.toThrow(/20270101000000_elsewhere is marked failed/);
});
