import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LETTER_SHAPES, type LetterFile } from "./shapes.ts";
import { fillLetter, type LetterTemplateText, type LetterView, parseLetterTemplate } from "./template.ts";

/** All wording of `templates/ja`, read once at start. */
export interface Words {
  /**
   * The sentence under a key (`"state.in_force"` for nested ones) of `ja/<file>.json`, or of the files in the folder
   * `ja/<file>/` taken together, `{name}` filled from `params`.
   * @throws when the key does not exist or a value for a placeholder is missing.
   */
  sentence(file: string, key: string, params?: Readonly<Record<string, string>>): string;
  /** Whether there is such a sentence. */
  has(file: string, key: string): boolean;
  /** A filled letter of `ja/mail/<file>.txt`. */
  letter(file: LetterFile, view: LetterView): { subject: string; text: string };
}

const FOLDER = fileURLToPath(new URL("./ja", import.meta.url));
/** Wording that is a folder of files. */
const SPREAD = ["slack"];
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/**
 * Reads and checks the wording.
 * @param folder another set of the same files.
 * @throws on a file that is no JSON, a letter that is missing, or placeholders that do not fit: at start, not later.
 */
export function loadWords(folder: string = FOLDER): Words {
  const files = new Map<string, Map<string, string>>();
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".json")))
    files.set(name.slice(0, -".json".length), sentencesOf(join(folder, name)));
  for (const part of SPREAD) files.set(part, together(join(folder, part)));
  const letters = new Map<string, LetterTemplateText>();
  for (const [file, shape] of Object.entries(LETTER_SHAPES)) {
    const path = join(folder, "mail", `${file}.txt`);
    letters.set(file, parseLetterTemplate(path, readFileSync(path, "utf8"), shape));
  }
  return {
    sentence(file, key, params = {}) {
      const sentence = files.get(file)?.get(key);
      if (sentence === undefined) throw new Error(`templates/ja: ${file} has no "${key}"`);
      return sentence.replace(PLACEHOLDER, (_, name: string) => {
        const value = params[name];
        if (value === undefined)
          throw new Error(`templates/ja: ${file} "${key}" needs a value for {${name}}`);
        return value;
      });
    },
    has: (file, key) => files.get(file)?.has(key) ?? false,
    letter(file, view) {
      const template = letters.get(file);
      if (template === undefined) throw new Error(`no letter ${file}`);
      return fillLetter(template, view);
    },
  };
}

/** The files of a folder as one. @throws where two of them have a text under the same key. */
function together(folder: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".json")))
    for (const [key, text] of sentencesOf(join(folder, name))) {
      if (all.has(key)) throw new Error(`${join(folder, name)} has "${key}" a second time`);
      all.set(key, text);
    }
  return all;
}

/** Every text of a JSON file under its path of keys; lists (synonyms, steps) belong to who reads them. */
function sentencesOf(path: string): Map<string, string> {
  const sentences = new Map<string, string>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string") sentences.set(key, value);
    else if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [name, inner] of Object.entries(value)) walk(inner, key === "" ? name : `${key}.${name}`);
  };
  try {
    walk(JSON.parse(readFileSync(path, "utf8")), "");
  } catch (error) {
    throw new Error(`${path} is not readable JSON`, { cause: error });
  }
  return sentences;
}
