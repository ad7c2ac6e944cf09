/** The cells of a table line: what each says once dittos, units of their own and examples are seen to. */
import type { Labels } from "./labels.ts";
import type { TableState } from "./tables.ts";

/** The cells of a table line, trimmed. */
const writtenCells = (text: string): string[] => {
  const cells = text.includes("\t")
    ? text.split("\t")
    : text
        .trim()
        .replace(/^\||\|$/g, "")
        .split("|");
  return cells.map((cell) => cell.trim());
};

/** How merged cells are written by `mail/letter`: nothing stands there. */
const DITTO = "〃";

/** The cells of a table line; one that only goes on with the cell above is empty. */
export const cellsOf = (text: string): string[] =>
  writtenCells(text).map((cell) => (cell === DITTO ? "" : cell));

/** "The same as on the left", or as above, says what stands there; outside a list there is nothing above. */
function withDittos(cells: string[], { above, columns }: TableState, { tokens }: Labels): string[] {
  for (let i = 0; i < cells.length; i += 1) {
    const cell = cells[i] ?? "";
    if (i > 0 && tokens.dittoCell.test(cell)) cells[i] = cells[i - 1] ?? "";
    if (tokens.dittoAbove.test(cell)) cells[i] = columns === null ? "" : (above?.[i] ?? "");
  }
  return cells;
}

/** An amount and its unit in cells of their own are one; a unit without an amount is none. */
function withUnits(cells: string[], { tokens }: Labels): string[] {
  const isAmount = (cell: string | undefined) => cell !== undefined && tokens.bareAmountCell.test(cell);
  for (let i = 1; i < cells.length; i += 1) {
    const unit = tokens.unitOnly.exec(cells[i] ?? "")?.[1];
    if (unit === undefined) continue;
    const at = isAmount(cells[i - 1]) ? i - 1 : isAmount(cells[i + 1]) ? i + 1 : null;
    if (at !== null) cells[at] = `${cells[at]}${unit}`;
    cells[i] = "";
  }
  return cells;
}

/** A column of examples beside the entries holds nobody's values, as a sample sheet does not. */
function withoutSamples(cells: string[], state: TableState, { tokens }: Labels): string[] {
  const heads = cells.flatMap((cell, i) => (tokens.sampleHead.test(cell) ? [i] : []));
  const isHead = heads.length > 0 && cells.filter((cell) => cell !== "").length >= 2;
  if (isHead && !cells.some((cell) => /\d{2}/u.test(cell))) state.samples = heads;
  return state.samples === undefined
    ? cells
    : cells.map((cell, i) => (state.samples?.includes(i) ? "" : cell));
}

/** The cells of a line as the rows are made from them. */
export function meantCells(text: string, state: TableState, labels: Labels): string[] {
  const written = withDittos(withoutSamples(writtenCells(text), state, labels), state, labels);
  state.above = [...written];
  return withUnits(written, labels);
}
