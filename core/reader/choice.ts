/** Reads one choice out of ticks, circles or plain words. */
import type { Labels } from "./labels.ts";

export type ChoiceReading<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "absent" | "ambiguous" | "unreadable" };

interface Hit<T> {
  value: T;
  start: number;
  end: number;
  /** What stands behind it turns it into its contrary. */
  negated: boolean;
}

/** The options named in a text, longest words first so that "not used" is never read as "used". */
function optionsIn<T>(text: string, options: [T, string[]][], labels: Labels): Hit<T>[] {
  const words = options.flatMap(([value, list]) =>
    list.map((word) => ({ value, word: word.normalize("NFKC") })),
  );
  words.sort((a, b) => b.word.length - a.word.length);
  const taken: Hit<T>[] = [];
  for (const { value, word } of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      const end = at + word.length;
      if (taken.some((hit) => at < hit.end && end > hit.start) || !isWhole(text, at, word, labels)) continue;
      taken.push({ value, start: at, end, negated: labels.tokens.negation.test(text.slice(end)) });
    }
  }
  return taken.sort((a, b) => a.start - b.start);
}

/** A single character such as "needed" is an option only where it is not part of another word. */
function isWhole(text: string, at: number, word: string, { tokens }: Labels): boolean {
  // "Does" is a word of its own, not the tail of another verb.
  if (tokens.verbStart.test(word)) return tokens.verbLead.test(text.slice(0, at));
  if (!tokens.loneWord.test(word)) return true;
  return !tokens.insideWord.test(text.charAt(at - 1)) && tokens.loneWordEnd.test(text.slice(at + 1));
}

/** Of two options one that is denied means the other; of several it says nothing. */
function meant<T>(hits: Hit<T>[], options: [T, string[]][]): Hit<T>[] {
  if (!hits.some((hit) => hit.negated)) return hits;
  const [yes, no] = options.map(([value]) => value);
  return hits.flatMap((hit) => {
    if (!hit.negated) return [hit];
    const isWish = typeof yes === "boolean" && hit.value === yes && no !== undefined;
    return isWish ? [{ ...hit, value: no }] : [];
  });
}

/** Does a text hold a sign that ticks or leaves open? */
export const hasMarks = (text: string, { tokens }: Labels): boolean =>
  new RegExp(`[${tokens.on}${tokens.off}]`, "u").test(text);

/** Options of which none was chosen: every box is empty, or an empty circle stands before each of them. */
export function isUnticked(raw: string, labels: Labels): boolean {
  const marks = marksIn(normaliseMarks(raw, labels), labels);
  const circles = [...raw].filter((c) => labels.tokens.circle.includes(c)).length;
  if (marks.length === 0) return false;
  return marks.every(({ on }) => !on) || (marks.length >= 2 && circles === marks.length);
}

/** Ticks written with letters become signs. */
export function normaliseMarks(text: string, labels: Labels): string {
  const [on = "", off = ""] = [labels.tokens.on[0], labels.tokens.off[0]];
  return text
    .replace(new RegExp(labels.tokens.letterTicks.source, "gu"), on)
    .replace(/\[\s*\]|\(\s*\)/gu, off)
    .replace(new RegExp(labels.tokens.looseTick.source, "gu"), `$1${on}`);
}

/**
 * The one option chosen in a text. Ticks decide where there are any; a circle counts as a tick unless a filled one
 * stands beside it. Two options without a tick, or two ticks, are ambiguous.
 */
