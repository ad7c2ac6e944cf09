/** Tables drawn with nothing but spaces or commas: a header line of labels, and lines of as many values below it. */
import { foldWidth } from "../text.ts";
import { hasMarks } from "./choice.ts";
import { matchLabel } from "./label-match.ts";
import type { FieldName, Labels } from "./labels.ts";
import type { Source } from "./source.ts";

/** Columns are parted by more than a single space, full-width or not; records of a program by commas. */
const GAPS = /(?:[ \u3000\u00A0]{2,}|\u3000)/u;
const WIDE_GAP = /[ \u3000\u00A0]{2,}/u;
const COMMA = /,/u;
/** The heading of the rows' numbers, a single space before the first of the labels. */
const ROW_NUMBER_HEAD = /^(?:No\.?|#)\s(?=\p{Script=Han})/iu;

type Splitter = (line: string) => string[];
const bySpaces: Splitter = (line) => line.trim().replace(ROW_NUMBER_HEAD, "").split(WIDE_GAP);
const byCommas: Splitter = (line) =>
  line
    .trim()
    .split(COMMA)
    .map((cell) => cell.trim());

/** The source with such tables as cells parted by tabs; all else stays as it is. */
export function withAlignedTables(source: Source, labels: Labels): Source {
  if (source.format === "sheet") return source;
  const lines = [...source.lines];
  for (let at = 0; at < lines.length; at += 1) {
    const head = foldWidth(lines[at] ?? "");
    const split = headerSplitter(head, labels);
    if (split !== null) at = fold(lines, at, split, labels);
  }
  return { ...source, lines };
}

/** How a header's columns are parted; `null` when the line is none. */
function headerSplitter(line: string, labels: Labels): Splitter | null {
  if (line.includes("\t") || line.includes("|")) return null;
  if (isHeader(byCommas(line), labels, 3)) return byCommas;
  return GAPS.test(line) && isHeader(bySpaces(line), labels, 2) ? bySpaces : null;
}

/** Nothing but labels, or a label for the items and the states before and after a change. */
function isHeader(cells: string[], labels: Labels, least: number): boolean {
  const { oldCell, newCell, itemHead } = labels.tokens;
  const isChange =
    cells.length >= 2 &&
    cells.some((cell) => newCell.test(bare(cell))) &&
    cells.some((cell) => oldCell.test(bare(cell)));
  if (isChange)
    return cells.every((cell) => newCell.test(bare(cell)) || oldCell.test(bare(cell)) || itemHead.test(cell));
  // Products side by side over their values.
  const isProducts = cells.length >= 3 && cells.slice(1).every((cell) => isLabel(cell, labels, "product"));
  if (isProducts && (itemHead.test(cells[0] ?? "") || isLabel(cells[0] ?? "", labels))) return true;
  const named = cells.map((cell) => isLabel(cell, labels));
  return cells.length >= least && named.every(Boolean) && !cells.some((cell) => /\d{2}/u.test(cell));
}

const bare = (cell: string): string => cell.replace(/[()[\]\u3010\u3011]/gu, "");

function isLabel(cell: string, labels: Labels, field?: FieldName): boolean {
  const match = matchLabel(cell, 0, labels);
  if (match === null || cell.slice(match.end).trim() !== "") return false;
  return field === undefined || match.target.field === field;
}

/** A number in front of each row has no heading; a long label may come close to its value. */
function fitted(cells: string[], width: number, labels: Labels): string[] {
  if (cells.length === width + 1 && /^\d{1,3}$/u.test(cells[0] ?? "")) return cells.slice(1);
  const [first = "", ...others] = cells;
  const end = cells.length === width - 1 ? (matchLabel(first, 0, labels)?.end ?? 0) : 0;
  return end > 0 && /^\s\S/u.test(first.slice(end))
    ? [first.slice(0, end), first.slice(end).trim(), ...others]
    : cells;
}

/** Boxes beside each other are the options of one cell. */
function withOptionsTogether(cells: string[], labels: Labels): string[] {
  const joined: string[] = [];
  cells.forEach((cell, i) => {
    const before = joined.at(-1);
    const isOption =
      i > 1 &&
      before !== undefined &&
      hasMarks(cell.slice(0, 1), labels) &&
      hasMarks(before.slice(0, 1), labels);
    if (isOption) joined[joined.length - 1] = `${before} ${cell}`;
    else joined.push(cell);
  });
  return joined;
}

/** Turns header and rows into cells. Returns the index of the last line that belongs to the table. */
function fold(lines: string[], at: number, split: Splitter, labels: Labels): number {
  const head = split(foldWidth(lines[at] ?? ""));
  const isChange = head.some((cell) => labels.tokens.newCell.test(bare(cell)));
  const width = isChange ? 3 : head.length;
  const rows: [number, string[]][] = [];
  let last = at;
  for (let i = at + 1; i < lines.length; i += 1) {
    const line = foldWidth(lines[i] ?? "");
    if (line.trim() === "") break;
    if (labels.tokens.ruleLine.test(line)) continue;
    const cells = withOptionsTogether(split(line), labels).filter(
      (cell) => !labels.tokens.arrowCell.test(cell),
    );
    const fitting = fitted(cells, width, labels);
    if (fitting.length !== width) break;
    rows.push([i, fitting]);
    last = i;
  }
  if (rows.length === 0) return at;
  const heading = isChange && head.length === 2 ? ["", ...head] : head;
  lines[at] = heading.map((cell) => (isChange ? bare(cell) : cell)).join("\t");
  for (const [i, cells] of rows) lines[i] = cells.join("\t");
  for (let i = at + 1; i < last; i += 1)
    if (labels.tokens.ruleLine.test(foldWidth(lines[i] ?? ""))) lines[i] = "||";
  return last;
}
