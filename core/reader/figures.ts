/** Figures quoted to be compared, and as-of days, with the query each belongs to. */
import { parseDay } from "../dates.ts";
import type { Day, GuaranteeKind, QuotedFigures } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { productsIn } from "./asked-products.ts";
import type { Report } from "./evidence.ts";
import { blockNumbers, directOwners, figureAlone, ownership, spotsOf } from "./figure-owners.ts";
import { type Finding, resolve, resolveText, rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { PairSource, QueryGroup } from "./queries.ts";
import type { Row } from "./source.ts";
import { doubtUnits } from "./units.ts";
import { dayFinding, yenFinding } from "./values.ts";
import { contractDate, contractPrice, parties, texts, worksPeriod } from "./works.ts";

const FIGURE_FIELDS: Row["field"][] = [
  "worksTitle",
  "contractorName",
  "jointVentureName",
  "leadMember",
  "contractPriceYen",
  "guaranteedYen",
  "period",
  "worksFrom",
  "worksUntil",
  "contractDate",
];

/** Which rows and as-of days belong to which query; made once for all queries of a letter. */
export interface FigureIndex {
  rows: Map<QueryGroup, Row[]>;
  asOf: Map<QueryGroup, Finding<Day>[]>;
}

interface Entry<T> {
  line: number;
  item: T;
}

/** Deals the rows and as-of days of all sources out to the queries (contract section 3). */
export function indexFigures(all: QueryGroup[], sources: PairSource[], labels: Labels): FigureIndex {
  const index: FigureIndex = { rows: new Map(), asOf: new Map() };
  for (const s of sources.filter((one) => one.figures && !one.isNotice)) {
    const figures = s.rows.filter((row) => isFigure(row, labels));
    const rows: Entry<Row>[] = [];
    for (const row of figures) {
      const owners = directOwners(row, s, all, labels);
      for (const group of owners) push(index.rows, group, figureAlone(row));
      if (owners.length === 0) rows.push({ line: row.line, item: figureAlone(row) });
    }
    deal(rows, index.rows, all, s, labels);
    const days = s.source.lines.flatMap((_, line) =>
      asOfOnLine(s, line, labels).map((item) => ({ line, item })),
    );
    const spots = spotsOf(all, s);
    const first = Math.min(...spots.map((spot) => spot.from));
    const last = Math.max(...spots.map((spot) => spot.until));
    // Said in a sentence above or below all pairs, the day is meant for all of them.
    const isCommon = ({ line }: Entry<unknown>) =>
      (line < first || line > last) && !s.rows.some((row) => row.line === line && row.field === "asOf");
    // "As for 2, …": of that query alone.
    const named = (line: number) =>
      all[Number(labels.tokens.itemLead.exec(foldWidth(s.source.lines[line] ?? ""))?.groups?.number) - 1];
    for (const day of days) {
      const own = named(day.line);
      const groups = own ? [own] : isCommon(day) ? all : [];
      for (const group of groups) push(index.asOf, group, day.item);
    }
    deal(
      days.filter((day) => !named(day.line) && !isCommon(day)),
      index.asOf,
      all,
      s,
      labels,
    );
  }
  const products = new Map(all.length > 1 ? all.map((group) => [group, productOf(group, all, labels)]) : []);
  for (const [group, rows] of index.rows) {
    const product = products.get(group) ?? null;
    index.rows.set(
      group,
      rows.filter((row) => row.product === null || product === null || row.product === product),
    );
  }
  return index;
}

function push<T>(map: Map<QueryGroup, T[]>, group: QueryGroup, item: T): void {
  const list = map.get(group);
  if (list) list.push(item);
  else map.set(group, [item]);
}

/** Gives each entry to the queries it belongs to; one that belongs to none goes to all. */
function deal<T>(
  entries: Entry<T>[],
  to: Map<QueryGroup, T[]>,
  all: QueryGroup[],
  s: PairSource,
  labels: Labels,
): void {
  const owner = ownership(spotsOf(all, s), blockNumbers(s, labels), [
    ...new Set(entries.map((entry) => entry.line)),
  ]);
  const owners = new Map<number, QueryGroup[]>();
  for (const { line, item } of entries) {
    const known =
      owners.get(line) ??
      (labels.tokens.allProducts.test(foldWidth(s.source.lines[line] ?? "")) ? [] : owner(line));
    owners.set(line, known);
    for (const group of known.length === 0 ? all : known) push(to, group, item);
  }
}

/** Reads the figures that belong to one query. */
export function figuresFor(
  group: QueryGroup,
  index: FigureIndex,
  path: string,
  labels: Labels,
  report: Report,
): QuotedFigures {
  const rows = doubtUnits(index.rows.get(group) ?? [], labels);
  const found: Report = { problems: [], evidence: [] };
  const amounts = [...rowsOf(rows, "guaranteedYen"), ...rowsOf(rows, "product")];
  const figures = {
    worksTitle: resolveText(texts(rows, "worksTitle", labels), `${path}worksTitle`, labels, found),
    contractorName: parties(rows, [], labels, found).contractorName,
    contractPriceYen: contractPrice(rows, `${path}contractPriceYen`, labels, found),
    guaranteedYen: resolve(
      amounts.flatMap((row) => yenFinding(row, labels)),
      `${path}guaranteedYen`,
      "yen",
      String,
      labels,
      found,
    ),
    ...worksPeriod(rows, path, labels, found),
    contractDate: contractDate(rows, `${path}contractDate`, labels, found),
  };
  report.problems.push(...under(path, found.problems));
  report.evidence.push(...under(path, found.evidence));
  return figures;
}

/** The parties are read under an application's own names; of a figure's path only the contractor is one. */
const under = <T extends { field: string }>(path: string, found: T[]): T[] => [
  ...found.filter(({ field }) => field.startsWith(path)),
  ...found
    .filter(({ field }) => field === "contractorName")
    .map((one) => ({ ...one, field: `${path}contractorName` })),
];

/** A product's own row is a figure only where an amount stands beside it. */
const isFigure = (row: Row, labels: Labels): boolean =>
  FIGURE_FIELDS.includes(row.field) ||
  (row.field === "product" && !row.prose && yenFinding(row, labels).some((f) => f.ok));

/** The product that is named on the lines of a pair, or between the pair before it and itself. */
function productOf(group: QueryGroup, all: QueryGroup[], labels: Labels): GuaranteeKind | null {
  const kinds = group.found.flatMap(({ pair, from }) => {
    const ends = all.flatMap((g) =>
      g.found.filter((one) => one.from === from && one.pair.until < pair.from).map((one) => one.pair.until),
    );
    const start = Math.max(-1, ...ends);
    const near = from.rows.filter((row) => row.line > start && row.line <= pair.until);
    const lines = from.source.lines.slice(pair.from, pair.until + 1).join("\n");
    const named = productsIn(foldWidth(lines), labels);
    if (named.length === 1) return named;
    return near.flatMap((row) =>
      row.field === "product" && row.product
        ? [row.product]
        : row.field === "productName"
          ? productsIn(row.value, labels)
          : [],
    );
  });
  return new Set(kinds).size === 1 ? (kinds[0] ?? null) : null;
}

/** The day on which the state is asked for: a phrase like "as of" beside a date, or a label of its own. */
export const asOfDay = (
  group: QueryGroup,
  index: FigureIndex,
  field: string,
  labels: Labels,
  report: Report,
): Day | null => resolve(index.asOf.get(group) ?? [], field, "day", String, labels, report);

function asOfOnLine(s: PairSource, line: number, labels: Labels): Finding<Day>[] {
  const text = foldWidth(s.source.lines[line] ?? "");
  const rows = s.rows
    .filter((row) => row.line === line && row.field === "asOf")
    .flatMap((row) => dayFinding(row, labels));
  const said = [...text.matchAll(new RegExp(labels.asOf.source, "gu"))].flatMap((m) =>
    asOfPhrase(text.slice(0, m.index), m[0], text.slice(m.index + m[0].length), labels),
  );
  return [...rows, ...said];
}

/** Characters in front of "as of" that may hold the day, its weekday in brackets included. */
const DAY_CHARS = 32;

/** The day in front of a phrase like "as of", where the phrase asks for the guarantee's state rather than tells a figure's day. */
function asOfPhrase(text: string, phrase: string, after: string, { tokens }: Labels): Finding<Day>[] {
  const sentence = after.split(tokens.valueEnd)[0] ?? "";
  const isState = tokens.asOfState.test(sentence);
  if (tokens.asOfOther.test(sentence) && !tokens.asOfStateFirst.test(sentence)) return [];
  const before = text.slice(-DAY_CHARS).trimEnd().replace(tokens.dayRemark, "").trimEnd();
  const day = /[^、。,:\s(]*(?:\s?[^、。,:\s(]*)?$/u.exec(before.slice(-24))?.[0] ?? "";
  if (isState && tokens.relativeDay.test(day)) return [{ ok: false, code: "unreadable", read: day }];
  if (!tokens.kanjiNumeral.test(day)) return [];
  const reading = parseDay(day);
  // "In" a day is said of much else: only of a whole day, and of the state of a guarantee.
  if (tokens.asOfWeak.test(phrase) && !(reading.ok && isState)) return [];
  return reading.ok
    ? [{ ok: true, value: reading.day, read: day }]
    : [{ ok: false, code: "unreadable", read: day }];
}
