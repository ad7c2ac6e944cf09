/** The candidate with the fewest edits to `word`; `null` when all are so far that a suggestion would mislead. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = edits(word, candidate);
    if (best === null || distance < best.distance) best = { candidate, distance };
  }
  if (best === null || best.distance >= Math.max(Array.from(word).length, Array.from(best.candidate).length))
    return null;
  return best.candidate;
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
