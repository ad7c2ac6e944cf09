import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConstructorOptions } from "pg-boss";

type IDatabase = NonNullable<ConstructorOptions["db"]>;

import { connectOnce, openPool, statementName } from "./pool.ts";

/**
 * The database as pg-boss sees it. Its own would parse and plan each statement anew; they are long, and for every letter
 * the same few, so here they are prepared once a connection: two thirds of the server's work on them.
 */
export interface JobsDatabase extends IDatabase {
  /** Tells workers, here and in other processes, that committed jobs wait in these queues. */
  wake(queues: Iterable<string>): void;
  end(): Promise<void>;
}

/**
 * In a transaction of its own after the commit, not inside of it: one that notifies holds a lock of the whole server
 * until its bytes are on the disk, so that steps would commit one after the other.
 */
const NOTIFY = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";

/** pg-boss's connections in one process, beside one that listens. */
const CONNECTIONS = 4;
/** A lost listener is replaced after this; meanwhile the workers look by themselves. */
const LISTEN_AGAIN_MS = 1_000;

/** Jobs that come within it wake the workers once, and are fetched together. */
const WAKE_MS = 10;

/** @param trouble is told about connections that are lost. */
export function openJobsDatabase(url: string, trouble: (line: string) => void): JobsDatabase {
  const pool = openPool(url, (reason) => trouble(`jobs: ${reason}`), {
    name: "hosho-desk jobs",
    max: CONNECTIONS,
  });
  const mark = randomUUID();
  const due = new Set<string>();
  let hear: { channel: string; wakeUp: (queue: string) => void } | null = null;
  let timer: NodeJS.Timeout | null = null;

  function wakeNow(): void {
    timer = null;
    const queues = [...due];
    due.clear();
    if (hear === null) return;
    for (const queue of queues) hear.wakeUp(queue);
    const values = [hear.channel, queues.map((queue) => `${mark}:${queue}`)];
    pool.query({ name: statementName(NOTIFY), text: NOTIFY, values }).catch(() => undefined);
  }

  return {
    wake(queues) {
      for (const queue of queues) due.add(queue);
      if (due.size > 0) timer ??= setTimeout(wakeNow, WAKE_MS);
    },

    // Several statements in one text cannot be prepared; they are maintenance, and have no values.
    executeSql: (text, values) =>
      values === undefined || text.includes(";")
        ? pool.query(text, values)
        : pool.query({ name: statementName(text), text, values }),

    async listen(channel, onNotification, onReconnect) {
      hear = { channel, wakeUp: onNotification };
      let closed = false;
      let current = await subscribe();
      void keep();

      async function subscribe() {
        const db = await connectOnce(url);
        db.on("notification", ({ payload = "" }) => {
          const [from, queue] = payload.split(":");
          if (queue !== undefined && from !== mark) onNotification(queue);
        });
        await db.query(`LISTEN "${channel}"`);
        onReconnect();
        return db;
      }

      async function keep(): Promise<void> {
        while (!closed) {
          await new Promise((resolve) => current.once("end", resolve));
          while (!closed) {
            await sleep(LISTEN_AGAIN_MS, undefined, { ref: false });
            const again = closed ? null : await subscribe().catch(() => null);
            if (again === null) continue;
            current = again;
            break;
          }
        }
      }

      return {
        async close() {
          closed = true;
          await current.end();
        },
      };
    },

    end() {
      if (timer !== null) clearTimeout(timer);
      return pool.end();
    },
  };
}
