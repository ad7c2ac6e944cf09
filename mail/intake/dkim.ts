import { Resolver } from "node:dns/promises";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import {
  DKIM_HASH_MS,
  DKIM_HEADER_BYTES,
  DKIM_LETTER_BYTES,
  DKIM_SIGNATURES,
  DNS_LETTER_MS,
  DNS_TRIES,
  DNS_TRY_MS,
} from "../limits.ts";
import { errorCode } from "../log.ts";
import { type HeaderField, readHeader, valuesOf } from "./header.ts";
import { domainOf, speaksFor } from "./sender.ts";

/** The only file that knows mailauth: verifies DKIM signatures (RFC 6376) of a letter's From domain. */

/**
 * aligned: a signature of the From domain, or of one above it, holds. none: there is none that counts. failed: there is
 * one, and it does not hold. unknown: its key could not be asked for; later it may be. unchecked: the letter is too
 * large, or its header.
 */
export interface DkimVerdict {
  result: "aligned" | "none" | "failed" | "unknown" | "unchecked";
  /** What it rests on, in the notation of RFC 8601; null when nothing was there to be judged. */
  evidence: string | null;
}

/** @param at when the letter arrived: signatures may have run out since. Null: now. */
export type DkimCheck = (bytes: Uint8Array, fromDomain: string, at: Date | null) => Promise<DkimVerdict>;

/** Asks the DNS, as `node:dns` does it: TXT records as lists of strings, faults as errors with a `code`. */
export type DnsLookup = (name: string, type: string) => Promise<string[][] | string[]>;

export interface DkimOptions {
  /** Instead of name servers. */
  lookup?: DnsLookup;
  /** `address:port` of name servers instead of the system's. */
  servers?: string[];
  /** For all look-ups of one letter together, in milliseconds. */
  waitMs?: number;
}

/** Some milliseconds' work, also when every byte is a line of its own. */
const PIECE_BYTES = 32 * 1024;

interface Signature {
  field: HeaderField;
  /** Tag names as written (RFC 6376 §3.2: case matters), values without white space. */
  tags: Map<string, string>;
}

/** RFC 5322 §3.6: at most once. Of two, another one may be shown than the signed one. */
const ONLY_ONCE = ["from", "subject", "content-type", "content-transfer-encoding", "mime-version"];
/** What must be signed: who wrote, and the words in which a receipt number or query may stand. */
const SIGNED_FIELDS = ["from", "subject"];

/** Answers of the DNS that say: there is no such key. Every other fault is trouble that may pass. */
const NO_SUCH_NAME = new Set(["ENOTFOUND", "ENODATA", "EBADNAME", "EBADQUERY"]);

/**
 * Makes the check. mailauth is loaded at the first letter that bears a signature of its sender's domain.
 */
export function dkimCheck(options: DkimOptions = {}): DkimCheck {
  return async (bytes, fromDomain, at) => {
    const header = readHeader(bytes);
    if (bytes.length > DKIM_LETTER_BYTES || header.bodyStart > DKIM_HEADER_BYTES)
      return { result: "unchecked", evidence: null };
    const signatures = signaturesOf(header.fields, fromDomain);
    if (signatures.length === 0) return { result: "none", evidence: null };
    if (ONLY_ONCE.some((name) => valuesOf(header.fields, name).length > 1))
      return { result: "failed", evidence: "dkim=policy (a field stands more than once)" };
    const { dkimVerify } = await import("mailauth/lib/dkim/verify.js");
    const names = boundedLookup(options);
    try {
      const found = await dkimVerify(slowly(withOnly(bytes, header.fields, signatures)), {
        resolver: names.ask,
        strict: true, // RFC 8301 §3.1 (no SHA-1), RFC 6376 §3.2 (syntax), §3.6.1 (t=s)
        ...(at === null ? {} : { curTime: at }),
      });
      // Two readers of one header must see the same sender.
      const [sender] = found.headerFrom ?? [];
      if (found.headerFrom?.length !== 1 || sender === undefined || domainOf(sender) !== fromDomain)
        return { result: "failed", evidence: "dkim=policy (the sender is not clear)" };
      return fold((found.results ?? []).map((one) => judge(one, fromDomain)));
    } catch (error) {
      // Whatever made the library give up: we could not check, which is no finding about the sender.
      return { result: "unchecked", evidence: `dkim=neutral (${errorCode(error)})` };
    } finally {
      names.end();
    }
  };
}

/** The signatures that could speak for the From domain; those that leave part of the letter open are none. */
function signaturesOf(fields: readonly HeaderField[], fromDomain: string): Signature[] {
  return fields
    .filter(({ name }) => name === "dkim-signature")
    .map((field) => ({ field, tags: tagsOf(field.value) }))
    .filter(({ tags }) => speaksFor(tags.get("d")?.toLowerCase() ?? "", fromDomain))
    .filter(({ tags }) => !tags.has("l") && !tags.has("L")) // RFC 6376 §8.2: anything may be appended
    .filter(({ tags }) => {
      const signed = (tags.get("h") ?? "").toLowerCase().split(":");
      return SIGNED_FIELDS.every((name) => signed.includes(name));
    })
    .slice(0, DKIM_SIGNATURES);
}

