import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const HERE = import.meta.dirname;

/** The numbers of a file's cases, from the names of its tests. */
function casesIn(text: string): number[] {
  const names = text.match(/["`]cases? \d+( and \d+)?: /g) ?? [];
  return names.flatMap((name) => (name.match(/\d+/g) ?? []).map(Number));
}

it("each of the sixty cases has a test, in the file that the table names", () => {
  const rows = readFileSync(join(HERE, "README.md"), "utf8").matchAll(/^\| (\d+) \|.*\| (\w+) \|$/gm);
  const table = [...rows].map(([, number, file]) => ({ number: Number(number), file: `${file}.test.ts` }));
  expect(table.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  const tested = new Map(
    readdirSync(HERE)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => [name, casesIn(readFileSync(join(HERE, name), "utf8"))]),
  );
  expect(table.filter(({ number, file }) => !tested.get(file)?.includes(number))).toEqual([]);
});
