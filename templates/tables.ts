/** Aligned tables in plain text. Japanese letters are read in fixed width, where a full-width character fills two columns. */

/** Latin-1 signs that Japanese fonts draw full width. */
const AMBIGUOUS = "×÷±§¶°";

/** Columns that a text fills (Unicode Standard Annex 11, simplified to the characters of Japanese letters). */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (isVariationSelector(code)) continue;
    const half = (code < 0x2000 && !AMBIGUOUS.includes(character)) || (code >= 0xff61 && code <= 0xff9f);
    columns += half ? 1 : 2;
  }
  return columns;
}

function isVariationSelector(code: number): boolean {
  return (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
}

/** Pads to a width with full-width spaces, and one half-width space where the width is odd. */
function padColumns(text: string, columns: number): string {
  const missing = Math.max(0, columns - columnsOf(text));
  return text + "\u3000".repeat(Math.floor(missing / 2)) + " ".repeat(missing % 2);
}

/** Rows of label and value, the values in one column; a value of several lines keeps its column. */
export function labelled(rows: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([label]) => columnsOf(label)));
  const indent = "\u3000".repeat(Math.ceil(width / 2) + 1);
  return rows
    .map(
      ([label, value]) =>
        `${padColumns(label, width + (width % 2))}\u3000${value.replaceAll("\n", `\n${indent}`)}`,
    )
    .join("\n");
}

/** Rows of cells, each column as wide as its widest cell. */
export function grid(rows: readonly (readonly string[])[]): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => {
    const widest = Math.max(...rows.map((row) => columnsOf(row[at] ?? "")));
    return widest + (widest % 2);
  });
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : padColumns(cell, widths[at] ?? 0)))
        .join("\u3000"),
    )
    .join("\n");
}
