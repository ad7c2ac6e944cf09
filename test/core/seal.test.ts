import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sealerFromKeys } from "../../core/seal.ts";

const newKey = () => randomBytes(32).toString("base64");
const [OLD, OLDER, NEW] = [newKey(), newKey(), newKey()];
const letter = Buffer.from("認証キー：Z28YUE4J3Bux");

/** As the first release sealed: version 1, no name of the key. */
function sealedAsBefore(plain: Uint8Array, key: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key, "base64"), nonce);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body]);
}

describe("a change of SEAL_KEY", () => {
  it("leaves everything readable that was sealed under keys of before, in both formats", () => {
    const ring = sealerFromKeys(NEW, [OLD, OLDER]);
    for (const key of [OLD, OLDER, NEW]) {
      expect(Buffer.compare(ring.unseal(sealerFromKeys(key).seal(letter)), letter)).toBe(0);
      expect(Buffer.compare(ring.unseal(sealedAsBefore(letter, key)), letter)).toBe(0);
    }
  });

  it("seals under the new key alone, and marks it", () => {
    const sealed = sealerFromKeys(NEW, [OLD]).seal(letter);
    expect(Buffer.compare(sealerFromKeys(NEW).unseal(sealed), letter)).toBe(0);
    expect(() => sealerFromKeys(OLD).unseal(sealed)).toThrow();
    const name = createHash("sha256").update(Buffer.from(NEW, "base64")).digest().subarray(0, 4);
    expect(Buffer.compare(sealed.subarray(0, 5), Buffer.concat([Buffer.of(2), name]))).toBe(0);
    expect(Buffer.compare(sealerFromKeys(NEW).mark, sealed.subarray(0, 5))).toBe(0);
  });

  it("without the old key opens nothing, and says nothing about it", () => {
    for (const sealed of [sealerFromKeys(OLD).seal(letter), sealedAsBefore(letter, OLD)]) {
      const attempt = () => sealerFromKeys(NEW, [OLDER]).unseal(sealed);
      expect(attempt).toThrow(/no key of ours opens them/);
      expect(attempt).not.toThrow(/Z28YUE/);
    }
  });
});

describe("sealed bytes", () => {
  const ring = sealerFromKeys(NEW, [OLD]);

  it("are refused when any bit was changed, the key's name and the version included", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        (plain, place, bit) => {
          for (const sealed of [Buffer.from(ring.seal(plain)), sealedAsBefore(plain, OLD)]) {
            const at = place % sealed.length;
            sealed[at] = (sealed[at] ?? 0) ^ (1 << bit);
            expect(() => ring.unseal(sealed)).toThrow();
          }
        },
      ),
    );
  });

  it("that nobody sealed are refused, never misread", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (junk) => {
        expect(() => ring.unseal(junk)).toThrow();
      }),
    );
  });

  it("cut anywhere are refused", () => {
    const sealed = ring.seal(letter);
    for (let length = 0; length < sealed.length; length++)
      expect(() => ring.unseal(sealed.subarray(0, length))).toThrow();
  });
});

it("a sealer shows no key when it is printed", () => {
  const shown = inspect(sealerFromKeys(NEW, [OLD]), { depth: 9, showHidden: true });
  for (const key of [NEW, OLD]) {
    expect(shown).not.toContain(key);
    expect(shown).not.toContain(Buffer.from(key, "base64").toString("hex"));
  }
});

it("a key that is not 32 bytes is refused", () => {
  expect(() => sealerFromKeys(randomBytes(31).toString("base64"))).toThrow("32 bytes");
  expect(() => sealerFromKeys(NEW, [randomBytes(33).toString("base64")])).toThrow("32 bytes");
});
