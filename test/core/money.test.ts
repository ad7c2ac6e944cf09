import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatYen, parsePercentages, parseUnit, parseYen } from "../../core/money.ts";

const FORMAL = ["", "壱", "弐", "参", "四", "五", "六", "七", "八", "九"];
const wide = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const grouped = (n: number) => formatYen(n).slice(0, -1);

/** 12345678 → 壱千弐百参拾四萬五千六百七拾八. */
function kanji(n: number): string {
  const four = (m: number) =>
    [
      [1000, "千"],
      [100, "百"],
      [10, "拾"],
      [1, ""],
    ]
      .map(([unit, name]) => {
        const digit = Math.floor(m / Number(unit)) % 10;
        return digit === 0 ? "" : `${FORMAL[digit]}${name}`;
      })
      .join("");
  return [
    [1e8, "億"],
    [1e4, "萬"],
    [1, ""],
  ]
    .map(([unit, name]) => {
      const part = Math.floor(n / Number(unit)) % 1e4;
      return part === 0 ? "" : four(part) + name;
    })
    .join("");
}

/** 125000000 → 1億2,500万. */
function mixed(n: number): string {
  const oku = Math.floor(n / 1e8);
  const man = Math.floor(n / 1e4) % 1e4;
  const rest = n % 1e4;
  return `${oku > 0 ? `${oku}億` : ""}${man > 0 ? `${grouped(man)}万` : ""}${rest > 0 ? grouped(rest) : ""}`;
}

const NOTATIONS: Record<string, (n: number) => string> = {
  "grouped with yen": formatYen,
  "full width": (n) => `${wide(grouped(n))}円`,
  "yen sign and dash": (n) => `￥${grouped(n)}-`,
  "in letters of a deed": (n) => `金${kanji(n)}円也`,
  "mixed units": (n) => `${mixed(n)}円`,
  "tax included": (n) => `金 ${grouped(n)}円（税込）`,
  "with its tax": (n) => `${grouped(n)}円（うち消費税及び地方消費税の額 ${grouped(Math.floor(n / 11))}円）`,
  "with the excluded amount beside": (n) => `${grouped(n)}円（税込）、${grouped(n - 1)}円（税抜）`,
};

describe("amounts", () => {
  it.each(Object.entries(NOTATIONS))("written %s read back the same", (_, write) => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 999_999_999_999 }), (n) => {
        expect(parseYen(write(n))).toEqual({ ok: true, yen: n });
      }),
    );
  });

  it("in thousands or millions read back the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (n) => {
        expect(parseYen(`${grouped(n)}千円`)).toEqual({ ok: true, yen: n * 1000 });
        expect(parseYen(`${n}百万円`)).toEqual({ ok: true, yen: n * 1_000_000 });
        expect(parseYen(grouped(n), { unit: 1000 })).toEqual({ ok: true, yen: n * 1000 });
      }),
    );
  });

  it.each([
    ["2千万円", 20_000_000],
    ["２，０００万円", 20_000_000],
    ["金弐千萬円也", 20_000_000],
    ["二四、二〇〇、〇〇〇円", 24_200_000],
    ["1.5億円", 150_000_000],
  ])("%s", (text, yen) => expect(parseYen(text)).toEqual({ ok: true, yen }));

  it.each([
    ["22,000,000円（税抜）", "tax_excluded"],
    ["約2,000万円", "approximate"],
    ["2,000万円程度", "approximate"],
    ["2000万円位", "approximate"],
    ["2000万円？", "approximate"],
    ["2000万円（予定）", "approximate"],
    ["おそらく2000万円", "approximate"],
    ["請負金額の40％", "percentage"],
    ["4割", "percentage"],
    ["20,00,000円", "unreadable"],
    ["2O,000,000円", "unreadable"],
    ["24.200.000円", "unreadable"],
    ["2,400万円又は3,000万円", "several"],
    ["別紙のとおり", "absent"],
    ["2,400", "unit_unknown"],
    ["50,000", "unit_unknown"],
    ["9,007,199,254,740,991円", "too_large"],
    ["1,000,000,000,001円", "too_large"],
    ["1兆1円", "too_large"],
    ["20,000,000円 9,007,199,254,740,991", "too_large"],
    ["1,234.5円", "unreadable"],
  ])("refuses %s as %s", (text, reason) => expect(parseYen(text)).toEqual({ ok: false, reason }));

  it("are exact up to the largest one and refused beyond it, never another amount", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 100_000n, max: 10n ** 20n }), fc.constantFrom(1n, 10_000n), (n, unit) => {
        const written = `${String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",")}${unit === 1n ? "" : "万"}円`;
        const reading = parseYen(written);
        expect(reading).toEqual(
          n * unit > 1_000_000_000_000n
            ? { ok: false, reason: "too_large" }
            : { ok: true, yen: Number(n * unit) },
        );
      }),
    );
  });

  it("typed where only yen are typed need no unit", () => {
    expect(parseYen("50,000", { bareMinimumYen: 0 })).toEqual({ ok: true, yen: 50_000 });
  });

  it("refuses a label's tax-excluded amount, and a small amount in yen inside a table of thousands", () => {
    expect(parseYen("22,000,000円", { taxExcluded: true })).toEqual({ ok: false, reason: "tax_excluded" });
    expect(parseYen("24,200円", { unit: 1000 }).ok).toBe(false);
  });

  it("never throws, and never reads an amount where there is no digit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const reading = parseYen(text);
        if (!/[\p{N}一-九十百千万億壱弐参]/u.test(text.normalize("NFKC"))) expect(reading.ok).toBe(false);
      }),
    );
  });

  it("knows a table's unit and percentages", () => {
    expect(parseUnit("（単位：千円）")).toBe(1000);
    expect(parseUnit("単位　百万円")).toBe(1_000_000);
    expect(parseUnit("工事名")).toBeNull();
    expect(parsePercentages("４０．５％ 又は 10分の4").map((p) => p.percent)).toEqual([40.5, 40]);
  });
});
