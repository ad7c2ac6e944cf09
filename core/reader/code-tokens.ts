/** What a letter says about the numbers and keys in it: withdrawn, one of two, somebody else's, of an earlier job. */
import { foldCode, foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";
import type { Half } from "./pairs.ts";
import type { Row, Source } from "./source.ts";

/** A number or key where it stands. */
export interface Token {
  type: "number" | "key";
  /** Found by what it looks like, or behind its label. */
  sign: "shape" | "label";
  half: Half;
  line: number;
  column: number;
  /** Said to be the right one: what was written before is withdrawn. */
  isRight?: boolean;
  isPast?: boolean;
}

/** Characters beside a code that tell what it is. */
const BESIDE = 24;
/** A code written again with a slip corrected differs in hardly more places. */
export const MOST_SLIPS = 3;
const NUMBER_SLASH = /(?<!\/)(\d{5}\s?-\s?\d{6}\s?)\/|\s\/|\/(?=\s|\d{5}\s?-\s?\d{6})/gu;

/** The line folded, without the slashes that only part a number from a key: in an address nothing is parted so. */
export const withoutSlashes = (raw: string): string =>
  foldCode(raw.replace(/\uFF0F/gu, " ")).replace(NUMBER_SLASH, (whole) => whole.replace("/", " "));

/** A works number may have the shape of a guarantee number. */
export const isWorksNumber = (number: string, line: number, rows: Row[]): boolean =>
  rows.some(
    (row) =>
      row.line === line && row.field === "worksNumber" && foldCode(row.value).replace(/\s/gu, "") === number,
  );

/** The codes of one line with what the words beside them say. */
export function said(found: Token[], text: string, raw: string, above: string, { tokens }: Labels): Token[] {
  // Folded for codes, a long vowel is a hyphen.
  const words = foldWidth(raw);
  const spoken = words.length === text.length ? words : text;
  const sorted = [...found].sort((a, b) => a.column - b.column);
  const out: Token[] = [];
  for (const token of sorted) {
    const before = text.slice(0, token.column);
    const last = out.at(-1);
    const length = last && "value" in last.half ? last.half.value.length : 0;
    const between = last ? text.slice(last.column + length, token.column) : "";
    if (
      last?.type === token.type &&
      "value" in last.half &&
      "value" in token.half &&
      tokens.eitherOr.test(between)
    ) {
      last.half = { either: [last.half.value, token.half.value] };
      continue;
    }
    const lead = spoken.slice(0, token.column).slice(-BESIDE);
    const isAbove = before.trim() === "" && tokens.rightCode.test(foldWidth(above).trim());
    out.push({
      ...token,
      isRight: isAbove || tokens.rightCode.test(lead.trimEnd()),
      isPast: tokens.pastCode.test(lead),
    });
  }
  return out;
}

const writtenIn = ({ half }: Token): string | null => ("value" in half ? half.value : null);

/** In how many places do two codes of one length differ? */
export const slips = (a: string, b: string): number =>
  a.length === b.length ? [...a].filter((c, i) => c !== b[i]).length : Number.POSITIVE_INFINITY;

/** "The right one is …" below takes the place of the one it corrects: the only one, or the only one nearly like it. */
export function corrected(tokens: Token[]): Token[] {
  const out = [...tokens];
  for (const right of tokens.filter(({ isRight }) => isRight)) {
    const value = writtenIn(right);
    const at = out.indexOf(right);
    const earlier = out.slice(0, at).filter((one) => one.type === right.type && writtenIn(one) !== value);
    const alike = earlier.filter((one) => slips(writtenIn(one) ?? "", value ?? "") <= MOST_SLIPS);
    const [wrong] = earlier.length === 1 ? earlier : alike;
    if (value === null || wrong === undefined || (earlier.length > 1 && alike.length !== 1)) continue;
    out[out.indexOf(wrong)] = { ...wrong, half: right.half, isRight: true };
    out.splice(at, 1);
  }
  return out;
}

/** Where a key or number has its own label, what stands behind a label of something else is none. */
export function withoutOtherIds(tokens: Token[], source: Source, { tokens: words, fields }: Labels): Token[] {
  const lead = ({ line, column }: Token) =>
    foldWidth(withoutSlashes(source.lines[line] ?? "")).slice(0, column);
  const isKeys = (text: string) => fields.authKey.some((label) => text.includes(foldWidth(label)));
  const labelled = tokens.some((one) => one.type === "key" && isKeys(lead(one)));
  const isOtherKey = (one: Token) =>
    labelled && !isKeys(lead(one)) && words.otherIdLead.test(lead(one)) && !/\d{5}-\d{6}/u.test(lead(one));
  const sure = tokens.filter((one) => one.type !== "number" || !words.otherNumberLead.test(lead(one)));
  const hasNumber = sure.some((one) => one.type === "number" && !words.contractNumberLead.test(lead(one)));
  return sure.filter((one) =>
    one.type === "key" ? !isOtherKey(one) : !(hasNumber && words.contractNumberLead.test(lead(one))),
  );
}

/** A former number without a key beside others says which guarantee was replaced. */
export function withoutReplaced(tokens: Token[]): Token[] {
  const numbers = tokens.filter(({ type }) => type === "number");
  const past = numbers.filter(({ isPast }) => isPast);
  const keys = tokens.length - numbers.length;
  if (past.length === 0 || past.length === numbers.length || keys > numbers.length - past.length)
    return tokens;
  return tokens.filter((one) => !past.includes(one));
}

/** Blank lines part the pairs: within a block a number and a key are a pair in either order. */
export function inBlocks(tokens: Token[], source: Source): Token[][] {
  const blocks: Token[][] = [];
  for (const token of tokens) {
    const block = blocks.at(-1);
    const last = block?.at(-1);
    const isNear = last && !source.lines.slice(last.line, token.line).some((line) => line.trim() === "");
    if (block && isNear) block.push(token);
    else blocks.push([token]);
  }
  const isWhole = (block: Token[]) => block.length === 2 && block[0]?.type !== block[1]?.type;
  const runs: Token[][] = [];
  let open = false;
  for (const block of blocks) {
    if (isWhole(block) || !open) runs.push(block);
    else runs.at(-1)?.push(...block);
    open = !isWhole(block);
  }
  return runs;
}
