/** Whose figures are they: which query a line or a column of a letter belongs to. */
import { foldCode, foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { PairSource, QueryGroup } from "./queries.ts";
import type { Row } from "./source.ts";

/** Of items side by side, the queries whose number or key stands in the same column. */
export function besideItem(row: Row, s: PairSource, all: QueryGroup[]): QueryGroup[] {
  if (
    row.item === undefined ||
    !s.rows.some(({ item, field }) => item !== undefined && field === "guaranteeNumber")
  )
    return [];
  const codes = s.rows
    .filter(({ item, field }) => item === row.item && (field === "guaranteeNumber" || field === "authKey"))
    .map(({ value }) => foldCode(value).replace(/\s/gu, ""));
  return all.filter(({ number, key }) =>
    [number, key].some((half) => half !== null && "value" in half && codes.includes(half.value)),
  );
}

interface Spot {
  g: QueryGroup;
  from: number;
  until: number;
}

/** Where the queries stand in a source, in order. */
export function spotsOf(all: QueryGroup[], s: PairSource): Spot[] {
  const spots = all.flatMap((g) =>
    g.found.filter((one) => one.from === s).map((one) => ({ g, from: one.pair.from, until: one.pair.until })),
  );
  return spots.sort((a, b) => a.from - b.from);
}

function groupBy<T>(items: T[], key: (item: T) => number | undefined): Map<number | undefined, T[]> {
  const groups = new Map<number | undefined, T[]>();
  for (const item of items) {
    const list = groups.get(key(item));
    if (list) list.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Tells for a line whose figures stand there; for none, they are everybody's. */
export function ownership(spots: Spot[], blocks: number[], lines: number[]): (line: number) => QueryGroup[] {
  if (new Set(spots.map((spot) => spot.g)).size < 2) return () => [];
  const inBlock = groupBy(spots, (spot) => blocks[spot.from]);
  const linesOf = groupBy(lines, (line) => blocks[line]);
  const lonely = [...linesOf.keys()].filter((block) => !inBlock.has(block));
  return (line) => {
    const here = inBlock.get(blocks[line]) ?? [];
    if (here.length === 1) return here.map((spot) => spot.g);
    if (here.length > 1) return positional(line, here, linesOf.get(blocks[line]) ?? []);
    return lonely.length === spots.length ? preceding(line, spots) : [];
  };
}

const preceding = (line: number, spots: Spot[]): QueryGroup[] => {
  const spot = spots.findLast((one) => one.from <= line);
  return spot ? [spot.g] : [];
};

/** Among several pairs of one block: by line when figures stand between them, else for all of them. */
function positional(line: number, here: Spot[], lines: number[]): QueryGroup[] {
  const first = here[0]?.from ?? 0;
  const last = here.at(-1)?.from ?? 0;
  // Each pair has figures on its own lines: what stands above the first is common to all.
  const ownLines = here.every((spot) => lines.some((l) => l >= spot.from && l <= spot.until));
  if (ownLines && line < first) return here.map((spot) => spot.g);
  const between = lines.some((l) => l >= first && l < last);
  if (!between && !lines.some((l) => l === last)) return here.map((spot) => spot.g);
  if (Math.min(...lines) < first && Math.max(...lines) <= last) {
    const next = here.find((one) => one.until >= line);
    return next ? [next.g] : [];
  }
  return preceding(line, here);
}

/** Blocks are parted by blank lines and by headings such as "2." in front of a query. */
export function blockNumbers(s: PairSource, labels: Labels): number[] {
  let block = 0;
  return s.source.lines.map((line) => {
    if (line.trim() === "" || labels.queryBlock.test(line) || labels.queryBlock.test(foldWidth(line)))
      block += 1;
    return block;
  });
}
