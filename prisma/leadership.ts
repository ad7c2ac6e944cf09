import { setTimeout as sleep } from "node:timers/promises";
import type { Candidate, Leadership } from "../core/ports.ts";
import { type Connection, connectOnce } from "./pool.ts";

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
      const epoch = await takeOffice(db, name);
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
        const db = await connectOnce(url);
        try {
          await session(db);
        } finally {
          await Promise.race([db.end(), sleep(LOOK_MS, undefined, { ref: false })]);
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

/** @returns the epoch of the new term, or null while somebody else is in office. */
async function takeOffice(db: Connection, name: string): Promise<number | null> {
  const { rows } = await db.query<{ mine: boolean }>(
    "SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine",
    [OFFICE_LOCK, name],
  );
  if (rows[0]?.mine !== true) return null;
  const term = await db.query<{ epoch: string }>(
    `INSERT INTO offices (name, epoch, pid, beat_at) VALUES ($1, 1, pg_backend_pid(), clock_timestamp())
     ON CONFLICT (name) DO UPDATE SET epoch = offices.epoch + 1, pid = pg_backend_pid(), beat_at = clock_timestamp()
     RETURNING epoch`,
    [name],
  );
  return Number(term.rows[0]?.epoch);
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

/** Ends the session that holds the office without a sign of life, and its lock with it. */
async function removeFrozen(db: Connection, name: string): Promise<void> {
  await db.query(
    `SELECT pg_terminate_backend(locks.pid) FROM pg_locks locks, offices
     WHERE offices.name = $2 AND offices.beat_at < clock_timestamp() - $3 * interval '1 millisecond'
       AND locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 2 AND locks.pid = offices.pid
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
