import type { Case } from "../case.ts";
import type { Desk } from "../ports.ts";
import { foldForComparison, keepable } from "../text.ts";

/** Each word is a search of its own; nobody types more than a title's worth. */
const WORDS_MAX = 10;
const WORD_CHARS = 100;

/** Cases in which every word occurs, newest first; a word of which folding leaves nothing is no word. */
export async function searchCases(
  desk: Pick<Desk, "store">,
  words: readonly string[],
  limit: number,
): Promise<Case[] | "nothing_to_look_for" | "too_many_words"> {
  const meant = words.map(keepable).filter((word) => foldForComparison(word) !== "");
  if (meant.length === 0) return "nothing_to_look_for";
  if (meant.length > WORDS_MAX || meant.some((word) => word.length > WORD_CHARS)) return "too_many_words";
  return desk.store.transact((tx) => tx.searchCases(meant, limit));
}