export function readChoice<T>(raw: string, options: [T, string[]][], labels: Labels): ChoiceReading<T> {
  const text = normaliseMarks(raw, labels);
  const replaced = labels.tokens.replacedBy.exec(text);
  const body = (replaced ? text : text.replace(labels.tokens.notBut, ""))
    .replace(labels.tokens.formerly, "")
    .replace(labels.tokens.fromQuoted, "");
  const named = meant(optionsIn(body, options, labels), options);
  // "Please" is a yes of its own only where nothing else is said.
  const told = named.filter((hit) => !labels.tokens.polite.test(body.slice(hit.start, hit.end)));
  const hits = told.length > 0 ? told : named;
  const marks = marksIn(body, labels);
  if (hits.length === 0)
    return { ok: false, reason: body.replace(/[\s?()]/gu, "") === "" ? "absent" : "unreadable" };
  if (isUnticked(raw, labels)) return { ok: false, reason: "absent" };
  if (marks.length === 0 && labels.tokens.conditional.test(body)) return { ok: false, reason: "ambiguous" };
  if (marks.length === 0) {
    const values = new Set(hits.map((hit) => hit.value));
    const [hit] = hits;
    return values.size === 1 && hit ? { ok: true, value: hit.value } : { ok: false, reason: "ambiguous" };
  }
  const before = standBefore(body, marks, hits);
  if (before === null) return { ok: false, reason: "ambiguous" };
  const chosen = new Set<T>();
  for (const mark of marks) {
    const hit = before ? hits.find((h) => h.start > mark.at) : hits.findLast((h) => h.end <= mark.at);
    const between = hit ? (before ? body.slice(mark.at + 1, hit.start) : body.slice(hit.end, mark.at)) : "";
    if (
      hit &&
      mark.on &&
      !marks.some((m) => m !== mark && inRange(m.at, mark.at, hit)) &&
      between.length <= 6
    )
      chosen.add(hit.value);
  }
  const [value] = chosen;
  return chosen.size === 1 && value !== undefined ? { ok: true, value } : { ok: false, reason: "ambiguous" };
}

/**
 * Do marks stand in front of their options, or behind? The first sign tells; a single mark between two options
 * belongs to the one it touches. `null` when that is neither or both.
 */
function standBefore<T>(text: string, marks: { at: number }[], hits: Hit<T>[]): boolean | null {
  const [mark] = marks;
  const [first] = hits;
  if (!mark || !first || mark.at < first.start) return true;
  const next = hits.find((hit) => hit.start > mark.at);
  const last = hits.findLast((hit) => hit.end <= mark.at);
  if (marks.length > 1 || !next || !last) return false;
  const [behind, ahead] = [text.slice(last.end, mark.at), text.slice(mark.at + 1, next.start)];
  return behind.length === ahead.length ? null : ahead.length < behind.length;
}

function inRange<T>(at: number, mark: number, hit: Hit<T>): boolean {
  return at > Math.min(mark, hit.start) && at < Math.max(mark, hit.start);
}

/**
 * Signs that tick or leave open, in order. Empty circles are ticks only where no filled sign is used, and never beside a
 * numeral: there they are zeros (町道二三〇号線).
 */
export function marksIn(text: string, labels: Labels): { at: number; on: boolean }[] {
  const marks: { at: number; on: boolean }[] = [];
  const { on, off, circle } = labels.tokens;
  const filled = [...text].some((c) => on.includes(c));
  for (let at = 0; at < text.length; at += 1) {
    const c = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (on.includes(c)) marks.push({ at, on: true });
    else if (off.includes(c) || c === "×") marks.push({ at, on: false });
    else if (circle.includes(c) && !isZero(text, at, labels)) marks.push({ at, on: !filled });
  }
  return marks;
}

function isZero(text: string, at: number, { tokens }: Labels): boolean {
  const isFigure = (c: string) => c !== "" && (tokens.numeral.test(c) || tokens.circle.includes(c));
  const [before, behind] = [text.charAt(at - 1), text.charAt(at + 1)];
  // In front of an option that begins with a numeral, as a single payment does, it is a tick.
  return isFigure(before) || (isFigure(behind) && /[\p{L}\p{N}]/u.test(before));
}

/**
 * A text field that offers options with ticks: the ticked stretch; `null` when none or several are ticked. In free text
 * a circle inside a word is a letter of it.
 */
export function tickedText(raw: string, labels: Labels): string | null {
  const text = normaliseMarks(raw, labels);
  const inWord = (at: number) =>
    labels.tokens.circle.includes(text.charAt(at)) && /[\p{L}\p{N}]/u.test(text.charAt(at - 1));
  const marks = marksIn(text, labels).filter(({ at }) => !inWord(at));
  if (marks.length === 0) return raw;
  const chosen = marks.flatMap((mark, i) =>
    mark.on ? [text.slice(mark.at + 1, marks[i + 1]?.at ?? text.length).trim()] : [],
  );
  const [only = ""] = chosen;
  // One of several options has the circle, the others stand behind it without one.
  if (chosen.length === 1 && marks.length === 1 && /\s{2,}/u.test(only))
    return only.split(/\s{2,}/u)[0] ?? null;
  return chosen.length === 1 ? (chosen[0] ?? null) : null;
}
