import { foldCode } from "../text.ts";
import { foldAuthKey, isAuthKey, KEY_LENGTH } from "./auth-key.ts";

/**
 * Hides authentication keys in texts that come from letters, before they are kept in the clear or shown in Slack. A
 * word that is masked by mistake is a smaller harm than a key in a channel or in a log that cannot be rewritten.
 */

const MASK = "\u25CF".repeat(KEY_LENGTH);
/** A letter or digit of any width. */
const ANY = "[A-Za-z0-9\\uFF10-\\uFF19\\uFF21-\\uFF3A\\uFF41-\\uFF5A]";
/** What hands put between the groups of a key: spaces, dashes, dots, underscores. */
const GAP = "[ \\t\\u3000\\-_.\\u00B7\\u2010-\\u2015\\u2212\\u30FB\\u30FC\\uFF0D\\uFF0E\\uFF3F\\uFF65]";
/** Marks without width carry no meaning and may hide a key from the patterns below. */
const WITHOUT_WIDTH = /[\u00AD\u200B-\u200F\u2060\uFEFF]/g;

/** Twelve characters in equal groups of one, two, three, four or six. */
const GROUPED = [1, 2, 3, 4, 6].map(
  (size) =>
    new RegExp(
      `(?<!${ANY})${ANY}{${size}}(?:${GAP}{1,3}${ANY}{${size}}){${KEY_LENGTH / size - 1}}(?!${ANY})`,
      "g",
    ),
);
/** Twelve characters on their own. */
const RUN = new RegExp(`(?<!${ANY})${ANY}{${KEY_LENGTH}}(?!${ANY})`, "g");
/** The end of a line and the beginning of the next, quote marks included. */
const BREAK = `${GAP}{0,3}\\r?\\n(?:${GAP}|[>\\uFF1E|]){0,6}`;
/** Twelve characters that a line's end broke anywhere, or their groups with lines' ends among the gaps. */
const BROKEN = [
  ...Array.from(
    { length: KEY_LENGTH - 1 },
    (_, at) => `${ANY}{${at + 1}}${BREAK}${ANY}{${KEY_LENGTH - at - 1}}`,
  ),
  ...[2, 3, 4, 6].map(
    (size) => `${ANY}{${size}}(?:(?:${GAP}{1,3}|${BREAK})${ANY}{${size}}){${KEY_LENGTH / size - 1}}`,
  ),
].map((pattern) => new RegExp(`(?<!${ANY})${pattern}(?!${ANY})`, "g"));
/** A long run of capitals and digits, in which a key may stand without a space around it. */
const CAPITALS = /[A-Z0-9\uFF10-\uFF19\uFF21-\uFF3A]{13,}/g;

/** The text with everything that could be a key replaced by twelve dots. */
export function maskKeys(text: string): string {
  let masked = text.replace(WITHOUT_WIDTH, "");
  for (const pattern of GROUPED) masked = masked.replace(pattern, (group) => (isDrawn(group) ? MASK : group));
  // Over two lines only a right check character tells: what ends one line and begins the next often looks drawn.
  for (const pattern of BROKEN)
    masked = masked.replace(pattern, (group) =>
      isAuthKey(foldAuthKey(foldCode(group).replace(/[^A-Za-z0-9]/g, ""))) ? MASK : group,
    );
  masked = masked.replace(RUN, (run) => (isDrawn(run) ? MASK : run));
  return masked.replace(CAPITALS, maskInside);
}

/** A key by its check character; else what looks drawn by lot: ordinary words are one case, ordinary figures digits only. */
function isDrawn(group: string): boolean {
  const characters = foldCode(group).replace(/[^A-Za-z0-9]/g, "");
  if (isAuthKey(foldAuthKey(characters))) return true;
  const groups = foldCode(group).split(/[^A-Za-z0-9]+/).length;
  if (/^\d+$/.test(characters) || ![1, 3].includes(groups)) return false;
  return /\d/.test(characters) || !/^[A-Za-z][a-z]+$/.test(characters);
}

/** Inside a longer run only a right check character tells. */
function maskInside(run: string): string {
  for (let at = 0; at + KEY_LENGTH <= run.length; at++) {
    if (isAuthKey(foldCode(run.slice(at, at + KEY_LENGTH))))
      return run.slice(0, at) + MASK + maskInside(run.slice(at + KEY_LENGTH));
  }
  return run;
}
