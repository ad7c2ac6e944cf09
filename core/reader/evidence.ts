/** Where each value of a reading was found, for the people who have to answer for it. */
import { maskKeys } from "../guarantee/mask.ts";
import type { Evidence, Problem } from "../terms.ts";
import { foldWidth, squeeze } from "../text.ts";
import type { Finding } from "./findings.ts";
import type { Source } from "./source.ts";

/** What reading a part of a letter yields beside its values. */
export interface Report {
  problems: Problem[];
  evidence: Evidence[];
}

/** Longest piece of a letter kept as evidence of one value. */
const WRITTEN_CHARS = 120;

/** Notes what one field was read from. Keys never stand in evidence. */
export function noteEvidence<T>(
  field: string,
  finding: Finding<T> & { ok: true },
  value: string,
  report: Report,
): void {
  const { row, read } = finding;
  report.evidence.push({
    field,
    value: maskKeys(value),
    written: maskKeys(squeeze(read)).slice(0, WRITTEN_CHARS),
    place:
      row === undefined || row.source.numbers[Math.max(row.line, 0)] === 0 || row.line < 0
        ? null
        : placeOf(row.source, row.line, row.cell),
    confidence: row === undefined ? "implied" : row.prose ? "sentence" : "label",
  });
}

/** Notes where the number of a query stands; a key on its line is masked. */
export function notePair(field: string, value: string, source: Source, line: number, report: Report): void {
  const written = maskKeys(squeeze(source.lines[line] ?? "")).slice(0, WRITTEN_CHARS);
  const place = placeOf(source, line, null);
  report.evidence.push({ field, value: maskKeys(value), written, place, confidence: "label" });
}

/** Where line `line` (index) of a source stands in the document that people see. */
export function placeOf(source: Source, line: number, cell: number | null): Evidence["place"] {
  const { origin, name } = source;
  const document = origin === "attachment" || name !== "" ? name : null;
  const sheet = source.sheets.findLast(({ from }) => from <= line);
  if (source.format === "sheet") {
    const row = line - (sheet?.from ?? 0) + 1;
    return {
      origin,
      document,
      sheet: sheet?.name ?? null,
      line: row,
      column: cell === null ? null : columnName(cell),
    };
  }
  return { origin, document, sheet: null, line: source.numbers[line] ?? null, column: null };
}

/** 0 → `A`, 25 → `Z`, 26 → `AA`: how spreadsheets name their columns. */
function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}

/** What running text said gets its place: the first line of the sources that holds the words. */
export function placed(evidence: Evidence[], sources: Source[]): Evidence[] {
  return evidence.map((one) => {
    if (one.place !== null || one.written === "") return one;
    for (const source of sources) {
      const line = source.lines.findIndex((text) => squeeze(foldWidth(text)).includes(one.written));
      if (line >= 0) return { ...one, place: placeOf(source, line, null), confidence: "sentence" as const };
    }
    return one;
  });
}
