/** The framed table of labels and values that both documents share. */
import { type Fitted, fitCell } from "./lines.ts";
import { PAGE, type Page } from "./page.ts";
import { type LabelBox, labelFont, type PdfFont } from "./pdf-font.ts";
import type { Typeface } from "./typeface-files.ts";
import { face } from "./typefaces.ts";

/** Label column, then value column; labels are spread over one width. */
const LABEL_COLUMN = 130;
const LABEL_INSET = 14;
const VALUE_INSET = 12;
const LABEL: LabelBox = {
  size: 10.5,
  width: LABEL_COLUMN - 2 * LABEL_INSET,
  reach: LABEL_COLUMN - LABEL_INSET + VALUE_INSET - 4,
};
const LEADING = 1.3;
/** From the middle of a character down to its baseline, of the size. */
const DROP = 0.37;

export interface Row {
  label: string;
  value: string;
  typeface?: Typeface;
  size?: number;
  /** Height in points; a value of several lines makes the row higher. */
  height?: number;
}

/** The label font of each document, made when it is first drawn. */
const fonts = new WeakMap<readonly string[], PdfFont>();

interface PlacedRow {
  row: Row;
  fitted: Fitted;
  height: number;
}

/** Rows fitted into their cells, ready to be drawn. @throws MissingGlyphError, RangeError (see `fitCell`) */
export function placeRows(rows: readonly Row[]): { rows: PlacedRow[]; height: number } {
  const width = PAGE.right - PAGE.left - LABEL_COLUMN - 2 * VALUE_INSET;
  const placed = rows.map((row) => {
    const fitted = fitCell(row.value, row.typeface ?? "mincho", row.size ?? 11.5, width);
    const text = fitted.lines.length * fitted.size * LEADING;
    return { row, fitted, height: Math.max(row.height ?? 29, text + 11) };
  });
  return { rows: placed, height: placed.reduce((sum, { height }) => sum + height, 0) };
}

/**
 * Draws placed rows from `top` and returns the bottom. `labels`: all labels the document knows, always the same array;
 * they are spread evenly.
 */
export function drawTable(
  page: Page,
  rows: readonly PlacedRow[],
  labels: readonly string[],
  top: number,
): number {
  const font = fonts.get(labels) ?? labelFont(face("gothic"), labels, LABEL);
  fonts.set(labels, font);
  const width = PAGE.right - PAGE.left;
  const bottom = rows.reduce((y, { height }) => y + height, top);
  page.shade(PAGE.left, top, LABEL_COLUMN, bottom - top, "#f1f1f1");
  let y = top;
  for (const [index, placed] of rows.entries()) {
    if (index > 0) page.rule(PAGE.left, y, PAGE.right, y, 0.5);
    drawRow(page, placed, font, y);
    y += placed.height;
  }
  page.rule(PAGE.left + LABEL_COLUMN, top, PAGE.left + LABEL_COLUMN, bottom, 0.5);
  page.frame(PAGE.left, top, width, bottom - top, 1.1);
  return bottom;
}

/** The label stands level with the first line of the value, so that programs, too, see them as one line. */
function drawRow(page: Page, { row, fitted, height }: PlacedRow, labels: PdfFont, top: number): void {
  const { size, lines } = fitted;
  const leading = size * LEADING;
  const middle = top + height / 2 - ((lines.length - 1) * leading) / 2;
  page.label(row.label, labels, PAGE.left + LABEL_INSET, middle + LABEL.size * DROP, LABEL.size);
  const style = { typeface: row.typeface ?? "mincho", size };
  for (const [index, line] of lines.entries()) {
    page.line(line, PAGE.left + LABEL_COLUMN + VALUE_INSET, middle + size * DROP + index * leading, style);
  }
}
