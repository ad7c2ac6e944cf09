import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/**
 * Signed names of our letters. A Message-ID, a return path or an envelope id is taken for ours only when the code in
 * it was made under SEAL_KEY: nobody can silence a correspondent or forge a bounce by guessing a name.
 */
export interface OwnIds {
  /** `<desk.ID.CODE@domain>`. @param id a UUID in lower case. @throws when it is none (a bug). */
  messageId(id: string, domain: string): string;
  /** The id in a Message-ID of ours, angle brackets or not; null for a foreign, forged or altered one. */
  idOf(messageId: string): string | null;
  /**
   * The return path of one letter (variable envelope return path): `local+b.SHORT.CODE@domain`.
   * @returns null when the local part would outgrow SMTP; then the letter leaves with `mailFrom` itself.
   */
  bounceAddress(mailFrom: string, id: string): string | null;
  /** The id in such an address, whatever its capitals: servers lower-case them. Null for any other address. */
  idOfBounceAddress(address: string): string | null;
  /** The ENVID of one letter (RFC 3461 §4.4); needs no xtext encoding. */
  envid(id: string): string;
  /** The id in the Original-Envelope-Id of a delivery report (RFC 3464 §2.2.1). */
  idOfEnvid(envid: string): string | null;
}

/** RFC 5321 §4.5.3.1.1: the local part of an address has at most 64 octets. */
const LOCAL_PART_MAX = 64;
/** Characters of the code, five bits each: 100 bits, and no attempt can be tried without sending a letter. */
const CODE_CHARS = 20;
/** A UUID's 128 bits in base32. */
const SHORT_CHARS = 26;
/** Longest text that is looked at: a local part, a domain (255) and the signs between. */
const TEXT_MAX = 330;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MESSAGE_ID = new RegExp(`^<?desk\\.([0-9a-f-]{36})\\.([a-z2-7]{${CODE_CHARS}})@([^@<>\\s]+?)>?$`);
const SIGNED = new RegExp(`^([a-z2-7]{${SHORT_CHARS}})\\.([a-z2-7]{${CODE_CHARS}})$`);
const BOUNCE = "+b.";

/**
 * @param sealKeys SEAL_KEY first, then SEAL_KEY_PREVIOUS, each 32 bytes in base64: the first signs, all are known.
 * @throws when there is none.
 */
export function ownIds(sealKeys: readonly string[]): OwnIds {
  const [current, ...previous] = sealKeys.map(subkey);
  if (current === undefined) throw new Error("SEAL_KEY is missing");
  const sign = (use: string, id: string, place: string) => codeOf(current, use, id, place);
  const known = (use: string, id: string | null, place: string, code: string) =>
    id !== null && [current, ...previous].some((key) => same(codeOf(key, use, id, place), code)) ? id : null;
  return {
    messageId: (id, domain) => `<desk.${uuid(id)}.${sign("message-id", id, domain.toLowerCase())}@${domain}>`,
    idOf(messageId) {
      const [, id = "", code = "", domain = ""] = match(MESSAGE_ID, messageId);
      return known("message-id", UUID.test(id) ? id : null, domain, code);
    },
    bounceAddress(mailFrom, id) {
      const at = mailFrom.lastIndexOf("@");
      const tag = `${BOUNCE}${shorten(uuid(id))}.${sign("bounce", id, mailFrom.toLowerCase())}`;
      return at + tag.length > LOCAL_PART_MAX ? null : `${mailFrom.slice(0, at)}${tag}${mailFrom.slice(at)}`;
    },
    idOfBounceAddress(address) {
      if (address.length > TEXT_MAX) return null;
      const folded = address.toLowerCase();
      const at = folded.lastIndexOf("@");
      const tag = folded.slice(0, Math.max(at, 0)).lastIndexOf(BOUNCE);
      if (tag === -1) return null;
      const [, short = "", code = ""] = match(SIGNED, folded.slice(tag + BOUNCE.length, at));
      return known("bounce", lengthen(short), folded.slice(0, tag) + folded.slice(at), code);
    },
    envid: (id) => `${shorten(uuid(id))}.${sign("envid", id, "")}`,
    idOfEnvid(envid) {
      const [, short = "", code = ""] = match(SIGNED, envid);
      return known("envid", lengthen(short), "", code);
    },
  };
}

/** A key of its own, so that a code tells nothing about what seals letters (RFC 5869 §3.2). */
function subkey(sealKey: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", Buffer.from(sealKey, "base64"), "", "hosho-desk message-id", 32));
}

/** NUL stands in none of the parts: no two different letters or uses are signed alike. */
function codeOf(key: Uint8Array, use: string, id: string, place: string): string {
  const mac = createHmac("sha256", key).update(`${use}\0${id}\0${place}`).digest();
  return base32(mac).slice(0, CODE_CHARS);
}

/** Compares in constant time. */
function same(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Servers and people may have changed capitals on the way; nothing of ours depends on them. */
function match(pattern: RegExp, text: string): readonly string[] {
  return (text.length > TEXT_MAX ? null : pattern.exec(text.trim().toLowerCase())) ?? [];
}

function uuid(id: string): string {
  if (!UUID.test(id)) throw new Error("the id of a letter must be a UUID in lower case");
  return id;
}

function shorten(id: string): string {
  return base32(Buffer.from(id.replaceAll("-", ""), "hex"));
}

function lengthen(short: string): string | null {
  if (short.length !== SHORT_CHARS) return null;
  const bits = [...short].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0")).join("");
  const hex = Array.from({ length: 32 }, (_, at) =>
    Number.parseInt(bits.slice(at * 4, at * 4 + 4), 2).toString(16),
  ).join("");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  // The last character has two bits to spare: only one spelling counts.
  return shorten(id) === short ? id : null;
}

/** RFC 4648 §6, in lower case and without padding. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

function base32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET.charAt((held << (5 - bits)) & 31);
}
