import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begunMonths, plainYen } from "../../core/guarantee/fee-arithmetic.ts";
import { type FeeTable, readFeeTables } from "../../core/guarantee/fee-tables.ts";
import { type FeeQuestion, feeOf, PUBLISHED_INTERIM } from "../../core/guarantee/fees.ts";

const table = (change: Partial<FeeTable> = {}): FeeTable => ({
  ...{ products: ["advance_payment"], from: "2026-04-01", until: null, minimumYen: 0, roundDownYen: 1 },
  ...{ method: "marginal", periods: null, source: "test", sample: false },
  bands: [
    { upToYen: 10_000_000, rate: "0.35" },
    { upToYen: 50_000_000, rate: "0.25" },
    { upToYen: null, rate: "0.2" },
  ],
  ...change,
});
const asked = (change: Partial<FeeQuestion> = {}): FeeQuestion => ({
  ...{ kind: "advance_payment", guaranteedYen: 20_000_000, worksFrom: null, worksUntil: null },
  day: "2026-04-10",
  ...change,
});
const fee = (tables: FeeTable[], question: Partial<FeeQuestion> = {}) => {
  const answer = feeOf(tables, asked(question));
  return answer.ok ? answer.feeYen : answer.reason;
};

describe("the published rate of the interim guarantee", () => {
  it("is known without any table: 0.065 %, the published example", () => {
    expect(fee([], { kind: "interim_advance_payment", guaranteedYen: 10_000_000 })).toBe(6_500);
    expect(PUBLISHED_INTERIM.source).toMatch(/^https:/);
  });
  it("steps back behind a table of the operator's own, on the days of that table only", () => {
    const own = table({ products: ["interim_advance_payment"], bands: [{ upToYen: null, rate: "0.1" }] });
    const interim = { kind: "interim_advance_payment", guaranteedYen: 10_000_000 } as const;
    expect(fee([own], interim)).toBe(10_000);
    expect(fee([own], { ...interim, day: "2026-03-31" })).toBe(6_500);
  });
  it("is the only one: nothing is assumed for other products", () => {
    expect(fee([])).toBe("no_table");
    expect(fee([], { kind: "performance" })).toBe("no_table");
  });
});

describe("a fee by a table", () => {
  it("takes each part of the amount at the rate of its own band, and says how", () => {
    const answer = feeOf([table()], asked({ guaranteedYen: 60_000_000 }));
    expect(answer).toMatchObject({ ok: true, feeYen: 35_000 + 100_000 + 20_000 });
    expect(answer.ok && answer.steps).toEqual([
      { step: "band", baseYen: 10_000_000, rate: "0.35", wholly: false, exactYen: "35000" },
      { step: "band", baseYen: 40_000_000, rate: "0.25", wholly: false, exactYen: "100000" },
      { step: "band", baseYen: 10_000_000, rate: "0.2", wholly: false, exactYen: "20000" },
    ]);
  });
  it("or the whole amount at the rate of the band it falls in, limits included", () => {
    const whole = table({ method: "whole" });
    expect(fee([whole], { guaranteedYen: 10_000_000 })).toBe(35_000);
    expect(fee([whole], { guaranteedYen: 10_000_001 })).toBe(25_000);
  });
  it("counts begun months where the period matters, and asks for what is missing", () => {
    const periods = [
      { upToMonths: 12, percent: "100" },
      { upToMonths: 24, percent: "150" },
    ];
    const timed = table({ periods, bands: [{ upToYen: null, rate: "0.1" }] });
    const works = (worksFrom: string | null, worksUntil: string | null) =>
      fee([timed], { worksFrom, worksUntil });
    expect(works("2026-04-11", "2027-04-10")).toBe(20_000);
    expect(works("2026-04-11", "2027-04-11")).toBe(30_000);
    expect(works("2026-04-11", null)).toBe("period_missing");
    expect(works("2026-04-11", "2026-04-10")).toBe("period_reversed");
    expect(works("2026-04-11", "2028-04-11")).toBe("period_out_of_range");
  });
  it("is rounded down once, at the end, and not below the minimum", () => {
    const coarse = table({ roundDownYen: 100, minimumYen: 1_000, bands: [{ upToYen: null, rate: "0.333" }] });
    expect(fee([coarse], { guaranteedYen: 1_234_567 })).toBe(4_100);
    const answer = feeOf([coarse], asked({ guaranteedYen: 1_000 }));
    expect(answer.ok && answer.steps).toEqual([
      { step: "band", baseYen: 1_000, rate: "0.333", wholly: true, exactYen: "3.33" },
      { step: "rounded", unitYen: 100, feeYen: 0 },
      { step: "minimum", feeYen: 1_000 },
    ]);
  });
  it("holds from its first to its last day", () => {
    const year = table({ from: "2026-04-01", until: "2027-03-31" });
    expect(fee([year], { day: "2026-03-31" })).toBe("no_table");
    expect(fee([year], { day: "2026-04-01" })).toBe(60_000);
    expect(fee([year], { day: "2027-03-31" })).toBe(60_000);
    expect(fee([year], { day: "2027-04-01" })).toBe("no_table");
  });
  it("is none without an amount, or for one that the table does not reach", () => {
    expect(fee([table()], { guaranteedYen: null })).toBe("amount_missing");
    for (const wrong of [0, -1, 1.5, Number.NaN, 1e13])
      expect(fee([table()], { guaranteedYen: wrong })).toBe("amount_out_of_range");
    const short = table({ bands: [{ upToYen: 100, rate: "1" }] });
    expect(fee([short], { guaranteedYen: 101 })).toBe("amount_out_of_range");
  });
});

