import { foldAuthKey, isAuthKey, KEY_LENGTH } from "../core/guarantee/auth-key.ts";
import { foldCode } from "../core/text.ts";

/** Twelve letters and digits of any width, in one run or in groups of four, and nothing of the kind on either side. */
const CHARACTER = "[A-Za-z0-9\\uFF10-\\uFF19\\uFF21-\\uFF3A\\uFF41-\\uFF5A]";
const GAP = "[ \\-\\u2010-\\u2015\\u2212\\u3000\\uFF0D]?";
const RUN = new RegExp(`(?<!${CHARACTER})${CHARACTER}{4}(?:${GAP}${CHARACTER}{4}){2}(?!${CHARACTER})`, "g");
const MASK = "\u25CF".repeat(KEY_LENGTH);

/** Ordinary words are one case with at most a capital in front, ordinary figures are digits only. */
function looksDrawn(run: string): boolean {
  if (isAuthKey(foldAuthKey(run))) return true;
  const characters = foldCode(run).replace(/[^A-Za-z0-9]/g, "");
  if (/^\d+$/.test(characters)) return false;
  return /\d/.test(characters) || !/^[A-Za-z][a-z]+$/.test(characters);
}

/**
 * Replaces everything in a text that could be an authentication key by twelve dots. Texts from letters pass through
 * here before Slack sees them; a title that is masked by mistake is a smaller harm than a key in a channel.
 */
export function maskKeys(text: string): string {
  return text.replace(RUN, (run) => (looksDrawn(run) ? MASK : run));
}
