import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { Sealer } from "./ports.ts";

/**
 * Seals with AES-256-GCM (NIST SP 800-38D): version byte 2, 4 bytes that name the key, 12-byte nonce, 16-byte tag,
 * ciphertext. Version and name are authenticated too. The name is the beginning of the key's SHA-256: of 32 random bytes
 * it tells nothing, and only tells which key to take. Version 1 of before has no name; every key is tried.
 */
const VERSION = 2;
const VERSION_UNNAMED = 1;
const NAME = 4;
const NONCE = 12;
const TAG = 16;
const KEY_BYTES = 32;

/** A sealer with keys of before: they open what was sealed under them, and seal nothing. */
export interface Keyring extends Sealer {
  /** How everything begins that is sealed now (5 bytes): what begins otherwise is due to be sealed anew. */
  mark: Uint8Array;
}

interface Key {
  name: Uint8Array;
  secret: KeyObject;
}

/**
 * @param current SEAL_KEY, @param previous SEAL_KEY_PREVIOUS: each 32 bytes in base64.
 * @throws when one is not 32 bytes.
 */
export function sealerFromKeys(current: string, previous: readonly string[] = []): Keyring {
  const first = keyFrom(current);
  const keys = [first, ...previous.map(keyFrom)];
  const mark = Buffer.concat([Buffer.of(VERSION), first.name]);
  return {
    mark,
    seal(plain) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", first.secret, nonce).setAAD(mark);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([mark, nonce, cipher.getAuthTag(), body]);
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const head = headOf(bytes);
      for (const { name, secret } of keys) {
        if (head.length > 1 && !head.subarray(1).equals(name)) continue;
        const plain = open(bytes, head, secret);
        if (plain !== null) return plain;
      }
      throw new Error("sealed bytes were altered, or no key of ours opens them");
    },
  };
}

/** The same with one key. */
export function sealerFromKey(key: string): Sealer {
  return sealerFromKeys(key);
}

/** The key in the clear does not stay in our own memory; the object that holds it is opaque and shows nothing. */
function keyFrom(text: string): Key {
  const bytes = Buffer.from(text, "base64");
  try {
    if (bytes.length !== KEY_BYTES) throw new Error("SEAL_KEY must be 32 bytes in base64");
    const name = createHash("sha256").update(bytes).digest().subarray(0, NAME);
    return { name, secret: createSecretKey(bytes) };
  } finally {
    bytes.fill(0);
  }
}

/** Version and, from version 2 on, the key's name. @throws for anything that nobody sealed. */
function headOf(bytes: Buffer): Buffer {
  const length = bytes[0] === VERSION ? 1 + NAME : 1;
  const known = bytes[0] === VERSION || bytes[0] === VERSION_UNNAMED;
  if (!known || bytes.length < length + NONCE + TAG) throw new Error("sealed bytes are not readable");
  return bytes.subarray(0, length);
}

/** Null when this is not the key, or the bytes were altered: GCM cannot tell the two apart. */
function open(bytes: Buffer, head: Buffer, secret: KeyObject): Buffer | null {
  const nonceAt = head.length;
  const tagAt = nonceAt + NONCE;
  const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(nonceAt, tagAt), {
    authTagLength: TAG,
  });
  if (head.length > 1) decipher.setAAD(head);
  decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG));
  const plain = decipher.update(bytes.subarray(tagAt + TAG));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    plain.fill(0);
    return null;
  }
}
