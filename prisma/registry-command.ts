import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { dayInTokyo } from "../core/dates.ts";
import { askAcceptance } from "../core/orderers/ask.ts";
import type { Settings } from "../core/settings.ts";
import { openDatabase } from "./open.ts";
import { exportRegistry, importRegistry, type RegistryName } from "./registries.ts";

// What is wrong with a file is told to a Japanese operator.
z.config(z.locales.ja());

type Say = (key: string, params?: Record<string, string>) => string;

/** `orderers|contractors import FILE.json` and `export`. @returns the exit code. */
export async function runRegistry(
  name: RegistryName,
  [verb, file, ...rest]: string[],
  settings: Settings["database"],
  say: Say,
  print: (line: string) => void,
): Promise<number> {
  if (verb === "export" && file === undefined) {
    const entries = await withStore(settings, (database) => exportRegistry(database.store, name));
    print(JSON.stringify(entries, null, 2));
    return 0;
  }
  if (verb !== "import") {
    print(say("error.unknown_command", { command: `${name} ${verb ?? ""}`.trim() }));
    return 1;
  }
  if (file === undefined || rest.length > 0) {
    print(say("error.file_argument"));
    return 1;
  }
  const json = await readJsonFile(file, say, print);
  if (json === undefined) return 1;
  const result = await withStore(settings, (database) =>
    importRegistry(database.store, name, json, new Date().toISOString()),
  );
  if (result.ok) {
    print(say("done.imported", { count: String(result.count) }));
    return 0;
  }
  print(say("error.file_invalid", { file }));
  for (const fault of result.faults)
    print(say("error.invalid_line", { path: fault.path, message: fault.message }));
  return 1;
}

/** `orderers check FILE.json --orderer …`: asks the rules of a file, without a database. */
export async function runCheck(
  args: string[],
  say: Say,
  print: (line: string) => void,
  complain: (line: string) => 1,
): Promise<number> {
  const parsed = parseQuestion(args);
  if (typeof parsed === "string") return complain(say("error.option_unknown", { option: parsed }));
  const { values, positionals } = parsed;
  const [file] = positionals;
  if (file === undefined) return complain(say("error.file_argument"));
  const json = await readJsonFile(file, say, complain);
  if (json === undefined) return 1;
  const question = {
    orderer: values.orderer ?? null,
    prefecture: values.prefecture ?? null,
    product: values.product ?? null,
    work: values.work ?? null,
    contractDate: values["contract-date"] ?? null,
    announced: values.announced ?? null,
    designated: values.designated ?? null,
    bid: values.bid ?? null,
    plannedNotice: values["planned-notice"] ?? null,
    procurementStart: values["procurement-start"] ?? null,
    approved: values.approved,
    amendment: values.amendment,
  };
  const asked = askAcceptance(json, question, dayInTokyo(new Date().toISOString()));
  if (!asked.ok && asked.faults !== undefined) {
    complain(say("error.file_invalid", { file }));
    for (const { path, message } of asked.faults) complain(say("error.invalid_line", { path, message }));
    return 1;
  }
  if (!asked.ok) {
    const { code, option, value, expected } = asked.fault;
    return complain(
      say(`error.${code}`, {
        option,
        value,
        name: value,
        expected: expected === "" ? "" : say(`expected.${expected}`),
      }),
    );
  }
  const { answer, rule, reason, missing } = asked.answer;
  print(JSON.stringify({ answer, rule, reason: say(`acceptance.${reason}`), missing }, null, 2));
  return 0;
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const QUESTION_OPTIONS = {
  orderer: text,
  prefecture: text,
  product: text,
  work: text,
  "contract-date": text,
  announced: text,
  designated: text,
  bid: text,
  "planned-notice": text,
  "procurement-start": text,
  approved: flag,
  amendment: flag,
} as const;

/** The options of `orderers check`, or the one that is not known or lacks its value. */
function parseQuestion(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: QUESTION_OPTIONS });
  } catch (error) {
    return /--?[a-z][a-z-]*/.exec(error instanceof Error ? error.message : "")?.[0] ?? "";
  }
}

async function withStore<T>(
  settings: Settings["database"],
  work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(settings);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The file's JSON; `undefined` after telling what is wrong with it. */
async function readJsonFile(file: string, say: Say, print: (line: string) => void): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    print(
      say("error.file_unreadable", {
        file,
        code: error instanceof Error && "code" in error ? String(error.code) : "",
      }),
    );
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    print(say("error.file_not_json", { file }));
    return undefined;
  }
}
