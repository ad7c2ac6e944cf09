/** Finds guarantee numbers and authentication keys in a source and pairs them. */
import { foldAuthKey, isAuthKey } from "../guarantee/auth-key.ts";
import { foldCode, foldWidth } from "../text.ts";
import {
  corrected,
  inBlocks,
  isWorksNumber,
  said,
  type Token,
  withoutOtherIds,
  withoutReplaced,
  withoutSlashes,
} from "./code-tokens.ts";
import { rowsOf } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row, Source } from "./source.ts";

/** A half that a label announces and that is no number or key is `unreadable`; of `either` nobody says which. */
export type Half = { value: string } | { unreadable: string } | { either: string[] };

export interface Pair {
  number: Half | null;
  key: Half | null;
  /** First and last line of its source that belong to the pair. */
  from: number;
  until: number;
  /** Where on its first line it begins. */
  column: number;
  /** What its letter says about it is past: the guarantee of an earlier job. */
  isPast: boolean;
  /** The letter says of a half that it is the right one. */
  isRight: boolean;
}

/** A value stands at most so many lines below its label. */
const NEAR_LINES = 3;
/** Halves that are looked back at on one line; a line of 2,000 characters holds hardly more. */
const MOST_ON_LINE = 150;
/** Characters in front of a lone key that tell what it is. */
const BEFORE_KEY = 16;
const KEY_FIELDS: Row["field"][] = [
  "authKey",
  "guaranteeNumber",
  "advanceGuaranteeNumber",
  "product",
  "message",
];
const NUMBER = /(?<![\dA-Za-z-])(\d{5})\s?-\s?(\d{6})(?![\dA-Za-z-])/gu;
const BARE_NUMBER = /^\D{0,3}(\d{5})(\d{6})(?!\d)/u;
/** A dot is no end either, where a name of a domain or file goes on behind it. */
const LONE_KEY = /(?<![A-Za-z0-9@./_=?&%+-])[A-Za-z0-9]{12}(?![A-Za-z0-9@/_=?&%+-]|\.[A-Za-z0-9])/gu;

/** Pairs in order of appearance; a half without its other half stays alone. */
export function pairsIn(source: Source, rows: Row[], labels: Labels): Pair[] {
  const own = rows.filter((row) => row.source === source);
  const tokens = [...scannedTokens(source, own, labels), ...labelledTokens(own, labels)];
  tokens.sort((a, b) => a.line - b.line || a.column - b.column);
  const once = tokens.filter((token, i) => !isRepeated(tokens, i, token));
  const meant = withoutReplaced(withoutOtherIds(corrected(once), source, labels));
  return inBlocks(meant, source).flatMap(pair);
}

/**
 * Letters and digits mixed are a key's; twelve letters alone are a word, unless beside a number their check character
 * is right (nearly a quarter of our own keys happen to have no digit).
 */
function isKeyShaped(run: string, nearNumber: boolean): boolean {
  if (!/[A-Za-z]/u.test(run)) return false;
  return /\d/u.test(run) || (nearNumber && isAuthKey(foldAuthKey(run)));
}

/**
 * Was the same half found by another of its signs too? What stands behind a label counts once, where its shape was
 * found: on the label's line or just below. Written again on another line it counts again, for another key may stand
 * with it.
 */
function isRepeated(tokens: Token[], at: number, token: Token): boolean {
  if (token.sign === "label" && "value" in token.half)
    return near(tokens, at, token).some((one) => one.sign === "shape" && isSame(one, token));
  const before = tokens.slice(Math.max(0, at - MOST_ON_LINE), at);
  return before.some((one) => one.line === token.line && isSame(one, token));
}

/** Tokens of the label's own line and of the lines that its value may stand on. Tokens are in order of their lines. */
function near(tokens: Token[], at: number, token: Token): Token[] {
  let from = at;
  while (from > 0 && tokens[from - 1]?.line === token.line) from -= 1;
  let until = at;
  while (until < tokens.length && (tokens[until]?.line ?? 0) - token.line <= NEAR_LINES) until += 1;
  return tokens.slice(from, until);
}

/** The same half, or an unreadable label beside a readable one. */
function isSame(a: Token, b: Token): boolean {
  if (a.type !== b.type) return false;
  return "value" in a.half && "value" in b.half ? a.half.value === b.half.value : a.line === b.line;
}

/** Values that a label of something else announces: a works number may have the shape of a key. */
function otherValues(rows: Row[]): Map<number, string[]> {
  const others = new Map<number, string[]>();
  for (const row of rows)
    if (!KEY_FIELDS.includes(row.field) && !row.prose)
      others.set(row.line, [...(others.get(row.line) ?? []), foldCode(row.value)]);
  return others;
}

