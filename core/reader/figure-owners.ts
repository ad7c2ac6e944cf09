/** Whose figures are they: which query a line or a column of a letter belongs to. */
import { foldCode, foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { PairSource, QueryGroup } from "./queries.ts";
import type { Row } from "./source.ts";

/** Of items side by side, the queries whose number or key stands in the same column. */
function besideItem(row: Row, s: PairSource, all: QueryGroup[]): QueryGroup[] {
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

/** Owners that the figure's own place tells: its column, its ordinal, the pair in front of it on the line. */
export function directOwners(row: Row, s: PairSource, all: QueryGroup[], labels: Labels): QueryGroup[] {
  const item = besideItem(row, s, all);
  if (item.length > 0) return item;
  const named = all[(ordinalOf(row, s, all.length, labels) ?? 0) - 1];
  if (named !== undefined) return [named];
  const here = spotsOf(all, s).filter((spot) => spot.from === row.line && spot.until === row.line);
  if (new Set(here.map(({ g }) => g)).size < 2) return [];
  const each = [...new Set(here.map(({ g }) => g))];
  if (row.cell !== null) return each;
  const column = foldCode(s.source.lines[row.line] ?? "").indexOf(foldCode(row.value).slice(0, FIRST_CHARS));
  const spot = here.findLast((one) => one.column <= column);
  return spot ? [spot.g] : each;
}

/** So much of a value tells where on its line it stands. */
const FIRST_CHARS = 10;
const NUMBERED = /^\(?(\d{1,2})\)?\s*:\s*/u;

const NEXT_CODE = /[\s\u3001,(]*\d{5}\s?-\s?\d{6}.*$/su;

/** The figure alone: "(2): 12,100,000" behind a label that is counted; in a sentence it ends where the next pair begins. */
export function figureAlone(row: Row): Row {
  const value = row.value.replace(NUMBERED, "");
  return { ...row, value: row.prose ? value.replace(NEXT_CODE, "") : value };
}

/** Which of several queries the words in front of a figure name: "the second one's price". */
function ordinalOf(row: Row, s: PairSource, count: number, { tokens }: Labels): number | null {
  const counted = NUMBERED.exec(row.value)?.[1];
  if (counted) return Number(counted);
  if (!row.prose) return null;
  const line = foldWidth(s.source.lines[row.line] ?? "");
  const before = line.slice(0, Math.max(0, line.indexOf(row.value.slice(0, FIRST_CHARS))));
  const said = tokens.ordinalLead.exec(before.split(/[。、]/u).at(-1) ?? "")?.groups;
  if (said?.first !== undefined) return 1;
  if (said?.last !== undefined) return count === 2 ? 2 : null;
  const number = said?.number;
  if (number === undefined) return null;
  const { kanjiDigits } = tokens;
  return kanjiDigits.includes(number) ? kanjiDigits.indexOf(number) + 1 : Number(number);
}

interface Spot {
  g: QueryGroup;
  from: number;
  until: number;
  column: number;
}

/** Where the queries stand in a source, in order. */
export function spotsOf(all: QueryGroup[], s: PairSource): Spot[] {
  const spots = all.flatMap((g) =>
    g.found
      .filter((one) => one.from === s)
      .map((one) => ({ g, from: one.pair.from, until: one.pair.until, column: one.pair.column })),
  );
  return spots.sort((a, b) => a.from - b.from || a.column - b.column);
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
    if (lonely.length !== spots.length) return [];
    return stepAbove(lonely, spots, blocks) ? following(line, spots) : preceding(line, spots);
  };
}

/** Does a block of figures stand above each pair? Else each stands below its own. */
const stepAbove = (lonely: (number | undefined)[], spots: Spot[], blocks: number[]): boolean =>
  spots.every((spot, i) => {
    const [own, last] = [lonely[i] ?? 0, spots[i - 1]];
    return own < (blocks[spot.from] ?? 0) && (last === undefined || own > (blocks[last.from] ?? 0));
  });

const following = (line: number, spots: Spot[]): QueryGroup[] => {
  const spot = spots.find((one) => one.from >= line);
  return spot ? [spot.g] : [];
};

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
