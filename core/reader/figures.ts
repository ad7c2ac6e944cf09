/** Figures quoted to be compared, and as-of days, with the query each belongs to. */
import { parseDay } from "../dates.ts";
import type { Day, Problem, QuotedFigures } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { type Finding, resolve, resolveText, rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { PairSource, QueryGroup } from "./queries.ts";
import type { Row } from "./source.ts";
import { contractDate, contractPrice, parties, texts, worksPeriod } from "./works.ts";
import { dayFinding, yenFinding } from "./values.ts";

const FIGURE_FIELDS: Row["field"][] = ["worksTitle", "contractorName", "jointVentureName", "leadMember", "contractPriceYen", "guaranteedYen", "product", "productName", "period", "worksFrom", "worksUntil", "contractDate"];

/** Reads the figures that belong to one query. */
export function figuresFor(group: QueryGroup, all: QueryGroup[], sources: PairSource[], path: string, labels: Labels, problems: Problem[]): QuotedFigures {
  const rows = sources
    .filter((s) => s.figures && !s.isNotice)
    .flatMap((s) => ownLines(group, all, s, labels, s.rows.filter((row) => FIGURE_FIELDS.includes(row.field)).map((row) => row.line), (line) => s.rows.filter((row) => row.line === line && FIGURE_FIELDS.includes(row.field))));
  const found: Problem[] = [];
  const amounts = [...rowsOf(rows, "guaranteedYen"), ...rowsOf(rows, "product").filter((row) => /\d/u.test(row.value))];
  const figures = {
    worksTitle: resolveText(texts(rows, "worksTitle", labels), `${path}worksTitle`, labels, found),
    contractorName: parties(rows, [], labels, found).contractorName,
    contractPriceYen: contractPrice(rows, `${path}contractPriceYen`, labels, found),
    guaranteedYen: resolve(amounts.flatMap((row) => yenFinding(row, labels)), `${path}guaranteedYen`, "yen", String, labels, found),
    ...worksPeriod(rows, path, labels, found),
    contractDate: contractDate(rows, `${path}contractDate`, labels, found),
  };
  problems.push(...found.filter((p) => p.field.startsWith(path)), ...found.filter((p) => p.field === "contractorName").map((p) => ({ ...p, field: `${path}contractorName` })));
  return figures;
}

/** What of some lines of a source belongs to one query: see the contract, "a figure stands with the query it belongs to". */
function ownLines<T>(group: QueryGroup, all: QueryGroup[], s: PairSource, labels: Labels, lines: number[], take: (line: number) => T[]): T[] {
  const spots = all.flatMap((g) => g.found.filter((one) => one.from === s).map((one) => ({ g, from: one.pair.from, until: one.pair.until })));
  spots.sort((a, b) => a.from - b.from);
  const blocks = blockNumbers(s, labels);
  const wanted = [...new Set(lines)];
  const owner = ownership(spots, blocks, wanted);
  return wanted.flatMap((line) => (owner(line).length === 0 || owner(line).includes(group) ? take(line) : []));
}

interface Spot {
  g: QueryGroup;
  from: number;
  until: number;
}

function ownership(spots: Spot[], blocks: number[], lines: number[]): (line: number) => QueryGroup[] {
  if (new Set(spots.map((spot) => spot.g)).size < 2) return () => [];
  const inBlock = (block: number | undefined) => spots.filter((spot) => blocks[spot.from] === block);
  const lonely = [...new Set(lines.map((line) => blocks[line]))].filter((block) => inBlock(block).length === 0);
  return (line) => {
    const here = inBlock(blocks[line]);
    if (here.length === 1) return here.map((spot) => spot.g);
    if (here.length > 1) return positional(line, here, lines.filter((l) => blocks[l] === blocks[line]));
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
  const between = lines.some((l) => l >= first && l < last);
  if (!between && !lines.some((l) => l === last)) return here.map((spot) => spot.g);
  if (Math.min(...lines) < first && Math.max(...lines) <= last) {
    const next = here.find((one) => one.until >= line);
    return next ? [next.g] : [];
  }
  return preceding(line, here);
}

/** Blocks are parted by blank lines and by headings such as "2." in front of a query. */
function blockNumbers(s: PairSource, labels: Labels): number[] {
  let block = 0;
  return s.source.lines.map((line) => {
    if (line.trim() === "" || labels.queryBlock.test(line) || labels.queryBlock.test(foldWidth(line))) block += 1;
    return block;
  });
}

/** The day on which the state is asked for: `… 現在` beside a date, or a label of its own. */
export function asOfDays(group: QueryGroup, all: QueryGroup[], sources: PairSource[], field: string, labels: Labels, problems: Problem[]): Day | null {
  const findings = sources
    .filter((s) => s.figures && !s.isNotice)
    .flatMap((s) => ownLines(group, all, s, labels, s.source.lines.map((_, line) => line), (line) => asOfOnLine(s, line, labels)));
  return resolve(findings, field, "day", String, labels, problems);
}

function asOfOnLine(s: PairSource, line: number, labels: Labels): Finding<Day>[] {
  const text = foldWidth(s.source.lines[line] ?? "");
  const rows = s.rows.filter((row) => row.line === line && row.field === "asOf").flatMap((row) => dayFinding(row, labels));
  const said = [...text.matchAll(new RegExp(labels.asOf.source, "gu"))].flatMap((m): Finding<Day>[] => {
    const before = text.slice(Math.max(0, m.index - 24), m.index);
    const phrase = /[^、。,:\s(]*(?:\s?[^、。,:\s(]*)?$/u.exec(before.replace(/\s+$/u, ""))?.[0] ?? "";
    if (!/\d/u.test(phrase)) return [];
    const day = parseDay(phrase);
    return day.ok ? [{ ok: true, value: day.day, read: phrase }] : [{ ok: false, code: "unreadable", read: phrase }];
  });
  return [...rows, ...said];
}
