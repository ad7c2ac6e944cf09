/** One mutated letter by its number: the same seed and number give the same bytes, whoever asks. */
import { type Chance, chanceOf } from "../crash/chance.ts";
import { byteMutations } from "./byte-mutations.ts";
import { frameMutations } from "./frame-mutations.ts";
import { type Part, replacePart, textOf, textParts, withText, writeMessage } from "./message.ts";
import { type Seed, seeds } from "./seeds.ts";
import { textMutations } from "./text-mutations.ts";

export interface MutatedLetter {
  bytes: Buffer;
  /** The case it comes from and what was done to it. */
  story: string[];
}

/** Letters grow under mutation; one of this size says as much as a larger one. */
const LETTER_CHARS = 3_000_000;
/** Opening a PDF or workbook costs as much as fifty letters, so such letters are taken seldom. */
const HEAVY_SHARE = 0.01;
const GOLDEN = 0x9e3779b1;

const heavy = seeds.filter((seed) => seed.heavy);
const light = seeds.filter((seed) => !seed.heavy);

export function mutatedLetter(seed: number, n: number): MutatedLetter {
  const chance = chanceOf((seed ^ Math.imul(n + 1, GOLDEN)) >>> 0);
  const from: Seed = chance.pick(chance.happens(HEAVY_SHARE) ? heavy : light);
  const story = [from.name];
  let tree = from.tree;
  for (let left = chance.below(4); left > 0; left--) tree = changeText(tree, chance, story);
  for (let left = chance.below(3); left > 0; left--) tree = step(frameMutations, tree, chance, story);
  let bytes = writeMessage(tree).subarray(0, LETTER_CHARS);
  const most = story.length === 1 ? 3 : 2;
  for (let left = chance.below(most); left > 0; left--) bytes = step(byteMutations, bytes, chance, story);
  return { bytes: bytes.subarray(0, LETTER_CHARS), story };
}

/** The names of all that may be done to a letter. */
export const mutationNames: readonly string[] = [textMutations, frameMutations, byteMutations].flatMap(
  (kind) => Object.keys(kind),
);

function step<T>(
  mutations: Readonly<Record<string, (what: T, chance: Chance) => T>>,
  what: T,
  chance: Chance,
  story: string[],
): T {
  const [name, change] = chance.pick(Object.entries(mutations));
  story.push(name);
  return change(what, chance);
}

function changeText(tree: Part, chance: Chance, story: string[]): Part {
  const parts = textParts(tree);
  if (parts.length === 0) return tree;
  const part = chance.pick(parts);
  const text = textOf(part);
  if (text === null) return tree;
  const changed = step(textMutations, text, chance, story).slice(0, LETTER_CHARS);
  return replacePart(tree, part, withText(part, changed.toWellFormed(), "utf-8", "base64") ?? part);
}
