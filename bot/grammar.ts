import { GUARANTEE_KINDS, type GuaranteeKind } from "../core/terms.ts";
import { foldCode, squeeze } from "../core/text.ts";
import type { Say } from "./words.ts";

/** What was typed after `/hosho`, taken apart; nothing is looked up here. */
export interface Typed {
  /** The verb as typed, folded; empty for the bare command. */
  word: string;
  /** Receipt or guarantee number as typed, folded; `null` when there is none. */
  reference: string | null;
  kinds: GuaranteeKind[];
  /** Flags that name no product, as typed. */
  unknownFlags: string[];
  /** What stands after the reference. */
  rest: string[];
}

const ENGLISH_FLAGS: Record<string, GuaranteeKind> = {
  advance: "advance_payment",
  interim: "interim_advance_payment",
  performance: "performance",
};

/** The words that pick a product, without the dash: English here, Japanese from the wording. */
function flagWords(say: Say): Map<string, GuaranteeKind> {
  const words = new Map(Object.entries(ENGLISH_FLAGS));
  for (const kind of GUARANTEE_KINDS) for (const word of list(say(`flag.${kind}`))) words.set(word, kind);
  return words;
}

/** A space-separated list in a wording file. */
export function list(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** Width, dashes and runs of spaces are folded, Latin letters of the verb and the flags lower-cased. */
export function parseCommand(text: string, say: Say): Typed {
  const [word = "", ...tokens] = squeeze(foldCode(text)).split(" ");
  const flags = flagWords(say);
  const typed: Typed = { word: word.toLowerCase(), reference: null, kinds: [], unknownFlags: [], rest: [] };
  for (const token of tokens) {
    if (token.startsWith("-") && token.length > 1) {
      const kind = flags.get(token.slice(1).toLowerCase());
      if (kind === undefined) typed.unknownFlags.push(token);
      else if (!typed.kinds.includes(kind)) typed.kinds.push(kind);
    } else if (typed.reference === null) typed.reference = token;
    else typed.rest.push(token);
  }
  return typed;
}