/** Any table whose bands climb. */
const anyTable = fc
  .record({
    limits: fc.uniqueArray(fc.integer({ min: 1, max: 100_000_000 }), { maxLength: 5 }),
    rates: fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 6, maxLength: 6 }),
    roundDownYen: fc.constantFrom(1, 10, 100, 1000),
    minimumYen: fc.integer({ min: 0, max: 10_000 }),
    method: fc.constantFrom("marginal" as const, "whole" as const),
    percent: fc.option(fc.integer({ min: 0, max: 300 }).map(String)),
  })
  .map(({ limits, rates, percent, ...rest }) => {
    const text = (units: number) => plainYen(BigInt(units), 1_000_000n);
    const bands = [...limits.sort((a, b) => a - b), null].map((upToYen, at) => ({
      upToYen,
      rate: text(rates[at] ?? 0),
    }));
    return table({ ...rest, bands, periods: percent === null ? null : [{ upToMonths: null, percent }] });
  });
const amount = fc.integer({ min: 1, max: 1_000_000_000_000 });
const works = { worksFrom: "2026-04-11", worksUntil: "2027-03-19" };

describe("whatever the table and the amount", () => {
  it("the fee is whole yen, never negative, never below the minimum, and a multiple of the unit above it", () => {
    fc.assert(
      fc.property(anyTable, amount, (one, guaranteedYen) => {
        const yen = fee([one], { guaranteedYen, ...works });
        if (typeof yen === "string") throw new Error(yen);
        expect(Number.isSafeInteger(yen) && yen >= one.minimumYen).toBe(true);
        expect(yen === one.minimumYen || yen % one.roundDownYen === 0).toBe(true);
      }),
    );
  });
  it("more is guaranteed for no less where parts are priced by their own bands", () => {
    fc.assert(
      fc.property(anyTable, amount, amount, (one, a, b) => {
        const marginal = { ...one, method: "marginal" as const };
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((guaranteedYen) =>
          Number(fee([marginal], { guaranteedYen, ...works })),
        );
        expect(less).toBeLessThanOrEqual(more ?? -1);
      }),
    );
  });
  it("the parts make up the amount, and rounding takes less than one unit", () => {
    fc.assert(
      fc.property(anyTable, amount, (one, guaranteedYen) => {
        const plain = { ...one, periods: null, minimumYen: 0 };
        const answer = feeOf([plain], asked({ guaranteedYen }));
        if (!answer.ok) throw new Error(answer.reason);
        const bands = answer.steps.filter((step) => step.step === "band");
        expect(bands.reduce((sum, { baseYen }) => sum + baseYen, 0)).toBe(guaranteedYen);
        const exact = bands.reduce((sum, { exactYen }) => sum + millionths(exactYen), 0n);
        const lost = exact - BigInt(answer.feeYen) * 100_000_000n;
        expect(lost >= 0n && lost < BigInt(plain.roundDownYen) * 100_000_000n).toBe(true);
      }),
    );
  });
  it("every table that can be made here can be read from a file, and again the same", () => {
    fc.assert(
      fc.property(anyTable, (one) => {
        expect(readFeeTables(JSON.parse(JSON.stringify([one])))).toEqual({ ok: true, tables: [one] });
      }),
    );
  });
});

