/** Chance that can be played again: the same seed gives the same choices. */
export interface Chance {
  /** From 0 up to but not including `limit`, whole. */
  below(limit: number): number;
  /** True in `share` of the cases (0–1). */
  happens(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

/** Mulberry32: 32 bits of state, quick, and good enough to choose moments. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    happens: (share) => next() < share,
    pick(from) {
      const one = from[below(from.length)];
      if (one === undefined) throw new Error("nothing to pick from");
      return one;
    },
    shuffled(items) {
      const all = [...items];
      for (let at = all.length - 1; at > 0; at--) {
        const other = below(at + 1);
        const [a, b] = [all[at], all[other]];
        if (a === undefined || b === undefined) continue;
        all[at] = b;
        all[other] = a;
      }
      return all;
    },
  };
}
