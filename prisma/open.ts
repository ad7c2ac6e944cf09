import { PrismaPg } from "@prisma/adapter-pg";
import type { Jobs, Leadership } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { Store } from "../core/store.ts";
import type { Instant } from "../core/terms.ts";
import { openClock } from "./clock.ts";
import { type EmbeddedDatabase, openEmbedded } from "./embedded.ts";
import { PrismaClient } from "./generated/client.ts";
import { openJobs } from "./jobs.ts";
import { openLeadership } from "./leadership.ts";
import { migrate } from "./migrate.ts";
import { openPool, type Pool, prismaStatementName } from "./pool.ts";
import { stepRunner } from "./step.ts";
import { checkAudit } from "./store/audit.ts";
import { openStore } from "./store/store.ts";

export interface Database {
  store: Store;
  jobs: Jobs;
  leadership: Leadership;
  /** The database's time, by which everything is written that another process may read (`clock.ts`). */
  now(): Instant;
  /** How far the database's clock is before this process's, in ms. */
  clockOffset(): number;
  /** Walks the audit chain: how many entries stand before the first altered one (its serial, or null). */
  checkAudit(): Promise<{ entries: number; broken: number | null }>;
  /** Holds a password: never to be logged. */
  url: string;
  /** Whether the database answered lately (asked every few seconds). */
  healthy(): boolean;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** Waits for running jobs, then closes everything; stops an embedded server that nobody else uses. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** One line about the database, without secrets. */
  log?: (line: string) => void;
  /** The clock instead of the database's, for tests. */
  now?: () => Instant;
}

type DatabaseSettings = Settings["database"];

/** Opens the database (embedded unless there is a DATABASE_URL), brings it up to date and starts the job queues. */
export async function openDatabase(settings: DatabaseSettings, options: OpenOptions = {}): Promise<Database> {
  const log = options.log ?? (() => undefined);
  const server = await findServer(settings, log);
  try {
    const applied = await migrate(server.url);
    if (applied.length > 0) log(`migrations applied: ${applied.join(", ")}`);
    return await connect(server, options.now ?? null, log);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Applies pending migrations and nothing else. @returns their names. */
export async function migrateDatabase(
  settings: DatabaseSettings,
  options: OpenOptions = {},
): Promise<string[]> {
  const server = await findServer(settings, options.log ?? (() => undefined));
  try {
    return await migrate(server.url);
  } finally {
    await server.stop();
  }
}

async function connect(
  server: EmbeddedDatabase,
  ownNow: (() => Instant) | null,
  log: (line: string) => void,
): Promise<Database> {
  const pool = openPool(server.url, (reason) => log(`database connection lost: ${reason}`));
  const client = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: prismaStatementName }),
  });
  // The first query of a client loads its query compiler: done now, beside the queues, not in the first letter.
  const [board, clock] = await Promise.all([
    openJobs(server.url, log),
    openClock(() => databaseTime(pool), log),
    client.counter.findFirst(),
  ]);
  const now = ownNow ?? clock.now;
  const pulse = watchPulse(() => pool.query("SELECT 1"));
  return {
    healthy: pulse.healthy,
    store: openStore(stepRunner(pool, client), board, now),
    jobs: board,
    leadership: openLeadership(server.url, log),
    now,
    clockOffset: clock.offset,
    url: server.url,
    checkAudit: () => checkAudit(client),
    async ping() {
      await pool.query("SELECT 1");
    },
    async close() {
      clock.stop();
      // Each part is closed whatever became of the others: the database itself may be gone.
      for (const part of [
        () => board.stop(),
        () => client.$disconnect(),
        () => pool.end(),
        () => server.stop(),
      ])
        await part().catch((error: unknown) => log(`while closing the database: ${String(error)}`));
    },
  };
}

function findServer(
  { url, dataDir }: DatabaseSettings,
  log: (line: string) => void,
): Promise<EmbeddedDatabase> {
  if (url !== null) return Promise.resolve({ url, stop: () => Promise.resolve() });
  return openEmbedded(dataDir, { log });
}

/** @returns ms since 1970. */
async function databaseTime(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ ms: number }>(
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms",
  );
  return rows[0]?.ms ?? Number.NaN;
}

const PULSE_MS = 2000;

/** Asks the database again and again; a question still open when the next is due counts as no answer. */
function watchPulse(ask: () => Promise<unknown>): { healthy(): boolean; stop(): void } {
  let healthy = true;
  let open = false;
  const timer = setInterval(() => {
    if (open) healthy = false;
    if (open) return;
    open = true;
    ask()
      .then(
        () => true,
        () => false,
      )
      .then((answered) => {
        healthy = answered;
        open = false;
      });
  }, PULSE_MS);
  timer.unref();
  return { healthy: () => healthy, stop: () => clearInterval(timer) };
}
