/** Verification queries of a letter: pairs from new text and attachments, else from quoted text, with their figures. */
import type { VerificationQuery } from "../terms.ts";
import { foldCode, foldWidth } from "../text.ts";
import { MOST_SLIPS, slips } from "./code-tokens.ts";
import { notePair, type Report } from "./evidence.ts";
import { asOfDay, figuresFor, indexFigures } from "./figures.ts";
import { makeProblem } from "./findings.ts";
import { isKeyDoubted } from "./key-doubt.ts";
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

const halfValue = (half: Half | null): string | null => (half && "value" in half ? half.value : null);

/** All pairs of some sources, merged: equal pairs are one, halves complete each other, differing keys are kept apart. */
export function collectPairs(sources: PairSource[], labels: Labels): QueryGroup[] {
  const found = sources.flatMap((from) => {
    const all = pairsIn(from.source, from.rows, labels);
    // A notice is about one guarantee, however often it names its number.
    const whole = all.find(({ number, key }) => number !== null && key !== null) ?? all[0];
    const pairs = from.isNotice ? (whole === undefined ? [] : [whole]) : all;
    const data = from.notice ? noticePair(from.notice) : [];
    return [...data, ...pairs].map((pair) => ({ pair, from }));
  });
  const groups: QueryGroup[] = [];
  const complete = found.filter(({ pair }) => pair.number && pair.key);
  for (const one of complete) join(groups, one);
  for (const one of found) if (!complete.includes(one)) join(groups, one);
  joinHalves(groups);
  joinCorrectedKeys(groups, labels);
  const order = new Map(found.map((one, at) => [one, at]));
  const first = (group: QueryGroup) =>
    group.found.reduce((least, one) => Math.min(least, order.get(one) ?? least), found.length);
  return groups.sort((a, b) => first(a) - first(b));
}

/** A control or invisible character inside a number or key is no slip of a hand. */
const CONTROL = /[\p{Cc}\p{Cf}]/u;

/**
 * The pair that a notice carries for programs, folded like a written one; what is not of a number's or key's exact
 * shape is no pair, and the printed text of the notice has to tell.
 */
function noticePair({ number, key }: NoticeData): Pair[] {
  if (CONTROL.test(number + key)) return [];
  const [n, k] = [foldCode(number).trim(), foldCode(key).trim()];
  const isSound = /^\d{5}-\d{6}$/u.test(n) && /^[A-Za-z0-9]{12}$/u.test(k);
  return isSound
    ? [
        {
          number: { value: n },
          key: { value: k },
          from: 0,
          until: 0,
          column: 0,
          isPast: false,
          isRight: false,
        },
      ]
    : [];
}

/** One lone number and one lone key of different places, as of subject and text, are a pair. */
function joinHalves(groups: QueryGroup[]): void {
  const numbers = groups.filter((group) => group.number !== null && group.key === null);
  const keys = groups.filter((group) => group.number === null && group.key !== null);
  const [number, key] = [numbers[0], keys[0]];
  if (groups.length !== 2 || !number || !key || number.found[0]?.from === key.found[0]?.from) return;
  number.key = key.key;
  number.found.push(...key.found);
  groups.splice(groups.indexOf(key), 1);
}

/**
 * A key without a number that is nearly one of a pair, or that is said to be put right: which of the two holds, nobody
 * but the sender knows.
 */
function joinCorrectedKeys(groups: QueryGroup[], labels: Labels): void {
  for (const lone of groups.filter(({ number, key }) => number === null && key !== null)) {
    const k = halfValue(lone.key) ?? "";
    const whole = groups.filter((one) => one.number !== null && halfValue(one.key) !== null);
    const alike = whole.filter((one) => slips(halfValue(one.key) ?? "", k) <= MOST_SLIPS);
    const isPutRight = lone.found.some(({ from, pair }) =>
      labels.tokens.putRight.test(
        foldWidth(from.source.lines.slice(Math.max(0, pair.from - 1), pair.from + 1).join(" ")),
      ),
    );
    const [meant] = alike.length > 0 ? alike : isPutRight ? whole.slice(-1) : [];
    if (meant === undefined || k === "") continue;
    meant.conflicting = [...new Set([...meant.conflicting, halfValue(meant.key) ?? "", k])];
    groups.splice(groups.indexOf(lone), 1);
  }
}

