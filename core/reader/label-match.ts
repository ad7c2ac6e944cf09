/** Finds labels in a line: at its start, letter-spaced or numbered, and inside sentences. */
import { compactCharacter, compactLabel, type Labels, type LabelTarget, withoutSlips } from "./labels.ts";

export interface LabelMatch {
  target: LabelTarget;
  /** A word that is a label only before a separator or alone in a cell. */
  weak: boolean;
  /** Where the label starts and where what follows label, brackets and `required` marks begins. */
  start: number;
  end: number;
  qualifier: string;
}

/** Skips bullets, numbering and an opening bracket in front of a label. */
function skipDecoration(text: string, from: number, labels: Labels): number {
  let at = from;
  for (;;) {
    const rest = text.slice(at);
    const skipped = labels.tokens.decoration.exec(rest)?.[0] ?? labels.tokens.numbering.exec(rest)?.[0] ?? "";
    if (skipped !== "") at += skipped.length;
    else return at;
  }
}

/** The longest label at `from` (bullets skipped, spaces inside ignored), or `null`. Says nothing of what follows it. */
export function matchLabel(text: string, from: number, labels: Labels): LabelMatch | null {
  for (const start of new Set([skipSpaces(text, from), skipDecoration(text, from, labels)])) {
    const plain = longestAt(text, start, labels);
    const polite = labels.tokens.honorific.test(text[start] ?? "")
      ? longestAt(text, start + 1, labels)
      : null;
    const found = plain !== null && plain.end >= (polite?.end ?? 0) ? plain : polite;
    if (found) return { ...found, start };
  }
  return null;
}

const skipSpaces = (text: string, from: number): number =>
  from + (/^\s*/u.exec(text.slice(from))?.[0].length ?? 0);

function longestAt(text: string, start: number, labels: Labels): LabelMatch | null {
  let at = start;
  const bracketed = labels.tokens.openBrackets.includes(text[at] ?? " ");
  if (bracketed) at += 1;
  let compact = "";
  const ends: number[] = [];
  for (let i = at; i < text.length && compact.length < labels.longestLabel; i += 1) {
    const c = text[i] ?? "";
    if (/\s/u.test(c)) {
      if (compact === "") return null;
      continue;
    }
    compact += compactCharacter(c);
    ends.push(i + 1);
  }
  compact = withoutSlips(compact, labels);
  let spread: LabelMatch | null = null;
  for (let length = compact.length; length > 0; length -= 1) {
    const target = labels.dictionary.get(compact.slice(0, length));
    let end = ends[length - 1];
    let inside = "";
    if (!target || end === undefined) continue;
    if (bracketed) {
      const close = new RegExp(
        `^[^\\s]{0,12}?[${labels.tokens.closeBrackets.replace(/[\]\\]/g, "\\$&")}]`,
        "u",
      ).exec(text.slice(end));
      if (!close) continue;
      const inner = close[0].slice(0, -1);
      const within = /^(?:\(([^()]*)\)|[\u30FB,/](.+))$/u.exec(inner)?.slice(1).find(Boolean) ?? "";
      const isQualified = within !== "" && isNoise(within, labels);
      if (
        inner !== "" &&
        !isQualified &&
        !(target.field === "product" && labels.productHeaderTail.test(inner))
      )
        continue;
      inside = isQualified ? within : "";
      end += close[0].length;
    }
    // "Redeposit  used not": a longer label over the gap has eaten into the value when a word goes on behind it.
    const eats = /\S\s+\S/u.test(text.slice(at, end)) && /^[\p{L}\p{N}]/u.test(text.slice(end));
    if (spread !== null && (eats || !/^\s/u.test(text.slice(end)))) continue;
    const behind = readQualifier(text, end, labels);
    const weak = !bracketed && labels.weak.has(compact.slice(0, length));
    const qualifier = [inside, behind.qualifier].filter((part) => part !== "").join(" ");
    const match = { target, weak, start, end: behind.end, qualifier };
    if (!eats) return match;
    spread = match;
  }
  return spread;
}

/** Remarks on how to fill a field in, one or several. */
const isNoise = (text: string, { qualifiers }: Labels): boolean =>
  text !== "" && text.split(/[\u30FB\u3001,/\s]/u).every((part) => qualifiers.noise.test(part));

/** Brackets and `required` marks directly behind a label. */
function readQualifier(text: string, from: number, labels: Labels): { end: number; qualifier: string } {
  let end = from;
  const parts: string[] = [];
  for (;;) {
    const rest = text.slice(end);
    const bracket = /^\s*[([]([^()[\]]{1,24})[)\]]/u.exec(rest);
    const inner = bracket?.[1]?.replace(/\s/gu, "") ?? "";
    const required = new RegExp(`^\\s*(?:${labels.tokens.required.source})(?=\\s|$|:)`, "u").exec(rest);
    const isName =
      labels.dictionary.has(compactLabel(inner)) &&
      /^(?:\s|[:=]|$)/u.test(rest.slice(bracket?.[0].length ?? 0));
    if (bracket && (isNoise(inner, labels) || isName)) {
      parts.push(inner);
      end += bracket[0].length;
    } else if (required) end += required[0].length;
    else return { end, qualifier: parts.join(" ") };
  }
}
