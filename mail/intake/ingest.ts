import { createHash } from "node:crypto";
import type { Sealer } from "../../core/ports.ts";
import type { ArrivedLetter, LetterPlace, Office } from "../../core/rows/letters.ts";
import { Fenced } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import { errorCode, type Log } from "../log.ts";
import type { StoreOf } from "../step.ts";
import { readHeader, valuesOf } from "./header.ts";
import { onlySender } from "./sender.ts";

/** A letter as the mailbox gave it. */
export interface FetchedLetter {
  place: LetterPlace;
  /** INTERNALDATE: when the mailbox got it (RFC 9051 §2.3.3). */
  receivedAt: Instant;
  /** The whole letter, or only its header when `oversize`. */
  bytes: Uint8Array;
  size: number;
  oversize: boolean;
}

export interface IngestContext {
  store: StoreOf<"recordLetters">;
  sealer: Sealer;
  /** Letters that arrived before are stored and never answered. */
  goLive: Instant;
  /** The term in which this process records: a later leader's term ends it. */
  office: Office;
}

/** What storing a letter says: its id, and whether it was known before, by its place or by its content. */
export interface Ingested {
  id: string;
  duplicate: boolean;
}

/**
 * Makes the function that stores letters, sealed, before anything is thought about them; the same step enqueues their
 * reading. A batch is one transaction. When that fails each letter is tried by itself, so that one of them does not
 * hold the others.
 * @returns UIDs of those that are stored. It rejects only with `Fenced`: nothing may be recorded in this term any more.
 */
export function ingester(
  context: IngestContext & { log: Log },
): (letters: readonly FetchedLetter[]) => Promise<{ stored: number[] }> {
  const { log } = context;
  const told = (letter: FetchedLetter, { id, duplicate }: Ingested): number => {
    const { place, size } = letter;
    log.info({ letterId: id, uid: place.uid, size, duplicate }, "letter stored");
    return place.uid;
  };

  async function alone(letter: FetchedLetter): Promise<number[]> {
    try {
      return [told(letter, await ingest(context, letter))];
    } catch (error) {
      if (error instanceof Fenced) throw error;
      const facts = { uid: letter.place.uid, code: errorCode(error) };
      log.error(facts, "letter not stored, stays for the next scan");
      return [];
    }
  }

  return async (letters) => {
    try {
      const kept = await record(context, letters);
      return { stored: letters.map((letter, at) => told(letter, kept[at] as Ingested)) };
    } catch (error) {
      if (error instanceof Fenced) throw error;
    }
    const stored: number[] = [];
    for (const letter of letters) stored.push(...(await alone(letter)));
    return { stored };
  };
}

/** Stores one letter by itself. */
export async function ingest(context: IngestContext, letter: FetchedLetter): Promise<Ingested> {
  const [kept] = await record(context, [letter]);
  return kept as Ingested;
}

function record(context: IngestContext, letters: readonly FetchedLetter[]): Promise<Ingested[]> {
  const rows = letters.map((letter) => arrived(context, letter));
  return context.store.transact((tx) => tx.recordLetters(rows, context.office));
}

function arrived({ sealer, goLive }: IngestContext, letter: FetchedLetter): ArrivedLetter {
  const { place, receivedAt, bytes, size, oversize } = letter;
  const { fields } = readHeader(bytes);
  return {
    place,
    receivedAt,
    sender: onlySender(fields)?.toLowerCase() ?? null,
    contentKey: contentKey(bytes, oversize ? size : null),
    headerKey: headerKey(bytes),
    sealedRaw: sealer.seal(bytes),
    size,
    oversize,
    answerable: isAnswerable(receivedAt, goLive),
  };
}

/** INTERNALDATE knows no fractions of a second: what came within the second of going live counts as after it. */
export function isAnswerable(receivedAt: Instant, goLive: Instant): boolean {
  return Math.floor(Date.parse(receivedAt) / 1000) >= Math.floor(Date.parse(goLive) / 1000);
}

/** What its sender wrote; everything else in a header may differ between two deliveries of the same letter. */
const WRITTEN =
  /^(from|sender|to|cc|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*)$/;

/**
 * Names a letter by what its sender wrote: SHA-256 (hex) of these fields and of the body. Mail servers add fields of many
 * names on the way (Delivery-date, DKIM-Filter, IronPort-SDR, …), so those that count are listed, not those that do not. A
 * Message-ID alone would not do: some programs give the same to two letters, some give none. A letter with neither
 * Message-ID nor Date may be a form that asks the same again next month: the first hop's Received, the lowest, tells.
 * @param headerOf the whole letter's size when `bytes` are only the header of an oversize letter; else null.
 */
export function contentKey(bytes: Uint8Array, headerOf: number | null): string {
  const hash = createHash("sha256");
  const { fields, bodyStart } = readHeader(bytes);
  for (const { name, value } of fields)
    if (WRITTEN.test(name)) hash.update(`${name}:${value.trim()}\n`, "latin1");
  if (!fields.some(({ name }) => name === "message-id" || name === "date"))
    hash.update(`received:${valuesOf(fields, "received").at(-1) ?? ""}\n`, "latin1");
  if (headerOf === null) hash.update(bytes.subarray(bodyStart));
  else hash.update(`header of ${headerOf} bytes`);
  return hash.digest("hex");
}

/**
 * Names a letter by its header alone: SHA-256 (hex) of the fields that its sender wrote. A UID is compared by it
 * before a letter is moved: on some bridges a UID means another letter later. Folding does not count, nor do bytes
 * after the header, so that the header fetched by itself gives the same as the whole letter.
 */
export function headerKey(bytes: Uint8Array): string {
  const hash = createHash("sha256");
  for (const { name, value } of readHeader(bytes).fields)
    if (WRITTEN.test(name)) hash.update(`${name}:${value.trim()}\n`, "latin1");
  return hash.digest("hex");
}
