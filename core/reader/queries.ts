/** Verification queries of a letter: pairs from new text and attachments, else from quoted text, with their figures. */
import type { Problem, VerificationQuery } from "../terms.ts";
import { asOfDays, figuresFor } from "./figures.ts";
import { makeProblem } from "./findings.ts";
import type { Labels } from "./labels.ts";
import { noticeGuarantor } from "./notices.ts";
import { type Half, type Pair, pairsIn } from "./pairs.ts";
import type { NoticeData, Row, Source } from "./source.ts";

/** Where pairs were read from; `figures` tells whether values beside them may be figures to compare. */
export interface PairSource {
  source: Source;
  rows: Row[];
  notice: NoticeData | null;
  isNotice: boolean;
  figures: boolean;
}

interface Found {
  pair: Pair;
  from: PairSource;
}

/** One query and the pairs, in whichever sources, that it was read from. */
export interface QueryGroup {
  number: Half | null;
  key: Half | null;
  conflicting: string[];
  found: Found[];
}

const valueOf = (half: Half | null): string | null => (half && "value" in half ? half.value : null);

/** All pairs of some sources, merged: equal pairs are one, halves complete each other, differing keys are kept apart. */
export function collectPairs(sources: PairSource[], labels: Labels): QueryGroup[] {
  const found = sources.flatMap((from) => {
    const pairs = from.isNotice ? pairsIn(from.source, from.rows, labels).slice(0, 1) : pairsIn(from.source, from.rows, labels);
    const data: Pair[] = from.notice ? [{ number: { value: from.notice.number }, key: { value: from.notice.key }, from: 0, until: 0 }] : [];
    return [...data, ...pairs].map((pair) => ({ pair, from }));
  });
  const groups: QueryGroup[] = [];
  const complete = found.filter(({ pair }) => pair.number && pair.key);
  for (const one of complete) join(groups, one);
  for (const one of found) if (!complete.includes(one)) join(groups, one);
  return groups.sort((a, b) => found.indexOf(firstOf(a, found)) - found.indexOf(firstOf(b, found)));
}

const firstOf = (group: QueryGroup, all: Found[]): Found => all.find((one) => group.found.includes(one)) as Found;

function join(groups: QueryGroup[], one: Found): void {
  const { number, key } = one.pair;
  const n = valueOf(number);
  const k = valueOf(key);
  const same = groups.find((g) => (n !== null && valueOf(g.number) === n) || (number === null && k !== null && (valueOf(g.key) === k || g.conflicting.includes(k))));
  if (!same) {
    groups.push({ number, key, conflicting: [], found: [one] });
    return;
  }
  same.found.push(one);
  same.number ??= number;
  const known = valueOf(same.key);
  if (known === null && key !== null && (same.key === null || k !== null)) same.key = key;
  else if (known !== null && k !== null && known !== k) same.conflicting = [...new Set([...same.conflicting, known, k])];
}

/** Fills halves that new text leaves open from quoted text that names the other half. */
export function completeFrom(groups: QueryGroup[], quoted: QueryGroup[]): void {
  for (const group of groups) {
    if (group.number !== null && group.key !== null) continue;
    const match = quoted.find((q) => (group.number && valueOf(q.number) === valueOf(group.number)) || (group.key && valueOf(q.key) === valueOf(group.key)));
    if (!match) continue;
    group.number ??= match.number;
    group.key ??= match.key;
    group.found.push(...match.found);
  }
}

/** The queries with figures, as-of days and what is missing of each. */
export function readQueries(groups: QueryGroup[], sources: PairSource[], labels: Labels): { queries: VerificationQuery[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const queries = groups.map((group, n): VerificationQuery => {
    const path = `queries.${n}`;
    const read = (half: Half | null, field: "number" | "key", need: string) => {
      if (half === null) problems.push(makeProblem(labels, `${path}.${field}`, "missing", { need }));
      // A key is a secret: it is never repeated in a problem.
      else if ("unreadable" in half) problems.push(makeProblem(labels, `${path}.${field}`, "unreadable", { need, read: field === "key" ? "" : half.unreadable }));
      return valueOf(half);
    };
    const number = read(group.number, "number", "guaranteeNumber");
    let key: string | null = null;
    if (group.conflicting.length > 0) problems.push(makeProblem(labels, `${path}.key`, "ambiguous", { need: "authKey", sentence: "unreadableBlank" }));
    else key = read(group.key, "key", "authKey");
    return {
      number,
      key,
      figures: figuresFor(group, groups, sources, `${path}.figures.`, labels, problems),
      asOf: asOfDays(group, groups, sources, `${path}.asOf`, labels, problems),
      guarantor: noticeGuarantor(group.found.map((one) => one.from), labels),
    };
  });
  return { queries, problems };
}
