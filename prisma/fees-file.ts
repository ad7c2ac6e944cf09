import { readFileSync, statSync } from "node:fs";
import type { Fault, ReadSettings } from "../core/config.ts";
import { type FeeTable, readFeeTables } from "../core/guarantee/fee-tables.ts";

/** FEES_FILE: read and checked at start, read again whenever it changes. */

/** Largest file that is read: 200 tables of 50 bands are some 800 kB. */
const FILE_MAX_BYTES = 2_000_000;
/** Faults of one file that are told at once; whoever mends these will see the rest. */
const FAULTS_MAX = 20;

interface Log {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/**
 * The tables as the file lists them now; while it is broken the last good ones hold and the fault is logged once.
 * @param file null: no tables but the published one.
 * @throws when the file is broken at the first attempt, with the place and never the contents.
 */
export function openFees(file: string | null, log: Log): () => readonly FeeTable[] {
  if (file === null) return () => [];
  let seen = stamp(file);
  let tables = sound(file);
  return () => {
    const current = stamp(file);
    if (current === seen) return tables;
    seen = current;
    try {
      tables = sound(file);
      log.info({ tables: tables.length }, "FEES_FILE reread");
    } catch (error) {
      log.error({ reason: String(error) }, "FEES_FILE cannot be used; the last good tables hold");
    }
    return tables;
  };
}

/** The same reading of the settings, with the faults of the fee file among the others. */
export function withFeesFile(read: ReadSettings): ReadSettings {
  const { feesFile } = read.ok ? read.settings : read.usable;
  const faults = feesFile === null ? [] : faultsOf(feesFile);
  if (faults.length === 0) return read;
  return read.ok
    ? { ok: false, faults, usable: read.settings }
    : { ...read, faults: [...read.faults, ...faults] };
}

function faultsOf(file: string): Fault[] {
  const read = readFees(file);
  if (read === null) return [{ name: "FEES_FILE", code: "file_unreadable" }];
  if (read.ok) return [];
  return read.faults.slice(0, FAULTS_MAX).map(({ place, code }) => ({
    name: place === "" ? "FEES_FILE" : `FEES_FILE ${place}`,
    code: code === "malformed" ? "file_malformed" : "file_overlapping",
  }));
}

function sound(file: string): FeeTable[] {
  const read = readFees(file);
  if (read?.ok === true) return read.tables;
  const [first] = read === null ? [] : read.faults;
  throw new Error(first === undefined ? "not readable as JSON" : `${first.place}: ${first.code}`);
}

/** Null when there is no such file, or no JSON in it: the parser's own message would quote it. */
function readFees(file: string): ReturnType<typeof readFeeTables> | null {
  try {
    if (statSync(file).size > FILE_MAX_BYTES) return null;
    return readFeeTables(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}

/** What tells one state of the file from another; empty while it is not there or not within reach. */
function stamp(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}
