/** What mutated letters are made of: the letters of `test/cases`, their lines, and the words the reader knows. */
import { readdirSync, readFileSync } from "node:fs";
import { type Part, parseMessage, textOf, textParts } from "./message.ts";

export interface Seed {
  name: string;
  bytes: Buffer;
  tree: Part;
  /** The texts that are shown, as one. */
  text: string;
  /** It carries a PDF or a workbook, which a child process has to open. */
  heavy: boolean;
}

const CASES = new URL("../cases/", import.meta.url);
const LABELS = new URL("../../templates/ja/labels.json", import.meta.url);
/** Words of the dictionary are short; longer strings in it are patterns. */
const WORD_CHARS = 24;

export const seeds: readonly Seed[] = readdirSync(CASES).map((name) => {
  const bytes = readFileSync(new URL(`${name}/letter.eml`, CASES));
  const tree = parseMessage(bytes);
  const text = textParts(tree)
    .map((part) => textOf(part) ?? "")
    .join("\n");
  const heavy = /application\/(?:pdf|vnd|octet)|JVBERi|UEsDB/.test(bytes.toString("latin1"));
  return { name, bytes, tree, text, heavy };
});

export const lines: readonly string[] = seeds.flatMap(({ text }) =>
  text.split("\n").filter((line) => line.trim() !== ""),
);

const stringsIn = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(stringsIn)
      : [];

export const words: readonly string[] = stringsIn(JSON.parse(readFileSync(LABELS, "utf8"))).filter(
  (word) => word.length <= WORD_CHARS && !/[\\^$[\]*+?|]/.test(word),
);
