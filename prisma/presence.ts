import { type Connection, connectOnce } from "./pool.ts";

/**
 * Who is working? Every process with workers holds a shared advisory lock as long as it lives. One that finds the
 * lock free knows that all others are dead, and puts the jobs they left half done back at once; without this they
 * would wait for their heartbeat to run out. Jobs of a dead process beside a living one wait for just that.
 */
const PRESENCE_LOCK = 72707370;
const RETRY_MS = 1_000;

export interface Presence {
  leave(): Promise<void>;
}

/** @param whenAlone called, before anybody else can begin, when no other process is working. */
export async function enterPresence(
  url: string,
  whenAlone: (db: Connection) => Promise<void>,
): Promise<Presence> {
  let left = false;
  let current: Connection | null = null;
  let timer: NodeJS.Timeout | null = null;

  const stayOn = (db: Connection) => {
    current = db;
    db.once("end", () => {
      current = null;
      if (!left) timer = setTimeout(comeBack, RETRY_MS);
    });
  };
  // After a lost connection our own jobs may still be running: nothing is put back then.
  const comeBack = async () => {
    try {
      const db = await connectOnce(url);
      if (left) return void (await db.end());
      stayOn(db);
      await db.query("SELECT pg_advisory_lock_shared($1)", [PRESENCE_LOCK]);
    } catch {
      if (!left && current === null) timer = setTimeout(comeBack, RETRY_MS);
    }
  };

  const db = await connectOnce(url);
  await db.query("SET lock_timeout = 0");
  const { rows } = await db.query<{ alone: boolean }>("SELECT pg_try_advisory_lock($1) AS alone", [
    PRESENCE_LOCK,
  ]);
  if (rows[0]?.alone === true) await whenAlone(db);
  await db.query("SELECT pg_advisory_lock_shared($1)", [PRESENCE_LOCK]);
  if (rows[0]?.alone === true) await db.query("SELECT pg_advisory_unlock($1)", [PRESENCE_LOCK]);
  stayOn(db);

  return {
    async leave() {
      left = true;
      if (timer !== null) clearTimeout(timer);
      await current?.end().catch(() => undefined);
    },
  };
}
