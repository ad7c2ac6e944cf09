import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEml } from "../../mail/letter/read.ts";
import { examine } from "../fuzz/examine.ts";
import { mutatedLetter, mutationNames } from "../fuzz/mutate.ts";
import { deviations, restatements } from "../fuzz/same-meaning.ts";
import { seeds } from "../fuzz/seeds.ts";

/** The same seed every time, so that a run says the same as the last; `npm run fuzz` takes new ones. */
const SEED = 20_261_120;
const LETTERS = 300;
/** A letter with a PDF or a workbook is told in few ways: its file costs as much as fifty letters. */
const WAYS_OF_HEAVY = 3;

describe("letters with bytes, words, values and parts changed", () => {
  it("are read without fault: nothing thrown, nothing silent, in time, the same twice", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1_000_000 }), async (n) => {
        const { bytes, story } = mutatedLetter(SEED, n);
        for (const name of story) seen.add(name);
        const { faults } = await examine(bytes, n % 8 === 0);
        expect(faults, `npm run fuzz -- --seed ${SEED} --from ${n} --letters 1`).toEqual([]);
      }),
      // A smaller number is another letter, not a smaller one: there is nothing to shrink.
      { numRuns: LETTERS, seed: SEED, endOnFailure: true },
    );
    // Each way of changing a letter was taken.
    expect(mutationNames.filter((name) => !seen.has(name))).toEqual([]);
  }, 180_000);
});

describe("a letter said in another way", () => {
  it.each(Object.entries(restatements))(
    "(%s) reads the same",
    async (name, restate) => {
      const differing: string[] = [];
      let restated = 0;
      for (const [n, seed] of seeds.entries()) {
        if (seed.heavy && (n + name.length) % WAYS_OF_HEAVY > 0) continue;
        const bytes = restate(seed.tree);
        if (bytes === null) continue;
        restated += 1;
        const found = deviations(await readEml(seed.bytes), await readEml(bytes));
        if (found.length > 0) differing.push(`${seed.name}: ${found.join(" ")}`);
      }
      expect(differing).toEqual([]);
      expect(restated).toBeGreaterThan(seeds.length / 3);
    },
    60_000,
  );
});
