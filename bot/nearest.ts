/** More than so many are no suggestion but a list; the help has the whole of it. */
const NEAREST_MAX = 3;
/** A word of which more than half would have to be other letters is no slip of the hand. */
const FARTHEST = 0.5;

/**
 * The candidates with the fewest edits to `word` for their length, all that are equally near; none when every one is so
 * far that a suggestion would mislead.
 */
export function nearest(word: string, candidates: readonly string[]): string[] {
  const length = (text: string) => Array.from(text).length;
  const rated = candidates.map((candidate) => ({
    candidate,
    far: edits(word, candidate) / Math.max(length(word), length(candidate), 1),
  }));
  const least = Math.min(...rated.map(({ far }) => far));
  if (least > FARTHEST) return [];
  return rated
    .filter(({ far }) => far === least)
    .map(({ candidate }) => candidate)
    .slice(0, NEAREST_MAX);
}

/** Levenshtein distance by characters; a swap of neighbours counts as one edit (optimal string alignment). */
export function edits(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  let older: number[] = [];
  let previous = right.map((_, j) => j);
  previous.push(right.length);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[right.length] ?? 0;
}
