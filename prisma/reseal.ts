import type { Keyring } from "../core/seal.ts";
import { type Connection, connectOnce, UNBOUNDED } from "./pool.ts";

/**
 * Everything that is sealed, for the change of SEAL_KEY: what does not begin with the mark of today's key is opened and
 * sealed anew, row by row, while the desk runs. Rows that are done no longer match, so it can be ended and begun again.
 */
const SEALED = [
  { table: "sealed_keys", id: "guarantee_id", column: "sealed" },
  { table: "kept_tokens", id: "account", column: "sealed" },
  { table: "documents", id: "id", column: "bytes", only: "sealed" },
  { table: "outbound_letters", id: "id", column: "sealed_bytes" },
  { table: "letters", id: "id", column: "sealed_raw" },
] as const;
type Sealed = (typeof SEALED)[number];
export type SealedTable = Sealed["table"];

/** How one table stands. */
export interface ResealState {
  table: SealedTable;
  /** Sealed anew just now. */
  done: number;
  /** Still under another key or the format of before. */
  left: number;
  /** Of these, rows that no key of ours opens. */
  unopened: number;
}

/** Rows of one transaction, and their bytes at most (one row may be larger). */
const ROWS = 50;
const BYTES = 16 * 1024 * 1024;
/** Rows that the desk held are met again in another pass. */
const PASSES = 5;

/** What somebody who asks how things stand waits for one table at most. */
const LOOK_MS = 60_000;

/** @param onProgress after each transaction. @returns each table in turn. */
export async function reseal(
  url: string,
  keys: Keyring,
  onProgress: (state: ResealState) => void = () => undefined,
): Promise<ResealState[]> {
  const db = await connectOnce(url, undefined, UNBOUNDED);
  try {
    // Counting looks at the beginning of every letter there is: minutes on a large desk, and nobody waits for it.
    await db.query("SET statement_timeout = 0");
    const states: ResealState[] = [];
    for (const sealed of SEALED) states.push(await resealTable(db, sealed, keys, onProgress));
    return states;
  } finally {
    await db.end();
  }
}

/** What is sealed under another key than today's, table by table, and how many of a few tries could be opened. */
export async function sealState(url: string, keys: Keyring): Promise<Omit<ResealState, "done">[]> {
  const db = await connectOnce(url, undefined, UNBOUNDED);
  try {
    await db.query(`SET statement_timeout = ${LOOK_MS}`);
    const states = [];
    for (const sealed of SEALED) {
      const left = await count(db, sealed, keys);
      states.push({ table: sealed.table, left, unopened: await unopenedSamples(db, sealed, keys) });
    }
    return states;
  } finally {
    await db.end();
  }
}

async function resealTable(
  db: Connection,
  sealed: Sealed,
  keys: Keyring,
  onProgress: (state: ResealState) => void,
): Promise<ResealState> {
  const state: ResealState = {
    table: sealed.table,
    done: 0,
    left: await count(db, sealed, keys),
    unopened: 0,
  };
  for (let pass = 0; pass < PASSES && state.left > 0; pass++) {
    let last = "";
    let changed = 0;
    state.unopened = 0;
    for (;;) {
      const batch = await nextRows(db, sealed, keys, last);
      if (batch.length === 0) break;
      last = batch.at(-1) ?? last;
      const step = await resealRows(db, sealed, keys, batch);
      changed += step.changed;
      state.done += step.changed;
      state.unopened += step.unopened;
      state.left = Math.max(state.left - step.changed, state.unopened);
      onProgress({ ...state });
    }
    state.left = await count(db, sealed, keys);
    if (changed === 0) break;
  }
  return state;
}

/** Begins otherwise than what is sealed now; the beginning alone is read, however long the bytes are. */
const due = ({ column, ...rest }: Sealed) =>
  `${"only" in rest ? `${rest.only} AND ` : ""}${column} IS NOT NULL AND substring(${column} FROM 1 FOR 5) <> $1`;

async function count(db: Connection, sealed: Sealed, { mark }: Keyring): Promise<number> {
  const { rows } = await db.query<{ left: number }>(
    `SELECT count(*)::int AS left FROM ${sealed.table} WHERE ${due(sealed)}`,
    [Buffer.from(mark)],
  );
  return rows[0]?.left ?? 0;
}

/** Ids of the next rows that fit into one transaction. */
async function nextRows(db: Connection, sealed: Sealed, { mark }: Keyring, last: string): Promise<string[]> {
  const { table, id, column } = sealed;
  const { rows } = await db.query<{ id: string; size: number }>(
    `SELECT ${id} AS id, octet_length(${column}) AS size FROM ${table}
     WHERE ${due(sealed)} AND ${id} > $2 ORDER BY ${id} LIMIT ${ROWS}`,
    [Buffer.from(mark), last],
  );
  let bytes = 0;
  const fitting = rows.filter(({ size }, at) => {
    bytes += size;
    return at === 0 || bytes <= BYTES;
  });
  return fitting.map((row) => row.id);
}

/** Rows that the desk is writing are passed over, so nobody waits for us while we wait for somebody. */
async function resealRows(db: Connection, sealed: Sealed, keys: Keyring, ids: readonly string[]) {
  const { table, id, column } = sealed;
  let unopened = 0;
  let changed = 0;
  await db.query("BEGIN");
  try {
    const { rows } = await db.query<{ id: string; bytes: Buffer }>(
      `SELECT ${id} AS id, ${column} AS bytes FROM ${table}
       WHERE ${due(sealed)} AND ${id} = ANY($2) FOR UPDATE SKIP LOCKED`,
      [Buffer.from(keys.mark), ids],
    );
    for (const row of rows) {
      const plain = openOrNull(keys, row.bytes);
      if (plain === null) {
        unopened += 1;
        continue;
      }
      await db.query(`UPDATE ${table} SET ${column} = $2 WHERE ${id} = $1`, [row.id, keys.seal(plain)]);
      plain.fill(0);
      changed += 1;
    }
    await db.query("COMMIT");
  } catch (error) {
    await db.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
  return { changed, unopened };
}

/** Tells keys apart: the name behind the version byte; the format of before has none. */
const beginning = (column: string) =>
  `substring(${column} FROM 1 FOR CASE substring(${column} FROM 1 FOR 1) WHEN '\\x02' THEN 5 ELSE 1 END)`;

/** One row of each key: one that is missing shows itself without everything being opened. */
async function unopenedSamples(db: Connection, sealed: Sealed, keys: Keyring): Promise<number> {
  const { table, column } = sealed;
  const { rows } = await db.query<{ bytes: Buffer }>(
    `SELECT ${column} AS bytes FROM ${table} WHERE ctid IN (
       SELECT DISTINCT ON (${beginning(column)}) ctid FROM ${table}
       WHERE ${"only" in sealed ? `${sealed.only} AND ` : ""}${column} IS NOT NULL
       ORDER BY ${beginning(column)} LIMIT ${SAMPLES})`,
  );
  return rows.filter(({ bytes }) => openOrNull(keys, bytes) === null).length;
}
/** More keys than this no house has had; each sample may be a whole letter. */
const SAMPLES = 8;

function openOrNull(keys: Keyring, bytes: Buffer): Uint8Array | null {
  try {
    return keys.unseal(bytes);
  } catch {
    return null;
  }
}