/** Hundred-millionths of a yen. */
function millionths(yen: string): bigint {
  const [whole = "", decimals = ""] = yen.split(".");
  return BigInt(`${whole}${decimals.padEnd(8, "0")}`);
}

describe("begun months", () => {
  it.each([
    ["2026-04-01", "2026-04-02", 1],
    ["2026-04-01", "2026-05-01", 1],
    ["2026-04-01", "2026-05-02", 2],
    ["2026-01-31", "2026-03-01", 1],
    ["2026-01-31", "2026-03-02", 2],
    ["2026-12-31", "2027-12-31", 12],
    ["2028-02-29", "2029-03-01", 12],
  ])("from %s to before %s are %i", (from, end, months) => {
    expect(begunMonths(from, end)).toBe(months);
  });
});

describe("a fee file", () => {
  const faults = (...tables: unknown[]) => {
    const read = readFeeTables(tables);
    return read.ok ? [] : read.faults.map(({ place, code }) => `${place} ${code}`);
  };
  it("that is shipped is a sample from end to end, and reads", () => {
    const read = readFeeTables(JSON.parse(readFileSync("prisma/samples/fees.json", "utf8")));
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    expect(read.tables.length).toBeGreaterThan(1);
    for (const { sample, source } of read.tables)
      expect([sample, source.includes("見本")]).toEqual([true, true]);
  });
  it("with two tables for one product on one day is refused; one after the other is sound", () => {
    const first = table({ until: "2027-03-31" });
    expect(faults(first, table({ from: "2027-03-31" }))).toEqual(["1 overlapping"]);
    expect(faults(first, table({ from: null }))).toEqual(["1 overlapping"]);
    expect(faults(first, table({ from: "2027-04-01" }))).toEqual([]);
    expect(faults(first, table({ products: ["performance"] }))).toEqual([]);
  });
  it.each([
    ["a rate as a number", { bands: [{ upToYen: null, rate: 0.35 }] }, "0.bands.0.rate"],
    ["a rate above the amount", { bands: [{ upToYen: null, rate: "101" }] }, "0.bands.0.rate"],
    ["a rate with a sign", { bands: [{ upToYen: null, rate: "-1" }] }, "0.bands.0.rate"],
    ["seven decimals", { bands: [{ upToYen: null, rate: "0.1234567" }] }, "0.bands.0.rate"],
    [
      "bands that do not climb",
      { bands: [5, 5, null].map((upToYen) => ({ upToYen, rate: "1" })) },
      "0.bands",
    ],
    [
      "an open band before another",
      { bands: [null, 5].map((upToYen) => ({ upToYen, rate: "1" })) },
      "0.bands",
    ],
    ["an end before its start", { until: "2026-03-31" }, "0.until"],
    ["no such product", { products: ["bid"] }, "0.products.0"],
    ["no word whether it is a sample", { sample: undefined }, "0.sample"],
    ["no source", { source: " " }, "0.source"],
    ["rounding to nothing", { roundDownYen: 0 }, "0.roundDownYen"],
  ])("with %s is refused, with the place", (_, change, place) => {
    expect(faults({ ...table(), ...change })).toEqual([`${place} malformed`]);
  });
  it("with a misspelt name is refused", () => {
    expect(faults({ ...table(), minimumYn: 1 })).toEqual(["0 malformed"]);
  });
});
