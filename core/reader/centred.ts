/** Forms whose label stands in the middle of a value of two lines, as a printed table centres it. */
import { foldWidth } from "../text.ts";
import { matchLabel } from "./label-match.ts";
import type { Labels } from "./labels.ts";
import type { Source } from "./source.ts";

const opens = (text: string): number => (text.match(/\(/g)?.length ?? 0) - (text.match(/\)/g)?.length ?? 0);

/**
 * The lines of a document, such a value put behind its label. A bracket that opens above the label and closes below it
 * is the sign: nothing else is moved.
 */
export function withCentredLabels(source: Source, labels: Labels): Source {
  if (source.origin !== "attachment" || source.format !== "text") return source;
  const lines = [...source.lines];
  for (let at = 1; at < lines.length - 1; at += 1) {
    const [above, label, below] = [lines[at - 1] ?? "", lines[at] ?? "", lines[at + 1] ?? ""].map(foldWidth);
    if (above === undefined || label === undefined || below === undefined) continue;
    if (opens(above) !== 1 || opens(below) !== -1 || !isLone(label, labels)) continue;
    if (matchLabel(above, 0, labels) !== null) continue;
    lines[at] = `${label.trim()}  ${above.trim()}${below.trim()}`;
    lines[at - 1] = "";
    lines[at + 1] = "";
  }
  return { ...source, lines };
}

function isLone(line: string, labels: Labels): boolean {
  const match = matchLabel(line, 0, labels);
  return match !== null && line.slice(match.end).trim() === "";
}
