import { createHash, timingSafeEqual } from "node:crypto";
import type { AuthKey } from "../terms.ts";
import { foldCode } from "../text.ts";

/**
 * Authentication keys: eleven random characters and one check character, from an alphabet without look-alikes, so
 * that a key survives FAX, print and OCR. Of every group that is mistaken for one another only one member is used:
 * {0 O Q D} D, {1 I l} none, {2 Z} Z, {5 S} S, {6 G} G, {8 B} B, {U V} U.
 */
export const KEY_ALPHABET = "3479ABCDEFGHJKLMNPRSTUWXYZ";
export const KEY_LENGTH = 12;

/** What a hand or a scanner writes instead of a character that the alphabet has. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "0": "D",
  O: "D",
  Q: "D",
  "2": "Z",
  "5": "S",
  "6": "G",
  "8": "B",
  V: "U",
};

const SIZE = KEY_ALPHABET.length;

/**
 * Draws a new key.
 * @param random unpredictable bytes; called until enough unbiased ones came (rejection above the largest multiple of
 *   the alphabet's size). 11 characters of 26 are 51.7 bits; wrong tries are limited per number.
 */
export function newAuthKey(random: (length: number) => Uint8Array): AuthKey {
  let body = "";
  const unbiased = 256 - (256 % SIZE);
  while (body.length < KEY_LENGTH - 1) {
    for (const byte of random(KEY_LENGTH * 2)) {
      if (byte < unbiased && body.length < KEY_LENGTH - 1) body += KEY_ALPHABET.charAt(byte % SIZE);
    }
  }
  return body + checkCharacter(body);
}

/** Check character by ISO/IEC 7064 hybrid system MOD 27,26: finds every single wrong character. */
export function checkCharacter(body: string): string {
  let product = SIZE;
  for (const character of body) {
    const sum = (product + KEY_ALPHABET.indexOf(character)) % SIZE;
    product = ((sum === 0 ? SIZE : sum) * 2) % (SIZE + 1);
  }
  return KEY_ALPHABET.charAt((SIZE + 1 - product) % SIZE);
}

/** A key as people type it: any width and case, with spaces and hyphens, look-alikes for the right character. */
export function foldAuthKey(typed: string): AuthKey {
  const plain = foldCode(typed).replace(/[\s-]/g, "").toUpperCase();
  return Array.from(plain, (character) => LOOK_ALIKES[character] ?? character).join("");
}

/** True for a folded key whose check character is right. */
export function isAuthKey(folded: string): boolean {
  if (folded.length !== KEY_LENGTH) return false;
  for (const character of folded) if (!KEY_ALPHABET.includes(character)) return false;
  return checkCharacter(folded.slice(0, -1)) === folded.slice(-1);
}

/** Compares two keys in constant time, whatever their lengths. */
export function sameAuthKey(a: AuthKey, b: AuthKey): boolean {
  const hash = (key: AuthKey) => createHash("sha256").update(key).digest();
  return timingSafeEqual(hash(a), hash(b));
}
