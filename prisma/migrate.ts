import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { type Connection, connectOnce, UNBOUNDED } from "./pool.ts";

/**
 * Applies prisma/migrations/ in order of name. Prisma's own runner needs a native engine that is downloaded; this one
 * keeps Prisma's table, checksums and advisory lock, so that `prisma migrate deploy` agrees with it where that exists.
 */

/** The advisory lock `prisma migrate` takes: runners of both kinds wait for each other. */
const PRISMA_LOCK = 72707369;
/** Another program may be migrating a large table; a lock that is never given is reported. */
const LOCK_WAIT = "120s";

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 (hex) of the file's bytes, as Prisma writes it. */
  checksum: string;
}

interface AppliedRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

export const MIGRATIONS = path.join(import.meta.dirname, "migrations");

/**
 * Brings the database up to date.
 * @returns names of the migrations applied now; empty when it was up to date.
 * @throws MigrationError when an applied file was altered, one is marked failed, or one fails now (then nothing of
 * that file is left in the database).
 */
export async function migrate(url: string, folder: string = MIGRATIONS): Promise<string[]> {
  const wanted = await readMigrations(folder);
  const db = await connectOnce(url, undefined, UNBOUNDED);
  try {
    await db.query(`SET statement_timeout = 0; SET lock_timeout = '${LOCK_WAIT}'`);
    await db.query("SELECT pg_advisory_lock($1)", [PRISMA_LOCK]);
    await db.query(TABLE);
    const pending = await pendingOf(db, wanted);
    for (const migration of pending) await apply(db, migration);
    return pending.map(({ name }) => name);
  } finally {
    // Ending the session gives the lock back, also after an error.
    await db.end();
  }
}

class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MigrationError";
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(path.join(folder, name, "migration.sql"));
      return { name, sql: sql.toString("utf8"), checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function pendingOf(db: Connection, wanted: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await db.query<AppliedRow>(
    `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  );
  const unfinished = rows.find((row) => row.finished_at === null);
  if (unfinished !== undefined)
    throw new MigrationError(
      `Migration ${unfinished.migration_name} is marked failed. Repair the database, then set its rolled_back_at (to run it again) or finished_at in _prisma_migrations.`,
    );
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
  for (const { name, checksum } of wanted)
    if (applied.has(name) && applied.get(name) !== checksum)
      throw new MigrationError(
        `Migration ${name} was altered after it had been applied. Restore the file and put the change into a new migration.`,
      );
  return wanted.filter(({ name }) => !applied.has(name));
}

/** The file goes out whole (simple protocol: functions with inner semicolons survive) in one transaction with its row. */
async function apply(db: Connection, { name, sql, checksum }: Migration): Promise<void> {
  await db.query("BEGIN");
  try {
    await db.query(sql);
    await db.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await db.query("COMMIT");
  } catch (error) {
    await db.query("ROLLBACK").catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`Migration ${name} failed, nothing of it was kept: ${reason}`, { cause: error });
  }
}
