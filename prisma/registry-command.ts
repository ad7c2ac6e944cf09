import { readFile } from "node:fs/promises";
import type { Settings } from "../core/config.ts";
import { openDatabase } from "./open.ts";
import { exportRegistry, importRegistry, type RegistryName } from "./registries.ts";

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
export async function readJsonFile(file: string, say: Say, print: (line: string) => void): Promise<unknown> {
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
