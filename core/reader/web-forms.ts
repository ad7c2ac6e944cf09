/** Lines of web forms: labels that list their options or ask a question, and answers of programs. */
import { foldWidth } from "../text.ts";
import { matchLabel } from "./label-match.ts";
import type { FieldName, Labels } from "./labels.ts";

/** What is answered with yes or no. */
const CHOICES: FieldName[] = [
  "product",
  "redeposit",
  "completionNotice",
  "directSubmission",
  "paperFeeStatement",
];
const OPTIONS = /^([^():\t]{1,30})\(([^()]*[/\u30FB\u3001,|][^()]*)\)\s*(:|\t+)\s*(.*)$/u;
/** Longer lines are paragraphs. */
const LINE_CHARS = 120;

/** The line with a plain label and a plain answer; any other line stays as it is. */
export function asFormLine(raw: string, labels: Labels): string {
  if (raw.length > LINE_CHARS) return raw;
  const { tokens, answers } = labels;
  const line = foldWidth(raw);
  // Behind another value it is said in words what is a label elsewhere.
  const isMarked = [...line].some((c) => (tokens.on + tokens.off + tokens.circle).includes(c));
  const isOnce = line.split(answers.redeposit).length === 2;
  if (!isMarked && isOnce && tokens.redepositSaid.test(line))
    return line.replace(tokens.redepositSaid, `${answers.redeposit}:$1`);
  if (!/[:\t]/u.test(line)) return raw;
  return answered(withoutOptions(line, labels) ?? line, labels) ?? withoutOptions(line, labels) ?? raw;
}

/** Options in brackets inside a label are what may be chosen, not what was: that stands behind the colon. */
function withoutOptions(line: string, { tokens }: Labels): string | null {
  const [, label = "", options = "", separator = "", value = ""] = OPTIONS.exec(line) ?? [];
  if (label === "" || [...options].some((c) => (tokens.on + tokens.off + tokens.circle).includes(c)))
    return null;
  const isOneOf = options
    .split(/[/\u30FB\u3001,|]/u)
    .some((one) => one.trim() !== "" && value.includes(one.trim()));
  return value.trim() === "" || isOneOf ? `${label}${separator}${value}` : null;
}

/** "Do you want X?: no", "X: false" → "X: no" in the word that every choice knows. */
function answered(line: string, labels: Labels): string | null {
  const [, asked = "", said = ""] = /^([^:\t]*?)\s*(?::|\t+)\s*(\S{1,6})\s*$/u.exec(line) ?? [];
  const answer = labels.tokens.answerYes.test(said)
    ? labels.answers.yes
    : labels.tokens.answerNo.test(said)
      ? labels.answers.no
      : null;
  const label = asked.replace(labels.tokens.questionTail, "");
  const match = answer === null ? null : matchLabel(label, 0, labels);
  if (match === null || !CHOICES.includes(match.target.field) || label.slice(match.end).trim() !== "")
    return null;
  return `${label}:${answer}`;
}
