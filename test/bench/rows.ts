/** One line of the table. `ratio` is ours against the floor, turned so that more is better; what a row's `note` says otherwise holds. */
export interface BenchRow {
  name: string;
  unit: string;
  ours: number;
  floor: number;
  ratio: number;
  note: string;
}

/** What a run may change of a benchmark (`npm run bench -- --letters 500`). */
export interface BenchOptions {
  /** Letters in all, where a benchmark works on letters. */
  letters?: number;
}

/** The value below which `share` (0–1) of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `12, 14, 13`: every turn, so that the noise of the machine can be seen. */
export function turns(values: readonly number[], digits = 1): string {
  return values.map((value) => value.toFixed(digits)).join(", ");
}