function join(groups: QueryGroup[], one: Found): void {
  const { number, key } = one.pair;
  const n = halfValue(number);
  const k = halfValue(key);
  const same = groups.find(
    (g) =>
      (n !== null && halfValue(g.number) === n) ||
      (number === null && k !== null && (halfValue(g.key) === k || g.conflicting.includes(k))),
  );
  if (!same) {
    groups.push({ number, key, conflicting: [], found: [one] });
    return;
  }
  same.found.push(one);
  same.number ??= number;
  const known = halfValue(same.key);
  if (known === null && key !== null && (same.key === null || k !== null)) same.key = key;
  else if (known !== null && k !== null && known !== k)
    same.conflicting = [...new Set([...same.conflicting, known, k])];
}

/** The only half of new text and the only other half of quoted text are a pair too. */
function joinLoneHalf(groups: QueryGroup[], quoted: QueryGroup[]): void {
  const [own, below] = [groups[0], quoted[0]];
  if (groups.length !== 1 || quoted.length !== 1 || !own || !below) return;
  const isHalf = ({ number, key }: QueryGroup) => (number === null) !== (key === null);
  if (!isHalf(own) || !isHalf(below) || (own.number === null) === (below.number === null)) return;
  own.number ??= below.number;
  own.key ??= below.key;
  own.found.push(...below.found);
}

/** Fills halves that new text leaves open from quoted text that names the other half. */
export function completeFrom(groups: QueryGroup[], quoted: QueryGroup[], asksBelow: boolean): void {
  joinLoneHalf(groups, quoted);
  for (const group of groups) {
    if (group.number !== null && group.key !== null) continue;
    const match = quoted.find(
      (q) =>
        (group.number && halfValue(q.number) === halfValue(group.number)) ||
        (group.key && halfValue(q.key) === halfValue(group.key)),
    );
    if (!match) continue;
    group.number ??= match.number;
    group.key ??= match.key;
    group.found.push(...match.found);
  }
  // "Besides the guarantee in the mail below": those below are asked about too.
  const isNew = (one: QueryGroup) =>
    !groups.some((group) => halfValue(group.number) === halfValue(one.number));
  if (asksBelow)
    groups.push(...quoted.filter((one) => one.number !== null && one.key !== null && isNew(one)));
}

/** The queries with figures, as-of days and what is missing of each. */
export function readQueries(
  groups: QueryGroup[],
  sources: PairSource[],
  labels: Labels,
): { queries: VerificationQuery[] } & Report {
  const report: Report = { problems: [], evidence: [] };
  const { problems } = report;
  const index = indexFigures(groups, sources, labels);
  const queries = groups.map((group, n): VerificationQuery => {
    const path = `queries.${n}`;
    const read = (half: Half | null, field: "number" | "key", need: string) => {
      if (half === null) problems.push(makeProblem(labels, `${path}.${field}`, "missing", { need }));
      else if ("either" in half)
        problems.push(
          makeProblem(labels, `${path}.${field}`, "ambiguous", { need, sentence: "unreadableBlank" }),
        );
      // A key is a secret: it is never repeated in a problem.
      else if ("unreadable" in half)
        problems.push(
          makeProblem(labels, `${path}.${field}`, "unreadable", {
            need,
            read: field === "key" ? "" : half.unreadable,
          }),
        );
      return halfValue(half);
    };
    const number = read(group.number, "number", "guaranteeNumber");
    const [seen] = group.found;
    if (number !== null && seen !== undefined)
      notePair(`${path}.number`, number, seen.from.source, seen.pair.from, report);
    let key: string | null = null;
    if (
      group.conflicting.length > 0 ||
      (halfValue(group.key) !== null && isKeyDoubted(group, sources, labels))
    )
      problems.push(
        makeProblem(labels, `${path}.key`, "ambiguous", { need: "authKey", sentence: "unreadableBlank" }),
      );
    else key = read(group.key, "key", "authKey");
    return {
      number,
      key,
      figures: figuresFor(group, index, `${path}.figures.`, labels, report),
      asOf: asOfDay(group, index, `${path}.asOf`, labels, report),
      guarantor: noticeGuarantor(
        group.found.map((one) => one.from),
        labels,
      ),
    };
  });
  return { queries, ...report };
}
