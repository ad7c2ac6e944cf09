import type { Prisma, PrismaClient } from "./generated/client.ts";
import { breakOff, joinedBy, type Line, type Pool, type PoolConnection, statementName } from "./pool.ts";

/**
 * One step of the store: one transaction on one connection, used in two ways. Prisma is the ordinary one (`tx`). What
 * every letter needs goes to the driver directly (`sql`, `later`): a statement costs the program 0.07 ms there instead
 * of 0.23 ms, for Prisma builds, checks and maps each query anew, and a transaction of Prisma's costs as much as three.
 * Prisma joins a step when it is first used in it; both see what the other wrote.
 */
export interface Step {
  /**
   * A statement in PostgreSQL's words with `$1`… for its values, prepared once a connection: its text must be constant.
   * Statements made side by side go out together and are done in the order in which they were made. Moments come back
   * as `Date`, bigints as text, bytes as `Buffer`.
   */
  sql<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * The same without waiting: it goes out with what follows, and the step ends only when it succeeded.
   * @param check gets its rows before anything of `last` is made; what it throws undoes the step.
   */
  later(text: string, values?: readonly unknown[], check?: (rows: readonly unknown[]) => void): void;
  tx: Prisma.TransactionClient;
}

/** Runs `work` in one transaction. `last` adds what belongs at its end; the commit goes out with its last statements. */
export type StepRunner = <T>(
  work: (step: Step) => Promise<T>,
  last: (step: Step) => Promise<void>,
) => Promise<T>;

/**
 * Longest a step may take; documents are drawn outside of it. Its line is broken off then, whatever it still does, and the
 * server undoes it: after a ROLLBACK over a living line the rest of an act of Prisma's would be committed by itself.
 */
const STEP_TIMEOUT_MS = 20_000;

/** @param client Prisma over `pool`. @param timeoutMs shorter only in tests. */
export function stepRunner(
  pool: Pool,
  client: PrismaClient,
  { timeoutMs = STEP_TIMEOUT_MS }: { timeoutMs?: number } = {},
): StepRunner {
  return async (work, last) => {
    const connection = await pool.connect();
    const one = openStep(connection, client, timeoutMs);
    try {
      const done = (async () => {
        const result = await work(one.step);
        await one.caughtUp();
        await last(one.step);
        await one.commit();
        return result;
      })();
      const result = await Promise.race([done, one.overdue]);
      connection.release();
      return result;
    } catch (error) {
      if (one.late()) pool.distrust();
      // A connection that cannot undo is thrown away, and the server undoes.
      await one.undo().then(
        () => connection.release(),
        () => connection.release(true),
      );
      throw one.causeOf(error);
    } finally {
      one.close();
    }
  };
}

function openStep(connection: PoolConnection, client: PrismaClient, timeoutMs: number) {
  const state: { ordinary: Joined | null; late: boolean; closed: boolean; faults: unknown[] } = {
    ordinary: null,
    late: false,
    closed: false,
    faults: [],
  };
  const unfinished: Promise<unknown>[] = [];
  const overdue = Promise.withResolvers<never>();
  overdue.promise.catch(ignore);
  const timer = setTimeout(() => {
    state.late = true;
    breakOff(connection);
    overdue.reject(new Error(`a step took longer than ${timeoutMs} ms`));
  }, timeoutMs);

  /** The connection has gone to another step, or is about to: nothing of this one may reach it any more. */
  function refuseWhenOver(): void {
    if (state.late) throw new Error(`a step took longer than ${timeoutMs} ms`);
    if (state.closed) throw new Error("a statement came after the end of its step");
  }
  const line: Line = {
    async query(config) {
      refuseWhenOver();
      return connection.query(config);
    },
  };

  async function send<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    refuseWhenOver();
    try {
      const query = { name: statementName(text), text, values: [...values] };
      const { rows } = await connection.query<Row & object>(query);
      return rows;
    } catch (error) {
      // Those behind it fail only because it did: this one says why.
      state.faults.push(error);
      throw error;
    }
  }

  const step: Step = {
    sql: send,
    later(text, values, check = ignore) {
      const sent = send(text, values).then(check);
      sent.catch(ignore);
      unfinished.push(sent);
    },
    tx: lazily(async () => {
      refuseWhenOver();
      state.ordinary ??= join(client, line, timeoutMs);
      return state.ordinary.tx;
    }),
  };
  unfinished.push(connection.query(named("BEGIN")));
  unfinished[0]?.catch(ignore);

  return {
    step,
    overdue: overdue.promise,
    late: () => state.late,
    causeOf: (error: unknown) => (isConsequence(error) ? (state.faults[0] ?? error) : error),
    caughtUp: () => Promise.all(unfinished),
    async commit() {
      await state.ordinary?.leave();
      refuseWhenOver();
      state.closed = true;
      const committed = connection.query(named("COMMIT"));
      committed.catch(ignore);
      await Promise.all(unfinished);
      // PostgreSQL answers ROLLBACK to a commit of what had failed.
      const { command } = await committed;
      if (command !== "COMMIT") throw new Error("a step was undone instead of committed");
    },
    async undo() {
      state.closed = true;
      const left = state.ordinary?.leave();
      if (state.late) throw new Error("its line is broken off");
      await left;
      await connection.query("ROLLBACK");
    },
    close() {
      clearTimeout(timer);
      state.closed = true;
    },
  };
}

/** PostgreSQL's 25P02: a statement before it had failed, and everything after it is refused for that. */
function isConsequence(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  return code === "25P02" || /\b25P02\b|current transaction is aborted/.test(error.message);
}

/** Prepared like every other statement, it goes out together with those beside it. */
function named(text: string) {
  return { name: statementName(text), text };
}

interface Joined {
  tx: Promise<Prisma.TransactionClient>;
  leave(): Promise<void>;
}

/** Prisma's transaction begins and ends on paper only: the connection it is lent is in the step's already. */
function join(client: PrismaClient, line: Line, timeoutMs: number): Joined {
  const left = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<Prisma.TransactionClient>();
  const ended = joinedBy(line, () =>
    client.$transaction(
      async (tx) => {
        opened.resolve(tx);
        await left.promise;
      },
      // The step's own limit comes first.
      { timeout: 2 * timeoutMs, maxWait: timeoutMs },
    ),
  );
  ended.catch(opened.reject);
  return {
    tx: opened.promise,
    async leave() {
      left.resolve();
      await ended.catch(ignore);
    },
  };
}

type Act = (...args: unknown[]) => Promise<unknown>;

/** A transaction client that is opened by its first use: `tx.letter.findMany(…)`, ``tx.$queryRaw`…` ``. */
function lazily(open: () => Promise<Prisma.TransactionClient>): Prisma.TransactionClient {
  const models = new Map<string | symbol, unknown>();
  const model = (name: string | symbol): unknown =>
    new Proxy(
      {},
      {
        get:
          (_, act): Act =>
          async (...args) => {
            const rows = ((await open()) as unknown as Record<string | symbol, Record<string | symbol, Act>>)[
              name
            ];
            return rows?.[act]?.(...args);
          },
      },
    );
  const proxy = new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name === "string" && name.startsWith("$"))
          return async (...args: unknown[]) => {
            const tx = (await open()) as unknown as Record<string, Act>;
            return tx[name]?.(...args);
          };
        if (!models.has(name)) models.set(name, model(name));
        return models.get(name);
      },
    },
  );
  return proxy as Prisma.TransactionClient;
}

function ignore(): void {
  // Reported elsewhere.
}
