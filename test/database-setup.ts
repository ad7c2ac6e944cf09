import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { type EmbeddedDatabase, openEmbedded } from "../prisma/embedded.ts";
import { openJobs } from "../prisma/jobs.ts";
import { migrate } from "../prisma/migrate.ts";
import { onServer, urlOf } from "./database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A PostgreSQL server for this run; databases are made on it at will. */
    databaseServer: string;
    /** A migrated database to copy from. */
    databaseTemplate: string;
  }
}

/** One PostgreSQL server for the whole run (TEST_DATABASE_URL, or an embedded one in a temporary folder) and a template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await findServer();
  const template = `hosho_template_${process.pid}`;
  await onServer(server.url, `CREATE DATABASE ${template}`);
  const url = urlOf(server.url, template);
  await migrate(url);
  const jobs = await openJobs(url, () => undefined);
  await jobs.stop();
  project.provide("databaseServer", server.url);
  project.provide("databaseTemplate", template);
  return async () => {
    await onServer(server.url, `DROP DATABASE ${template} WITH (FORCE)`);
    await server.stop();
  };
}

async function findServer(): Promise<EmbeddedDatabase> {
  const url = process.env.TEST_DATABASE_URL;
  if (url !== undefined && url !== "") return { url, stop: () => Promise.resolve() };
  const folder = await mkdtemp(path.join(tmpdir(), "hosho-desk-test-"));
  // As root the server runs as another user, who must be able to enter the folder.
  await chmod(folder, 0o755);
  const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];
  const server = await openEmbedded(folder, { settings });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
