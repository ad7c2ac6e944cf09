import pg from "pg";

/** Connections to PostgreSQL; the one place that makes them, so that all of them behave the same. */

/** Prisma's connections in one process. Both doors and the job workers stay far below a server's usual 100. */
const POOL_SIZE = 10;

/** How long one statement may take; the longest (a registry import) needs a fraction of it. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** How long a statement waits for a row another transaction holds. */
const LOCK_TIMEOUT_MS = 10_000;
/** A transaction whose program hangs is ended by the server, and its locks with it. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Idle connections are kept over the pauses of a quiet desk; making one costs more than a whole step. */
const IDLE_MS = 300_000;

/**
 * The URL and session options for every connection. The driver adapter writes moments without their offset, so a
 * session in another time zone would shift them by hours: UTC is forced here (prisma/orm#28629).
 * `options` inside the URL are kept, ours come last and win.
 */
export function connection(url: string): { connectionString: string; options: string } {
  const parsed = new URL(url);
  const given = parsed.searchParams.get("options") ?? "";
  parsed.searchParams.delete("options");
  const ours = [
    "timezone=UTC",
    `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
    `lock_timeout=${LOCK_TIMEOUT_MS}`,
    `idle_in_transaction_session_timeout=${IDLE_TRANSACTION_TIMEOUT_MS}`,
  ];
  const options = [given, ...ours.map((setting) => `-c ${setting}`)].join(" ").trim();
  return { connectionString: parsed.href, options };
}

/** A pool for Prisma. An idle connection that breaks is reported to `onLost` and replaced when next needed. */
export function openPool(url: string, onLost: (reason: string) => void): pg.Pool {
  const pool = new pg.Pool({
    ...connection(url),
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
    application_name: "hosho-desk",
    keepAlive: true,
  });
  pool.on("error", (error) => onLost(error.message));
  return pool;
}

/** One connection of its own, for work that must not share a session (locks, migrations, checks). */
export async function connectOnce(url: string, timeoutMs = CONNECT_TIMEOUT_MS): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection(url),
    connectionTimeoutMillis: timeoutMs,
    application_name: "hosho-desk",
    keepAlive: true,
  });
  // A connection that breaks between two queries must not end the process; the next query reports it.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    // The name of the server, never the URL: that holds the password.
    const { host } = new URL(url);
    throw new Error(`The database at ${host} cannot be reached: ${reasonOf(error)}`, { cause: error });
  }
  return client;
}

/** A name with several addresses fails with one error for each of them and no words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

export type Connection = pg.Client;
