import { createHash } from "node:crypto";
import type { Sealer } from "../core/ports.ts";
import type { ArrivedLetter, LetterPlace } from "../core/store.ts";
import type { Instant } from "../core/terms.ts";
import { withoutFields } from "./header.ts";
import type { StoreOf } from "./step.ts";
import { inOneStep } from "./together.ts";

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
  store: StoreOf<"recordLetter">;
  sealer: Sealer;
  /** Letters that arrived before are stored and never answered. */
  goLive: Instant;
}

/** What storing a letter says: its id, and whether it was known before, by its place or by its content. */
export interface Ingested {
  id: string;
  duplicate: boolean;
}

/**
 * Makes the function that stores a letter, sealed, before anything is thought about it; the same step enqueues its
 * reading. Letters that come together share a transaction. It rejects when the store failed: not stored.
 */
export function ingester(context: IngestContext): (letter: FetchedLetter) => Promise<Ingested> {
  const record = inOneStep(context.store, (tx, letter: ArrivedLetter) => tx.recordLetter(letter));
  return async (letter) => record(arrived(context, letter));
}

/** Stores one letter by itself. */
export function ingest(context: IngestContext, letter: FetchedLetter): Promise<Ingested> {
  return ingester(context)(letter);
}

function arrived({ sealer, goLive }: IngestContext, letter: FetchedLetter): ArrivedLetter {
  const { place, receivedAt, bytes, size, oversize } = letter;
  return {
    place,
    receivedAt,
    contentKey: contentKey(bytes, oversize ? size : null),
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

/** What mail servers write on the way; the same letter delivered twice differs only here. */
const TRANSPORT =
  /^(received|return-path|delivered-to|envelope-to|authentication-results|received-spf|arc-.*|x-.*)$/;

/**
 * Names a letter by what its sender wrote: SHA-256 (hex) without transport headers. A Message-ID would not do: some
 * programs give the same to two letters, some give none.
 * @param headerOf the whole letter's size when `bytes` are only the header of an oversize letter; else null.
 */
export function contentKey(bytes: Uint8Array, headerOf: number | null): string {
  const hash = createHash("sha256");
  for (const piece of withoutFields(bytes, (name) => TRANSPORT.test(name))) hash.update(piece);
  if (headerOf !== null) hash.update(`header of ${headerOf} bytes`);
  return hash.digest("hex");
}
