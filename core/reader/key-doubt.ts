/** Keys that a letter itself is not sure of: a character that is said to be wrong, or that nobody can read. */
import { foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { PairSource, QueryGroup } from "./queries.ts";

/** A wrong pair counts against its number, so a key that may be wrong in one character is no key (contract section 3). */
export function isKeyDoubted(group: QueryGroup, sources: PairSource[], { tokens }: Labels): boolean {
  if (group.found.some(({ pair }) => pair.isRight)) return false;
  const bodies = sources.filter(({ source }) => source.origin === "body");
  return bodies.some((body) => {
    const lines = body.source.lines.map((line) => foldWidth(line));
    if (lines.some((line) => tokens.keyUnsure.test(line))) return true;
    // A slip that is told of is that of a key above, in this letter or in the one it answers.
    const told = lines.findIndex((line) => tokens.keySlip.test(line));
    const written = group.found.filter(
      ({ from, pair }) => from.source.origin !== "quoted" && pair.key !== null,
    );
    const isAbove = ({ from, pair }: QueryGroup["found"][number]) => from === body && pair.from <= told;
    return told >= 0 && written.every(isAbove);
  });
}
