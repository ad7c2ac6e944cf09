import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, connectOnce, leave } from "./pool.ts";

/**
 * Who is working? Every process with workers holds a shared advisory lock as long as it lives. One that finds the
 * lock free knows that all others are dead, and puts the jobs they left half done back at once; without this they
 * would wait for their heartbeat to run out. Jobs of a dead process beside a living one wait for just that.
 */
const PRESENCE_LOCK = 72707370;
/** With a process's number: a lock of its own, by which others see that just this one is alive. */
export const PROCESS_LOCK = 72707371;
const RETRY_MS = 1_000;

export interface Presence {
  /** Names this process in leases; no other that is alive has it. */
  number: number;
  leave(): Promise<void>;
}

/** @param whenAlone called, before anybody else can begin, when no other process is working. */
export async function enterPresence(
  url: string,
  whenAlone: (db: Connection) => Promise<void>,
): Promise<Presence> {
  let left = false;
  let current = await connectOnce(url);
  const numbered = await current.query<{ number: number }>(
    "SELECT nextval('process_numbers')::int AS number",
  );
  const number = numbered.rows[0]?.number ?? 0;
  const share = (db: Connection) =>
    db.query("SELECT pg_advisory_lock_shared($1), pg_advisory_lock($2, $3)", [
      PRESENCE_LOCK,
      PROCESS_LOCK,
      number,
    ]);

  const free = "SELECT pg_try_advisory_lock($1) AS alone";
  const { rows } = await current.query<{ alone: boolean }>(free, [PRESENCE_LOCK]);
  const alone = rows[0]?.alone === true;
  if (alone) await whenAlone(current);
  await share(current);
  if (alone) await current.query("SELECT pg_advisory_unlock($1)", [PRESENCE_LOCK]);

  // After a lost connection our own jobs may still be running: the lock is taken again, nothing is put back.
  async function stay(): Promise<void> {
    await endOf(current);
    while (!left) {
      await sleep(RETRY_MS, undefined, { ref: false });
      if (left) return;
      try {
        const db = await connectOnce(url);
        const ended = endOf(db);
        try {
          await endOldSession(db, number);
          await share(db);
        } catch (error) {
          await leave(db);
          throw error;
        }
        current = db;
        if (left) await leave(db);
        await ended;
      } catch {
        // The database is not back yet.
      }
    }
  }
  void stay();

  return {
    number,
    async leave() {
      left = true;
      await leave(current);
    },
  };
}

/**
 * Whoever holds the lock of our number is our own session from before: the server has not heard yet that its line is
 * broken. Without this the number would stay locked by a session that nobody ends.
 */
async function endOldSession(db: Connection, number: number): Promise<void> {
  await db.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::bigint = $1 AND objid::bigint = $2
       AND pid <> pg_backend_pid() AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [PROCESS_LOCK, number],
  );
}

/** Resolves also when the connection breaks: `events.once` would reject, for nobody to hear. */
function endOf(db: Connection): Promise<void> {
  return new Promise((resolve) => db.once("end", () => resolve()));
}
