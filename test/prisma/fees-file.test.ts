import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../core/config.ts";
import { openFees, withFeesFile } from "../../prisma/fees-file.ts";
import { loadWords } from "../../templates/words.ts";

const table = {
  ...{ products: ["performance"], from: null, until: null, minimumYen: 0, roundDownYen: 1 },
  ...{ method: "whole", source: "test", sample: true, bands: [{ upToYen: null, rate: "1" }] },
};
let folder: string;
let file: string;
const write = (...tables: unknown[]) => writeFileSync(file, JSON.stringify(tables));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hosho-fees-"));
  file = join(folder, "fees.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const faults = (name: string) => {
  const read = withFeesFile(readSettings({ FEES_FILE: name, IMAP_PORT: "ninety" }, ["mail"]));
  return read.ok ? [] : read.faults;
};

describe("the operator's fee file", () => {
  it("is faulted together with the other settings, each place by itself, in words", () => {
    write({ ...table, roundDownYen: 0 }, { ...table, bands: [] });
    const names = faults(file).map(({ name, code }) => `${name} ${code}`);
    expect(names).toEqual(
      expect.arrayContaining([
        "IMAP_PORT malformed",
        "SEAL_KEY missing",
        "FEES_FILE 0.roundDownYen file_malformed",
        "FEES_FILE 1.bands file_malformed",
      ]),
    );
    const words = loadWords();
    for (const { name, code } of faults(file))
      expect(words.sentence("operator", `fault.${code}`, { name })).toContain(name);
  });

  it("that is missing, no JSON, too large or at odds with itself cannot be started with", () => {
    const codes = () =>
      faults(file).flatMap(({ name, code }) => (name.startsWith("FEES_FILE") ? [code] : []));
    expect(codes()).toEqual(["file_unreadable"]);
    writeFileSync(file, "{");
    expect(codes()).toEqual(["file_unreadable"]);
    writeFileSync(file, `[${" ".repeat(2_000_000)}]`);
    expect(codes()).toEqual(["file_unreadable"]);
    write(table, table);
    expect(codes()).toEqual(["file_overlapping"]);
    write(table);
    expect(codes()).toEqual([]);
  });

  it("is read again when it changes; while it is broken or gone the last good tables hold, told once", () => {
    const logged: string[] = [];
    const log = { info: () => undefined, error: (_: object, message: string) => void logged.push(message) };
    write(table);
    const fees = openFees(file, log);
    const minimum = () => fees().map(({ minimumYen }) => minimumYen);
    write({ ...table, minimumYen: 1234 });
    expect(minimum()).toEqual([1234]);
    writeFileSync(file, "broken beyond repair");
    expect([minimum(), minimum()]).toEqual([[1234], [1234]]);
    expect(logged).toHaveLength(1);
    unlinkSync(file);
    expect([minimum(), minimum()]).toEqual([[1234], [1234]]);
    expect(logged).toHaveLength(2);
    write({ ...table, minimumYen: 56 });
    expect(minimum()).toEqual([56]);
  });

  it("need not be: then there are no tables, and no fault", () => {
    expect(openFees(null, { info: () => undefined, error: () => undefined })()).toEqual([]);
    expect(faults("").filter(({ name }) => name.startsWith("FEES"))).toEqual([]);
  });
});