function scannedTokens(source: Source, rows: Row[], labels: Labels): Token[] {
  const others = otherValues(rows);
  const names = labels.fields.authKey
    .map((label) => foldWidth(label).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  const announced = new RegExp(`(?:${names})[^A-Za-z0-9]{0,6}([A-Za-z0-9]{12})(?![A-Za-z0-9-])`, "gu");
  const numbered = source.lines.map((raw) => new RegExp(NUMBER.source, "u").test(foldCode(raw)));
  return source.lines.flatMap((written, line) => {
    // "Wrong: …  right: …": what is called wrong is not asked about.
    const raw = written.replace(new RegExp(labels.tokens.wrongCode.source, "gu"), (wrong) =>
      " ".repeat(wrong.length),
    );
    const text = withoutSlashes(raw);
    const nearNumber = numbered.slice(Math.max(0, line - NEAR_LINES), line + NEAR_LINES + 1).includes(true);
    const numbers = [...text.matchAll(NUMBER)]
      .filter((m) => !isWorksNumber(`${m[1]}-${m[2]}`, line, rows))
      .map(
        (m): Token => ({
          type: "number",
          sign: "shape",
          half: { value: `${m[1]}-${m[2]}` },
          line,
          column: m.index,
        }),
      );
    const labelled = [...foldWidth(raw).matchAll(announced)].map((m) => ({
      value: m[1] ?? "",
      column: m.index + m[0].length - (m[1] ?? "").length,
    }));
    // A password or account name may have the shape of a key.
    const isOther = (key: string) => others.get(line)?.some((value) => value === key) === true;
    const lone = [...text.matchAll(LONE_KEY)]
      .filter((m) => isKeyShaped(m[0], nearNumber) && !isOther(m[0]))
      .filter(
        (m) => !labels.tokens.password.test(foldWidth(raw).slice(Math.max(0, m.index - BEFORE_KEY), m.index)),
      )
      .map((m) => ({ value: m[0], column: m.index }));
    const keys = [...labelled, ...lone.filter((k) => !labelled.some((l) => l.value === k.value))];
    const found = [
      ...numbers,
      ...keys.map(
        ({ value, column }): Token => ({ type: "key", sign: "shape", half: { value }, line, column }),
      ),
    ];
    return said(found, text, raw, source.lines[line - 1] ?? "", labels);
  });
}

function labelledTokens(own: Row[], labels: Labels): Token[] {
  const meant = (row: Row) => row.value.replace(new RegExp(labels.tokens.wrongCode.source, "gu"), "");
  const numbers = [...rowsOf(own, "guaranteeNumber")].flatMap((row) =>
    token("number", row, readNumber(meant(row))),
  );
  const keys = rowsOf(own, "authKey").flatMap((row) => token("key", row, readKey(meant(row))));
  return [...numbers, ...keys];
}

const token = (type: Token["type"], row: Row, half: Half | null): Token[] =>
  half ? [{ type, sign: "label", half, line: row.line, column: 9_999 }] : [];

function readNumber(value: string): Half | null {
  const text = foldCode(value);
  // "5 0 1 2 6 - 0 0 9 0 3 4": behind its label a number may be spaced out.
  const written = [...text.matchAll(NUMBER)][0] ?? [...text.replace(/\s/gu, "").matchAll(NUMBER)][0];
  if (written) return { value: `${written[1]}-${written[2]}` };
  const bare = BARE_NUMBER.exec(text);
  if (bare) return { value: `${bare[1]}-${bare[2]}` };
  return /\d{3}/u.test(text) ? { unreadable: text.trim() } : null;
}

/** Twelve letters and digits, perhaps parted by spaces or hyphens; case is kept. */
function readKey(value: string): Half | null {
  const run = /^[^A-Za-z0-9]{0,3}([A-Za-z0-9]+(?:[ -]{1,2}[A-Za-z0-9]+)*)/u.exec(foldCode(value))?.[1];
  if (!run) return null;
  const [first = ""] = run.split(/[ -]/u);
  if (first.length === 12) return { value: first };
  const joined = run.replace(/[ -]/g, "");
  return joined.length === 12 ? { value: joined } : { unreadable: value.trim() };
}

/** "Numbers A, B; keys a, b" means A with a and B with b: equally long runs are dealt out in turn. */
function dealt(tokens: Token[]): Token[] {
  const runs: Token[][] = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    if (run?.[0]?.type === token.type) run.push(token);
    else runs.push([token]);
  }
  const out: Token[] = [];
  for (let i = 0; i < runs.length; i += 1) {
    const [run = [], next = []] = [runs[i], runs[i + 1]];
    if (run.length < 2 || run.length !== next.length) out.push(...run);
    else {
      run.forEach((token, n) => {
        const other = next[n];
        out.push(token, ...(other ? [other] : []));
      });
      i += 1;
    }
  }
  return out;
}

function pair(found: Token[]): Pair[] {
  const tokens = dealt(found);
  const pairs: Pair[] = [];
  const keyFirst = tokens[0]?.type === "key" && tokens.some((t) => t.type === "number");
  const lead = keyFirst ? "key" : "number";
  let open: Pair | null = null;
  for (const { type, half, line, column, isPast, isRight } of tokens) {
    if (open === null || type === lead || open[type] !== null) {
      open = { number: null, key: null, from: line, until: line, column, isPast: false, isRight: false };
      pairs.push(open);
    }
    open[type] = half;
    open.until = line;
    open.isPast ||= isPast === true;
    open.isRight ||= isRight === true;
  }
  return pairs;
}
