/** Values that go on below their label: what belongs to them, what does not, and what nobody can tell. */
import { isBrokenDay } from "../dates.ts";
import { foldWidth } from "../text.ts";
import { matchLabel } from "./label-match.ts";
import type { Labels } from "./labels.ts";
import { LINE_CHARS, type Line, type Row } from "./source.ts";

/** `doubtful`: it may or may not be part of the value, so that the value is not known. */
export type Continuation = { text: string } | "doubtful" | null;

/** Columns by which a further line is indented beyond its label to be part of the value for certain. */
const DEEP_INDENT = 4;

/** What a line without a label means for the text value above it. */
export function continuationOf(text: string, open: Row, labelIndent: number, labels: Labels): Continuation {
  const line = text.trim();
  if (open.prose || open.value === "" || !isFragment(line, labels)) return null;
  const indent = /^\s*/u.exec(text)?.[0].length ?? 0;
  if (open.field === "worksTitle")
    return ofTitle(line, open.value, indent >= labelIndent + DEEP_INDENT, labels);
  if (open.field === "ordererName" || open.field === "jointVentureName") {
    if (indent >= labelIndent + DEEP_INDENT) return { text: line };
    return !labels.tokens.nameEnd.test(open.value) && labels.tokens.nameTail.test(line) ? "doubtful" : null;
  }
  if (open.field === "depositBank" && labels.tokens.branchTail.test(line))
    return labels.tokens.branchTail.test(open.value.replace(/\s/gu, "")) ? null : { text: ` ${line}` };
  return null;
}

function ofTitle(line: string, title: string, isDeep: boolean, labels: Labels): Continuation {
  if (labels.tokens.andOthers.test(line)) return "doubtful";
  const { titleEnd, titleMore, titlePart, sureTitlePart, noTitlePart } = labels.tokens;
  const joined = { text: /\w$/u.test(title) && /^\w/u.test(line) ? ` ${line}` : line };
  if (isDeep || titleMore.test(title) || hasOpenBracket(title)) return joined;
  if (titlePart.test(line)) {
    if (sureTitlePart.test(line)) return joined;
    return noTitlePart.test(line) ? null : "doubtful";
  }
  if (!titleEnd.test(title)) return titleEnd.test(title + line) ? joined : "doubtful";
  return titleEnd.test(line) ? "doubtful" : null;
}

/** A piece of a name or title: no sentence, no heading, no item of a list, no label that we do not know. */
const isFragment = (line: string, labels: Labels): boolean =>
  !labels.tokens.sentenceLine.test(line) &&
  !labels.tokens.decoration.test(line) &&
  !labels.tokens.numbering.test(line) &&
  !labels.tokens.headerLine.test(line) &&
  !labels.mentions.signatureLine.test(line) &&
  !labels.mentions.signatureStart.some((rule) => rule.test(line)) &&
  !/[:=@]|\S\s{2,}\S/u.test(line);

const hasOpenBracket = (text: string): boolean =>
  (text.match(/[([「『]/gu)?.length ?? 0) > (text.match(/[)\]」』]/gu)?.length ?? 0);

/** Columns between which mail programs and people break lines of running text. */
const NARROWEST = 56;
const WIDEST = 84;
/** So much hiragana makes a line running text rather than a list. */
const LEAST_HIRAGANA = 5;

/** Running text whose lines were broken to a width, put together again. Forms, lists and tables stay as they are. */
export function joinBrokenLines(lines: Line[], labels: Labels): Line[] {
  const joined: Line[] = [];
  let last = "";
  for (const line of lines) {
    const before = joined.at(-1);
    const fits = before !== undefined && before.text.length + line.text.length <= LINE_CHARS;
    if (fits && goesOn(last, line.text, labels))
      joined[joined.length - 1] = { ...before, text: before.text + line.text };
    else joined.push(line);
    last = line.text;
  }
  return joined;
}

function goesOn(line: string, next: string, labels: Labels): boolean {
  // A day is broken in no other way than by a mail program.
  if (isBrokenDay(foldWidth(line), foldWidth(next))) return true;
  const columns = columnsOf(line);
  if (columns < NARROWEST || columns > WIDEST || next.trim() === "" || /^\s/u.test(next)) return false;
  // A bracket that opens on one line and closes on the next is broken in the middle.
  if (hasOpenBracket(foldWidth(line)) && /^[^()\u300C\u300D]*[)\u300D]/u.test(foldWidth(next))) return true;
  if (/\t/u.test(line + next) || (line.match(/\p{Script=Hiragana}/gu)?.length ?? 0) < LEAST_HIRAGANA)
    return false;
  const folded = foldWidth(line);
  const below = foldWidth(next);
  if (labels.tokens.sentenceLine.test(lastClause(folded)) || /[.!?:]$/u.test(folded)) return false;
  if (labels.tokens.decoration.test(below) || labels.tokens.numbering.test(below)) return false;
  if (/^\s*\(/u.test(folded) || labels.tokens.circled.test(next) || /^[【[<]|^\d{5}-\d/u.test(below))
    return false;
  return !startsRow(folded, labels) && !startsRow(below, labels);
}

/** What stands behind the last full stop; empty when the line ends with one. */
const lastClause = (line: string): string =>
  /\u3002\s*$/u.test(line) ? line : line.replace(/^.*\u3002/u, "");

function startsRow(text: string, labels: Labels): boolean {
  const match = matchLabel(text, 0, labels);
  if (match === null) return false;
  const rest = text.slice(match.end);
  return rest.trim() === "" || /^\s/u.test(rest) || labels.tokens.separator.test(rest);
}

/** Width in a fixed-pitch typeface: ASCII and half-width kana take one column, all else two. */
const columnsOf = (text: string): number =>
  [...text].reduce((sum, c) => sum + (/[\u0020-\u007e\uff61-\uff9f]/u.test(c) ? 1 : 2), 0);
