/** Breaks Japanese text into lines and fits values into cells. Lengths are in points. */
import type { Typeface } from "./typeface-files.ts";
import { type Drawn, measure, set } from "./typefaces.ts";

export interface Line {
  characters: Drawn[];
  /** Extra space after each character so that the line is exactly as wide as the column. */
  spacing: number;
}

/** Kinsoku (JIS X 4051): what must not begin a line, and what must not end one. */
const NEVER_FIRST = new Set(
  "、。，．・：；？！ー～〜）」』】〕〉》々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ),.:;?!]}%",
);
const NEVER_LAST = new Set("（「『【〔〈《([{￥第");
/** Their right half is blank, so that a line may run over by it. */
const HALF_BLANK = new Set("、。，．）」』】〕");
/** Spacing up to here (of the size) is invisible, and no program takes it for a blank. */
const MOST_SPACING = 0.09;

/**
 * Breaks a paragraph into lines of a width; all but the last are justified. `indent` shortens the first line.
 * @throws MissingGlyphError
 */
export function breakLines(
  text: string,
  typeface: Typeface,
  size: number,
  width: number,
  indent = 0,
): Line[] {
  const characters = set(text, typeface);
  const lines: Line[] = [];
  for (let start = 0; start < characters.length; ) {
    const column = lines.length === 0 ? width - indent : width;
    const end = lineEnd(characters, start, column, size);
    const line = characters.slice(start, end);
    const last = end === characters.length;
    lines.push({ characters: line, spacing: last ? 0 : justification(line, column, size) });
    start = end;
  }
  return lines;
}

/** Where the line that begins at `start` ends: as far as it fits, then back to a place where it may break. */
function lineEnd(characters: readonly Drawn[], start: number, column: number, size: number): number {
  let end = start;
  for (let width = 0; end < characters.length; end++) {
    const one = characters[end];
    if (!one) break;
    width += advance(one, size);
    const blank = HALF_BLANK.has(one.character) ? size / 2 : 0;
    if (width - blank > column + 0.01) break;
  }
  if (end === characters.length) return end;
  for (let place = end; place > start; place--) if (mayBreakBefore(characters, place)) return place;
  return Math.max(end, start + 1);
}

function mayBreakBefore(characters: readonly Drawn[], place: number): boolean {
  const before = characters[place - 1]?.character ?? "";
  const after = characters[place]?.character ?? "";
  if (NEVER_FIRST.has(after) || NEVER_LAST.has(before)) return false;
  // Words, numbers and mail addresses stay whole.
  return !(/[\x21-\x7e]/.test(before) && /[\x21-\x7e]/.test(after));
}

function justification(line: readonly Drawn[], column: number, size: number): number {
  if (line.length < 2) return 0;
  const width = line.reduce((sum, one) => sum + advance(one, size), 0);
  const spacing = (column - width) / (line.length - 1);
  return Math.abs(spacing) > MOST_SPACING * size ? 0 : spacing;
}

function advance(one: Drawn, size: number): number {
  return (one.glyph.advanceWidth * size) / 1000;
}

/** A value set into a cell: one size for all its lines. */
export interface Fitted {
  size: number;
  lines: Line[];
}

/** Steps by which a long value shrinks: first on one line, then on two, then on as many as the cell can take. */
const STEPS = [
  { from: 1, to: 0.8, lines: 1 },
  { from: 0.82, to: 0.7, lines: 2 },
  { from: 0.7, to: 0.66, lines: 4 },
  { from: 0.64, to: 0.36, lines: 8 },
] as const;

/**
 * Fits a value into a cell: smaller down to a legible size, then on more lines.
 * @throws RangeError when even eight small lines do not hold it; MissingGlyphError
 */
export function fitCell(text: string, typeface: Typeface, size: number, width: number): Fitted {
  const natural = measure(text, typeface, 1);
  for (const step of STEPS) {
    for (let factor = step.from; factor >= step.to - 0.001; factor -= 0.02) {
      const smaller = size * factor;
      if (natural * smaller > width * step.lines) continue;
      const lines = breakLines(text, typeface, smaller, width);
      if (lines.length <= step.lines) return { size: smaller, lines };
    }
  }
  throw new RangeError(`a value of ${Array.from(text).length} characters is too long for the document`);
}
