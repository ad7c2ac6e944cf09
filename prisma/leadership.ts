import { setTimeout as sleep } from "node:timers/promises";
import type { Candidate, Leadership } from "../core/ports.ts";
import { type Connection, connectOnce, leave } from "./pool.ts";

/**
 * Offices that one process holds at a time: a session lock of PostgreSQL says who, a row counts the terms. The lock is
 * gone with its holder's session; a holder that freezes without losing it is put out of office by the others. What a
 * holder writes carries its epoch, so a late write of an ended term is refused (`letters.ts`, `checkOffice`).
 */
const OFFICE_LOCK = 72707373;
const BEAT_MS = 1_500;
/** A holder whose beat is older than this counts as frozen. With the looks of the others: replaced within ten seconds. */
const FROZEN_MS = 6_000;
const LOOK_MS = 1_000;
/** The first looks come quicker: after a restart the last session of a killed process is about to end. */
const FIRST_LOOK_MS = 50;
/** A new holder gives steps of an ended term so long to finish; one that is still there then is frozen and is ended. */
const LAST_STEP_MS = 1_500;
/** An answer to a statement that waits for nobody; a session that gets none is given up. */
const ANSWER_MS = 10_000;
/** A beat that takes longer ends the term from inside, before the others end it. */
const BEAT_LIMIT_MS = 4_000;

type Term = Parameters<Leadership["lead"]>[1];

/** @param url holds a password: never logged. */
export function openLeadership(url: string, log: (line: string) => void): Leadership {
  return { lead: (name, term) => campaign(url, name, term, log) };
}

function campaign(url: string, name: string, term: Term, log: (line: string) => void): Candidate {
  const state = { leading: false, standingBy: false, stopped: false };
  const stopping = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  /** One session: waits for the office, holds it, and returns when the session or the office is lost. */
  async function session(db: Connection): Promise<void> {
    const lost = new AbortController();
    db.once("end", () => lost.abort());
    for (let looks = 0; !state.stopped && !lost.signal.aborted; looks++) {
      const epoch = await takeOffice(url, db, name);
      if (epoch === null && !state.standingBy) log(`office ${name}: standing by, another process holds it`);
      state.standingBy = epoch === null;
      if (epoch === null) {
        await removeFrozen(db, name);
        await pause(Math.min(LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(looks, 10)));
        continue;
      }
      state.leading = true;
      log(`office ${name}: held, epoch ${epoch}`);
      term.begin(epoch);
      try {
        while (!state.stopped && !lost.signal.aborted && (await beat(db, name, epoch)))
          await Promise.race([pause(BEAT_MS), ended(lost.signal)]);
      } finally {
        state.leading = false;
        term.end();
        log(`office ${name}: left`);
      }
      return;
    }
  }

  async function run(): Promise<void> {
    while (!state.stopped) {
      try {
        const db = await connectOnce(url, undefined, ANSWER_MS);
        try {
          await session(db);
        } finally {
          await leave(db);
        }
      } catch {
        // The database is away; whoever waits for it says so.
      }
      state.standingBy = false;
      await pause(LOOK_MS);
    }
  }

  const running = run();
  return {
    leading: () => state.leading,
    standingBy: () => state.standingBy,
    async stop() {
      state.stopped = true;
      stopping.abort();
      await running;
    },
  };
}

/**
 * One statement, so that nobody can freeze half way. It locks the row against steps of the term before: they share it
 * (`letters.ts`, `checkOffice`) and end first. A beat takes a weaker lock that gets along with theirs.
 */
const TAKE = `
  WITH settled AS MATERIALIZED (SELECT name FROM offices WHERE name = $1 FOR UPDATE)
  INSERT INTO offices (name, epoch, pid, beat_at)
  SELECT $1, 1, pg_backend_pid(), clock_timestamp() FROM (SELECT count(*) FROM settled) AS waited_for
  ON CONFLICT (name) DO UPDATE SET epoch = offices.epoch + 1, pid = pg_backend_pid(), beat_at = clock_timestamp()
  RETURNING epoch`;

/** @returns the epoch of the new term, or null while somebody else is in office. */
async function takeOffice(url: string, db: Connection, name: string): Promise<number | null> {
  const { rows } = await db.query<{ mine: boolean; pid: number }>(
    "SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine, pg_backend_pid() AS pid",
    [OFFICE_LOCK, name],
  );
  const [look] = rows;
  if (look?.mine !== true) return null;
  const waits = setTimeout(() => void endBlockers(url, look.pid).catch(() => undefined), LAST_STEP_MS);
  try {
    const term = await db.query<{ epoch: string }>(TAKE, [name]);
    return Number(term.rows[0]?.epoch);
  } finally {
    clearTimeout(waits);
  }
}

/**
 * Ends the sessions for which this one waits. The server's own limit ends an idle step too (`checkOffice`), but not one
 * that froze half way through sending a letter.
 */
async function endBlockers(url: string, pid: number): Promise<void> {
  const db = await connectOnce(url, undefined, ANSWER_MS);
  try {
    await db.query("SELECT pg_terminate_backend(blocker) FROM unnest(pg_blocking_pids($1)) AS blocker", [
      pid,
    ]);
  } finally {
    await leave(db);
  }
}

/** @returns false when the term is over, or when nobody can tell in time. */
async function beat(db: Connection, name: string, epoch: number): Promise<boolean> {
  const beaten = db
    .query("UPDATE offices SET beat_at = clock_timestamp() WHERE name = $1 AND epoch = $2", [name, epoch])
    .then(
      ({ rowCount }) => rowCount === 1,
      () => false,
    );
  return Promise.race([beaten, sleep(BEAT_LIMIT_MS, false, { ref: false })]);
}

/**
 * Ends the session that holds the office without a sign of life, and its lock with it. One that has just got the lock has
 * not beaten yet, but its session has done something.
 */
async function removeFrozen(db: Connection, name: string): Promise<void> {
  await db.query(
    `SELECT pg_terminate_backend(locks.pid)
     FROM pg_locks locks JOIN pg_stat_activity holder ON holder.pid = locks.pid
       LEFT JOIN offices ON offices.name = $2 AND offices.pid = locks.pid
     WHERE greatest(offices.beat_at, holder.state_change) < clock_timestamp() - $3 * interval '1 millisecond'
       AND locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2
       AND locks.classid::bigint = $1 AND locks.objid::bigint = (hashtext($2)::bigint & 4294967295)
       AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [OFFICE_LOCK, name, FROZEN_MS],
  );
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
