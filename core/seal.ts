import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Sealer } from "./ports.ts";

/**
 * Seals with AES-256-GCM (NIST SP 800-38D): version byte, 12-byte nonce, 16-byte tag, ciphertext.
 * The version byte leaves room for another key or cipher later.
 */
const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/** @param key SEAL_KEY: 32 bytes in base64. @throws when it is not 32 bytes. */
export function sealerFromKey(key: string): Sealer {
  const secret = Buffer.from(key, "base64");
  if (secret.length !== 32) throw new Error("SEAL_KEY must be 32 bytes in base64");
  return {
    seal(plain) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", secret, nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < 1 + NONCE + TAG || bytes[0] !== VERSION)
        throw new Error("sealed bytes are not readable");
      const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(1, 1 + NONCE));
      decipher.setAuthTag(bytes.subarray(1 + NONCE, 1 + NONCE + TAG));
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE + TAG)), decipher.final()]);
    },
  };
}
