/** Our receipt number in a letter. */
import type { Problem, ReceiptNumber } from "../terms.ts";
import { foldCode } from "../text.ts";
import { makeProblem } from "./findings.ts";
import type { Labels } from "./labels.ts";

/** Receipt numbers of a text, each once. */
function referencesIn(text: string, labels: Labels): ReceiptNumber[] {
  const found = [...foldCode(text).matchAll(new RegExp(labels.reference.source, "gu"))];
  return [...new Set(found.map((match) => `A-${match[1]}`))];
}

/** Sentences about another case, an earlier one or one that is asked after by the way. */
const withoutOtherCases = (text: string, { tokens }: Labels): string =>
  text
    .split(/(?<=[\u3002\n])/u)
    .filter((sentence) => !tokens.otherCase.test(sentence))
    .join("");

/** The one receipt number of a letter: subject and new text first, quoted text only when they have none. */
export function readReference(
  subject: string,
  fresh: string,
  quoted: string,
  labels: Labels,
): { reference: ReceiptNumber | null; problems: Problem[] } {
  const about = withoutOtherCases(fresh, labels);
  const own = [...new Set([...referencesIn(subject, labels), ...referencesIn(about, labels)])];
  const found = own.length > 0 ? own : referencesIn(quoted, labels);
  const [first] = found;
  if (found.length <= 1) return { reference: first ?? null, problems: [] };
  const detail = { read: found.join(" / "), need: "reference", sentence: "two_references" };
  return { reference: null, problems: [makeProblem(labels, "reference", "ambiguous", detail)] };
}
