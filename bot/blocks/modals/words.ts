import type { Say } from "../../words.ts";
import { input, type Modal, plain } from "../kit.ts";

/** What a command takes behind its verb, for whoever does not type it. */

export const WORD_DEEDS = ["find", "quote", "orderer", "contractor"] as const;
export type WordDeed = (typeof WORD_DEEDS)[number];

/** Without words these two show their list. */
const MAY_BE_BARE: readonly WordDeed[] = ["orderer", "contractor"];
/** A works title, or three products with their amounts and a period. */
const WORDS_MAX = 200;

export function wordsModal(deed: WordDeed, meta: string, say: Say): Modal {
  const key = `modal.words.${deed}`;
  const element = { type: "plain_text_input", max_length: WORDS_MAX };
  const block = input("words", say(`${key}.label`), element, say(`${key}.hint`));
  return {
    type: "modal",
    callback_id: "words",
    title: plain(say(`command.${deed}.word`)),
    submit: plain(say("modal.words.submit")),
    close: plain(say("modal.close")),
    private_metadata: meta,
    blocks: [MAY_BE_BARE.includes(deed) ? { ...block, optional: true } : block],
  };
}
