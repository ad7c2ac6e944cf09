/** Loads the words that the reader looks for and the sentences it reports problems with. Read once per process. */
import { readFileSync } from "node:fs";
import { type Labels, labelsSchema } from "../core/reader/labels.ts";

let loaded: Labels | undefined;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./ja/${name}`, import.meta.url), "utf8"));
}

/** The reader's Japanese, checked against its schema. Throws (a bug of ours) when a template file is malformed. */
export function loadLabels(): Labels {
  loaded ??= labelsSchema.parse({
    ...(readJson("labels.json") as object),
    problems: readJson("problems.json"),
  });
  return loaded;
}
