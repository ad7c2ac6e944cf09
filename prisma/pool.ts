import { AsyncLocalStorage } from "node:async_hooks";
import { Socket } from "node:net";
import pg from "pg";

/** Connections to PostgreSQL; the one place that makes them, so that all of them behave the same. */

/** Prisma's connections in one process. Both doors and the job workers stay far below a server's usual 100. */
const POOL_SIZE = 16;

/** How long one statement may take; the longest (a registry import) needs a fraction of it. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** How long a statement waits for a row another transaction holds. */
const LOCK_TIMEOUT_MS = 10_000;
/** A transaction whose program hangs is ended by the server, and its locks with it. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** An answer that the server would have given up by now: the line went silent, and nobody will ever say so. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/** For work that has switched the server's own limit off, such as migrations. */
export const UNBOUNDED = 0;
/** Silence after which each end asks whether the other is still there; one that vanished is gone within a minute. */
const KEEPALIVE_SECONDS = 30;
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
    // Of a machine that vanished the server would keep sessions, and their locks, for hours.
    ...[`tcp_keepalives_idle=${KEEPALIVE_SECONDS}`, "tcp_keepalives_interval=10", "tcp_keepalives_count=3"],
  ];
  const options = [given, ...ours.map((setting) => `-c ${setting}`)].join(" ").trim();
  return { connectionString: parsed.href, options };
}

const alive = { keepAlive: true, keepAliveInitialDelayMillis: KEEPALIVE_SECONDS * 1000 };

/** A pool for Prisma and for steps. An idle connection that breaks is reported to `onLost` and replaced when next needed. */
export function openPool(
  url: string,
  onLost: (reason: string) => void,
  { name = "hosho-desk", max = POOL_SIZE }: { name?: string; max?: number } = {},
): Pool {
  const pool = new LendingPool({
    ...connection(url),
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
    application_name: name,
    ...alive,
    // Statements that need not wait for each other go out together.
    pipeline: true,
    query_timeout: ANSWER_TIMEOUT_MS,
    stream: () => new GatheringSocket(),
  });
  pool.on("error", (error) => onLost(error.message));
  return pool;
}

/**
 * One connection of its own, for work that must not share a session (locks, migrations, checks).
 * @param answerMs how long a statement may stay without an answer; `UNBOUNDED` where the server's limit is switched off.
 */
export async function connectOnce(
  url: string,
  timeoutMs = CONNECT_TIMEOUT_MS,
  answerMs = ANSWER_TIMEOUT_MS,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...connection(url),
    connectionTimeoutMillis: timeoutMs,
    application_name: "hosho-desk",
    ...alive,
    query_timeout: answerMs,
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

/** Says goodbye, but waits only a moment for it to be heard: a line that went silent is broken off. */
export async function leave(connection: Connection): Promise<void> {
  const timer = setTimeout(() => breakOff(connection), GOODBYE_MS);
  await connection.end().catch(() => undefined);
  clearTimeout(timer);
}

const GOODBYE_MS = 1_000;

/** Ends the line itself, without asking the server, who undoes what was not committed. Nothing goes over it any more. */
export function breakOff(connection: pg.ClientBase): void {
  // `pg` gives its socket, only its types do not.
  (connection as pg.ClientBase & { connection: pg.Connection }).connection.stream.destroy();
}

/** A name with several addresses fails with one error for each of them and no words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

export type Connection = pg.Client;

/** What is written side by side goes out in one piece at the end of the tick: each piece wakes the server once. */
class GatheringSocket extends Socket {
  #gathering = false;

  override cork(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    super.cork();
    process.nextTick(() => {
      this.#gathering = false;
      super.uncork();
    });
  }

  override uncork(): void {
    // At the end of the tick.
  }
}

export type Pool = pg.Pool & Pick<LendingPool, "distrust">;
export type PoolConnection = pg.PoolClient;

/** What Prisma needs of a connection it is lent. */
export interface Line {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>;
}

/** The line of a step that Prisma joins. */
const lent = new AsyncLocalStorage<Line>();

/** Whatever takes a connection from the pool during `work` gets this line, in whose transaction it is then. */
export function joinedBy<T>(line: Line, work: () => Promise<T>): Promise<T> {
  return lent.run(line, work);
}

/**
 * A pool for Prisma's driver adapter, which takes a connection for each of its transactions: one that joins a step gets
 * the step's line, and its own BEGIN, COMMIT and ROLLBACK go nowhere.
 */
class LendingPool extends pg.Pool {
  readonly #made = new WeakMap<pg.PoolClient, number>();
  #distrusted = 0;

  constructor(config: pg.PoolConfig) {
    super(config);
    this.on("connect", (connection: pg.PoolClient) => {
      this.#made.set(connection, performance.now());
      // For its whole life: between two hands nobody listens, and an error that nobody hears ends the process.
      connection.on("error", () => undefined);
    });
  }

  /** One connection went silent, so all that are there may have: none of them is lent again. */
  distrust(): void {
    this.#distrusted = performance.now();
  }

  override connect(...args: never[]): never {
    if (args.length > 0) return super.connect(...(args as [])) as never;
    const line = lent.getStore();
    return (line === undefined ? this.#trusted() : Promise.resolve(borrowed(line))) as never;
  }

  async #trusted(): Promise<pg.PoolClient> {
    for (;;) {
      const connection = await super.connect();
      if ((this.#made.get(connection) ?? 0) >= this.#distrusted) return connection;
      connection.release(true);
      breakOff(connection);
    }
  }
}

const BRACKETS = ["BEGIN", "COMMIT", "ROLLBACK"];

function borrowed(line: Line) {
  return {
    query: (config: pg.QueryConfig) =>
      BRACKETS.includes(config.text)
        ? Promise.resolve({ fields: [], rows: [], rowCount: 0 })
        : line.query(config),
    on: () => undefined,
    removeListener: () => undefined,
    release: () => undefined,
  };
}

/** Prisma's statements that the server keeps planned for each connection; its lists of values make ever new ones. */
const PRISMA_STATEMENTS_MAX = 500;
const statementNames = new Map<string, string>();

/** A named statement is parsed and planned once a connection. @param text one of few: it is remembered for ever. */
export function statementName(text: string): string {
  const name = statementNames.get(text) ?? `desk_${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}

/** The same for Prisma's, as long as there are not too many: "" is no name. */
export function prismaStatementName({ sql }: { sql: string }): string {
  return statementNames.has(sql) || statementNames.size < PRISMA_STATEMENTS_MAX ? statementName(sql) : "";
}
