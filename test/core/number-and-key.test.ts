import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  foldAuthKey,
  isAuthKey,
  KEY_ALPHABET,
  KEY_LENGTH,
  newAuthKey,
  sameAuthKey,
} from "../../core/guarantee/auth-key.ts";
import {
  checkDigit,
  fiscalYearOf,
  formatGuaranteeNumber,
  isGuaranteeNumber,
  SERIAL_MAX,
} from "../../core/guarantee/number.ts";
import { sealerFromKey } from "../../core/seal.ts";

const number = fc
  .tuple(fc.integer({ min: 2019, max: 2100 }), fc.integer({ min: 1, max: SERIAL_MAX }))
  .map(([y, s]) => formatGuaranteeNumber(y, s));
const key = fc.constant(null).map(() => newAuthKey(randomBytes));

describe("a guarantee number", () => {
  it("prints NNNNN-NNNNNN and is recognised", () => {
    fc.assert(fc.property(number, (n) => /^\d{5}-\d{6}$/.test(n) && isGuaranteeNumber(n)));
  });
  it("is the one that documents show: first of fiscal 2026", () => {
    expect(formatGuaranteeNumber(2026, 1)).toBe("20800-000018");
  });
  it("has the check digit of Damm's own example, 572 → 4", () => {
    expect(checkDigit("572")).toBe("4");
  });
  it("differs for every serial of a year", () => {
    const many = new Set(Array.from({ length: 5000 }, (_, i) => formatGuaranteeNumber(2026, i + 1)));
    expect(many.size).toBe(5000);
  });
  it("reveals any single wrong digit", () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 10 }), fc.integer({ min: 1, max: 9 }), (n, at, by) => {
        const digits = Array.from(n.replace("-", ""));
        digits[at] = String((Number(digits[at]) + by) % 10);
        return !isGuaranteeNumber(`${digits.slice(0, 5).join("")}-${digits.slice(5).join("")}`);
      }),
    );
  });
  it("reveals two neighbours swapped", () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 9 }), (n, at) => {
        const digits = Array.from(n.replace("-", ""));
        const [a, b] = [digits[at] ?? "", digits[at + 1] ?? ""];
        fc.pre(a !== b);
        digits[at] = b;
        digits[at + 1] = a;
        return !isGuaranteeNumber(`${digits.slice(0, 5).join("")}-${digits.slice(5).join("")}`);
      }),
    );
  });
  it("belongs to the fiscal year that begins in April", () => {
    expect([fiscalYearOf("2026-03-31"), fiscalYearOf("2026-04-01"), fiscalYearOf("2027-03-31")]).toEqual([
      2025, 2026, 2026,
    ]);
  });
});

describe("an authentication key", () => {
  it("has twelve characters without look-alikes, the last a check character", () => {
    fc.assert(fc.property(key, (k) => k.length === KEY_LENGTH && isAuthKey(k) && !/[01OIlQ2568V]/.test(k)));
  });
  it("reveals any single wrong character", () => {
    fc.assert(
      fc.property(key, fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 25 }), (k, at, by) => {
        const other = KEY_ALPHABET.charAt((KEY_ALPHABET.indexOf(k.charAt(at)) + by) % 26);
        return !isAuthKey(k.slice(0, at) + other + k.slice(at + 1));
      }),
    );
  });
  it("is understood in full width, lower case, with spaces and hyphens, and with look-alikes", () => {
    const wide = (k: string) =>
      Array.from(k, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)).join("");
    const alike = (k: string) =>
      k.replace(/D/g, "0").replace(/Z/g, "2").replace(/S/g, "5").replace(/B/g, "8");
    fc.assert(
      fc.property(key, (k) =>
        [wide(k), k.toLowerCase(), `${k.slice(0, 4)} ${k.slice(4, 8)}-${k.slice(8)}`, alike(k)].every(
          (typed) => foldAuthKey(typed) === k,
        ),
      ),
    );
  });
  it("spreads over the whole alphabet without favour", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 4000; i++)
      for (const c of newAuthKey(randomBytes).slice(0, -1)) counts.set(c, (counts.get(c) ?? 0) + 1);
    expect(counts.size).toBe(26);
    // 44,000 draws over 26 characters: 1692 each; eight standard deviations to either side.
    for (const count of counts.values()) expect(Math.abs(count - 1692)).toBeLessThan(8 * Math.sqrt(1692));
  });
  it("compares alike or not whatever the lengths", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameAuthKey(a, b) === (a === b)));
  });
});

describe("sealed bytes", () => {
  const sealer = sealerFromKey(randomBytes(32).toString("base64"));
  it("come back as they were and never look the same twice", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const [a, b] = [sealer.seal(bytes), sealer.seal(bytes)];
        return Buffer.compare(sealer.unseal(a), bytes) === 0 && Buffer.compare(a, b) !== 0;
      }),
    );
  });
  it("are refused when a bit was changed or the key is another", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, position) => {
        const sealed = Buffer.from(sealer.seal(bytes));
        const at = position % sealed.length;
        sealed[at] = (sealed[at] ?? 0) ^ 1;
        expect(() => sealer.unseal(sealed)).toThrow();
      }),
    );
    const other = sealerFromKey(randomBytes(32).toString("base64"));
    expect(() => other.unseal(sealer.seal(new Uint8Array([1])))).toThrow();
  });
});
