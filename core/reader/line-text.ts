/** A line as the reader looks at it. */
import { foldWidth } from "../text.ts";
import type { Labels } from "./labels.ts";

/** Strokes that people draw between the cells of a table. */
const CELL_STROKE = /[\u2502\u2503\u2551\u2506\u2507\u250A\u250B\u00A6]/gu;

/** A star at the end of a label says that it must be filled in. */
const REQUIRED_MARK = /(?<=\S)\s*\*\s*$/u;

/** Width-folded, without what only decorates: strokes of a frame, circled numbers, marks of required fields. */
export function lineText(raw: string, labels: Labels): string {
  const strokes = raw.replace(CELL_STROKE, "|").replace(/^\s*\|(?!.*\|)/u, "");
  return foldWidth(strokes.replace(labels.tokens.circled, ITEM))
    .replace(/[^\S\t]+$/u, "")
    .replace(REQUIRED_MARK, "");
}

/** Stands where a circled number stood. */
const ITEM = "\u30FB";