function tagsOf(value: string): Map<string, string> {
  const pairs = value.split(";").map((tag): [string, string] => {
    const equals = tag.indexOf("=");
    return [tag.slice(0, Math.max(equals, 0)).trim(), tag.slice(equals + 1).replace(/\s/g, "")];
  });
  return new Map(pairs);
}

/**
 * The letter without the signatures that are not looked at and without ARC, so that neither costs time or look-ups.
 * No signature should cover either (RFC 6376 §5.4.1, RFC 8617 §4.1.2); one that does will not hold.
 */
function withOnly(
  bytes: Uint8Array,
  fields: readonly HeaderField[],
  kept: readonly Signature[],
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const field of fields) {
    const known = kept.some((signature) => signature.field === field);
    if (known || !/^(dkim-signature|arc-.*)$/.test(field.name)) continue;
    pieces.push(bytes.subarray(from, field.start));
    from = field.end;
  }
  return [...pieces, bytes.subarray(from)];
}

class TooSlow extends Error {
  override readonly name = "TooSlow";
}

/** Hands the letter over piece by piece: the library would not let anybody else work until its end. */
function slowly(pieces: readonly Uint8Array[]): Readable {
  return Readable.from(
    (async function* () {
      const begun = performance.now();
      for (const piece of pieces)
        for (let at = 0; at < piece.length; at += PIECE_BYTES) {
          if (performance.now() - begun > DKIM_HASH_MS) throw new TooSlow();
          yield Buffer.from(piece.subarray(at, at + PIECE_BYTES));
          await setImmediate();
        }
    })(),
  );
}

/** What mailauth says of one signature, as far as it is used here. */
interface SignatureResult {
  signingDomain?: string;
  selector?: string;
  canonBodyLengthLimited?: boolean;
  status: { result: string | false; comment?: string | false; testing?: boolean; underSized?: number };
}

function judge(one: SignatureResult, fromDomain: string): DkimVerdict {
  const { status } = one;
  const evidence = evidenceOf(one);
  if (!speaksFor(one.signingDomain?.toLowerCase() ?? "", fromDomain)) return { result: "none", evidence };
  if (one.canonBodyLengthLimited === true || (status.underSized ?? 0) > 0)
    return { result: "none", evidence };
  if (status.result === "temperror") return { result: "unknown", evidence };
  // RFC 6376 §3.6.1: a letter signed with a key of testing mode is treated like an unsigned one.
  if (status.testing === true) return { result: "none", evidence };
  return { result: status.result === "pass" ? "aligned" : "failed", evidence };
}

/** One that holds is enough; a key that could not be asked for outweighs one that does not hold. */
function fold(verdicts: readonly DkimVerdict[]): DkimVerdict {
  for (const result of ["aligned", "unknown", "failed"] as const) {
    const found = verdicts.find((one) => one.result === result);
    if (found !== undefined) return found;
  }
  return { result: "none", evidence: verdicts[0]?.evidence ?? null };
}

/** Words of a signature are a stranger's: only what looks like a name is repeated. */
function evidenceOf({ status, signingDomain, selector }: SignatureResult): string {
  const name = (text: string | undefined) => (/^[A-Za-z0-9._-]{1,253}$/.test(text ?? "") ? text : "?");
  const why = status.testing === true ? "testing" : status.comment;
  const comment = typeof why === "string" && /^[a-z ]{1,40}$/i.test(why) ? ` (${why})` : "";
  return `dkim=${status.result || "none"}${comment} header.d=${name(signingDomain)} header.s=${name(selector)}`;
}

/** Look-ups of one letter: together they take at most `waitMs`, whatever the name servers do. */
function boundedLookup({ lookup, servers, waitMs = DNS_LETTER_MS }: DkimOptions): {
  ask: DnsLookup;
  end(): void;
} {
  // One of its own for each letter, so that its questions can be called off.
  const system = lookup === undefined ? new Resolver({ timeout: DNS_TRY_MS, tries: DNS_TRIES }) : null;
  if (servers !== undefined) system?.setServers(servers);
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => late.reject(dnsFault("ETIMEOUT")), waitMs);
  return {
    async ask(name, type) {
      try {
        return await Promise.race([lookup?.(name, type) ?? system?.resolveTxt(name) ?? [], late.promise]);
      } catch (error) {
        const code = errorCode(error);
        throw dnsFault(NO_SUCH_NAME.has(code) ? "ENOTFOUND" : "ETIMEOUT");
      }
    },
    end() {
      clearTimeout(timer);
      system?.cancel();
    },
  };
}

function dnsFault(code: "ENOTFOUND" | "ETIMEOUT"): Error {
  return Object.assign(new Error(code), { code });
}
