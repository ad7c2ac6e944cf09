/** The wording files of this door, each under `templates/ja/`. */
type WordFile = "slack" | "refusals" | "checks";
/** Values for the `{placeholders}` of a sentence. */
type Params = Readonly<Record<string, string>>;

/** Gives the sentence that stands under a key of a wording file; `main.ts` hands in the loader. */
export interface BotWords {
  /** @throws when there is no such key or a placeholder has no value. */
  sentence(file: WordFile, key: string, params?: Params): string;
  has(file: WordFile, key: string): boolean;
}

/** Short form for presenters, which speak from `slack/` only. */
export type Say = (key: string, params?: Params) => string;

export function sayIn(words: BotWords): Say {
  return (key, params = {}) => words.sentence("slack", key, params);
}

/** The words for a code that another part of the program chose; the code itself when a release has no words for it yet. */
export function nameOf(words: BotWords, group: string, code: string): string {
  return words.has("slack", `${group}.${code}`) ? words.sentence("slack", `${group}.${code}`) : code;
}
