import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { connectOnce } from "../prisma/pool.ts";

/** A migrated database of a test file's own; needs `test/database-setup.ts` as globalSetup. */
export interface FreshDatabase {
  url: string;
  drop(): Promise<void>;
}

export async function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase(inject("databaseTemplate"));
}

/** Without any table; for the tests of the migrations themselves. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  return createDatabase("template0");
}

async function createDatabase(template: string): Promise<FreshDatabase> {
  const server = inject("databaseServer");
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    url: urlOf(server, name),
    drop: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** The same server, another database. */
export function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** One statement on the server, outside any transaction. */
export async function onServer(server: string, sql: string): Promise<void> {
  const db = await connectOnce(server);
  try {
    await db.query(sql);
  } finally {
    await db.end();
  }
}

/**
 * The same as whoever owns the tables and can switch their triggers off: who tampers with the audit log, and tests that
 * begin with empty tables.
 */
export async function pastTriggers(server: string, sql: string): Promise<void> {
  await onServer(server, `SET session_replication_role = replica; ${sql}`);
}
