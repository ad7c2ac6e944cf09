import { Fenced } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { FetchedLetter } from "../intake/ingest.ts";
import { LETTER_BYTES } from "../limits.ts";
import { MailboxFault } from "./faults.ts";

/** What scanning needs of an open mailbox; `mail/imap/connection.ts` gives it. Every call is one finished command. */
export interface OpenMailbox {
  mailbox: string;
  uidValidity: bigint;
  /** UIDs from `from` on, ascending. */
  uids(from: number): Promise<number[]>;
  sizes(uids: readonly number[]): Promise<{ uid: number; size: number; receivedAt: Instant }[]>;
  /** Whole letters; one that is gone is left out. */
  letters(uids: readonly number[]): Promise<Map<number, Uint8Array>>;
  headers(uids: readonly number[]): Promise<Map<number, Uint8Array>>;
}

export interface ScanWork {
  open: OpenMailbox;
  /** UIDs already recorded; grows as letters are taken. */
  known: Set<number>;
  /** Stores letters and says which (UIDs); a rejection means that none is stored. */
  takeAll(letters: readonly FetchedLetter[]): Promise<{ stored: readonly number[] }>;
  /** Told of a letter that the server lists and does not give out (NO or BAD); the others come nevertheless. */
  refused?(uid: number): void;
  /** True once the scan should end with the letters under way. */
  stopping(): boolean;
}

/** Letters and bytes held in memory at once; a batch is stored in one transaction. */
const BATCH_LETTERS = 50;
const BATCH_BYTES = LETTER_BYTES;
/** UIDs in one command; servers accept lines of at least 8,000 characters (RFC 7162 §4). */
const SIZES_AT_ONCE = 500;

/**
 * Takes every letter from `from` on that is not known yet: sizes first, then bodies in batches; each batch is
 * fetched whole before anything else is done.
 * @returns the first UID not seen, and how many letters could not be stored and stay for the next scan.
 * @throws MailboxFault when the mailbox fails, Fenced when this process records no more.
 */
export async function scan(work: ScanWork, from: number): Promise<{ next: number; failed: number }> {
  const listed = (await work.open.uids(from)).filter((uid) => uid >= from); // `n:*` gives the last one even below n
  const fresh = listed.filter((uid) => !work.known.has(uid));
  let failed = 0;
  for (let at = 0; at < fresh.length && !work.stopping(); at += SIZES_AT_ONCE) {
    const sizes = await work.open.sizes(fresh.slice(at, at + SIZES_AT_ONCE));
    for (const batch of batches(sizes)) {
      if (work.stopping()) break;
      failed += await takeBatch(work, batch);
    }
  }
  return { next: Math.max(from, ...listed.slice(-1).map((uid) => uid + 1)), failed };
}

type Sized = Awaited<ReturnType<OpenMailbox["sizes"]>>[number];

function* batches(sizes: readonly Sized[]): Generator<Sized[]> {
  let batch: Sized[] = [];
  let bytes = 0;
  for (const one of sizes) {
    const fetched = Math.min(one.size, LETTER_BYTES);
    if (batch.length > 0 && (batch.length >= BATCH_LETTERS || bytes + fetched > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += fetched;
  }
  if (batch.length > 0) yield batch;
}

async function takeBatch(work: ScanWork, batch: readonly Sized[]): Promise<number> {
  const { open } = work;
  const small = batch.filter((one) => one.size <= LETTER_BYTES).map((one) => one.uid);
  const bodies = await fetched(work, small, open.letters);
  // A server may be wrong about a size: what turns out too long is oversize after all.
  const large = batch.map((one) => one.uid).filter((uid) => !small.includes(uid) || tooLong(bodies.get(uid)));
  const headers = await fetched(work, large, open.headers);
  const letters: FetchedLetter[] = [];
  for (const { uid, size, receivedAt } of batch) {
    const oversize = large.includes(uid);
    const bytes = oversize ? headers.get(uid) : bodies.get(uid);
    const place = { mailbox: open.mailbox, uidValidity: open.uidValidity, uid };
    if (bytes !== undefined) letters.push({ place, receivedAt, bytes, size, oversize });
  }
  return store(work, letters);
}

/** Servers refuse a whole FETCH for one letter that they cannot render: then each is asked for by itself. */
async function fetched(
  work: ScanWork,
  uids: readonly number[],
  fetch: OpenMailbox["letters"],
): Promise<Map<number, Uint8Array>> {
  const [first] = uids;
  if (first === undefined) return new Map();
  try {
    return await fetch(uids);
  } catch (error) {
    if (!(error instanceof MailboxFault) || error.code !== "refused") throw error;
  }
  const parts = new Map<number, Uint8Array>();
  if (uids.length === 1) work.refused?.(first);
  else
    for (const uid of uids)
      for (const [key, bytes] of await fetched(work, [uid], fetch)) parts.set(key, bytes);
  return parts;
}

function tooLong(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && bytes.length > LETTER_BYTES;
}

/** Stores the letters of a batch. @returns how many failed. @throws Fenced: this process records no more. */
async function store(work: ScanWork, letters: readonly FetchedLetter[]): Promise<number> {
  if (letters.length === 0) return 0;
  try {
    const { stored } = await work.takeAll(letters);
    for (const uid of stored) work.known.add(uid);
    return letters.length - stored.length;
  } catch (error) {
    if (error instanceof Fenced) throw error;
    return letters.length; // `takeAll` has logged why
  }
}
