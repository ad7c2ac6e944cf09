import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type { Problem, Reading } from "../../core/terms.ts";
import { readEml } from "../../mail/letter/read.ts";

/**
 * Every folder of test/cases is one letter with the reading expected of it. In expected.json `"*"` accepts anything,
 * `{ "oneOf": [...] }` any of its members, `"a|b"` either field or code; a problem's field is the end of its path.
 */
interface Expected extends Omit<Reading, "problems"> {
  problems: { field: string; code: string }[];
  allowExtraProblems: boolean;
  traps: string[];
}

const ROOT = new URL("../cases/", import.meta.url);
const PROGRAM = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** Letters that also go through the command itself. */
const BY_COMMAND = ["application-tone", "empty-letter", "verification-notice-pdf"];
const folders = readdirSync(ROOT);
let ran = 0;

const load = (name: string): Expected =>
  JSON.parse(readFileSync(new URL(`${name}/expected.json`, ROOT), "utf8")) as Expected;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const comparable = (value: unknown, path: string): unknown => {
  if (typeof value !== "string") return value;
  return path.endsWith("phone")
    ? value.replace(/\D/g, "")
    : value.replace(/[〜～]/g, "~").replace(/[‐−–—－]/g, "-");
};

/** The paths at which a reading differs from what is expected. */
function differences(expected: unknown, got: unknown, path: string): string[] {
  if (expected === "*") return [];
  if (isObject(expected) && Array.isArray(expected.oneOf)) {
    return expected.oneOf.some((one) => differences(one, got, path).length === 0)
      ? []
      : [`${path}: ${JSON.stringify(got)}`];
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return [`${path}: ${JSON.stringify(got)}`];
    return expected.flatMap((one, i) => differences(one, got[i], `${path}.${i}`));
  }
  if (isObject(expected)) {
    if (!isObject(got)) return [`${path}: ${JSON.stringify(got)}`];
    return Object.entries(expected).flatMap(([key, value]) => differences(value, got[key], `${path}.${key}`));
  }
  return comparable(expected, path) === comparable(got, path)
    ? []
    : [`${path}: ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`];
}

/** Expected problems that are not there, and (unless allowed) problems that were not expected. */
function problemDifferences(expected: Expected, problems: Problem[]): string[] {
  const left = [...problems];
  const absent = expected.problems.flatMap((wanted) => {
    const at = left.findIndex(({ field, code }) => {
      const fits = wanted.field.split("|").some((name) => field === name || field.endsWith(`.${name}`));
      return fits && (wanted.code === "*" || wanted.code.split("|").includes(code));
    });
    if (at < 0) return [`no problem ${wanted.field} ${wanted.code}`];
    left.splice(at, 1);
    return [];
  });
  return expected.allowExtraProblems
    ? absent
    : [...absent, ...left.map((problem) => `unexpected ${problem.field} ${problem.code}`)];
}

function judge(name: string, reading: Reading): void {
  const expected = load(name);
  const { kind, from, reference, application, queries } = expected;
  const wrong = [
    ...differences({ kind, from, reference, application, queries }, reading, name),
    ...problemDifferences(expected, reading.problems),
  ];
  expect(wrong, expected.traps.join("; ")).toEqual([]);
  for (const problem of reading.problems) expect(problem.text).toMatch(/[ぁ-ん].*。$/u);
}

describe("a letter is understood as a person would", () => {
  it.each(folders)("%s", async (name) => {
    judge(name, await readEml(readFileSync(new URL(`${name}/letter.eml`, ROOT))));
    ran += 1;
  });

  afterAll(() => {
    if (ran < folders.length) throw new Error(`only ${ran} of ${folders.length} cases ran through`);
  });
});

describe("the read command", () => {
  it.each(BY_COMMAND)("prints %s as JSON", async (name) => {
    const file = fileURLToPath(new URL(`${name}/letter.eml`, ROOT));
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, "read", file]);
    judge(name, JSON.parse(stdout) as Reading);
  });

  it("has enough letters to judge by", () => expect(folders.length).toBeGreaterThanOrEqual(40));
});
