import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { columnsOf, grid } from "../../templates/tables.ts";
import type { LetterView } from "../../templates/template.ts";
import { loadWords } from "../../templates/words.ts";

const JA = fileURLToPath(new URL("../../templates/ja", import.meta.url));
const copies: string[] = [];
afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true });
});

/** The wording as it is, with one letter rewritten. */
function reworded(file: string, change: (text: string) => string): string {
  const copy = mkdtempSync(join(tmpdir(), "words-"));
  copies.push(copy);
  cpSync(JA, copy, { recursive: true });
  const path = join(copy, "mail", file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return copy;
}

describe("a clerk rewords a letter", () => {
  it("and it is said as written", () => {
    const words = loadWords(reworded("not_registered.txt", (text) => text.replace("平素より", "いつも")));
    expect(words.letter("not_registered", { addressee: "ご担当者様" }).text).toContain("いつも格別の");
  });

  it.each([
    ["status.txt", "現在の状況", "手続きの段階", { about: "A-000001", cases: [], several: false }],
    ["blank_form.txt", "格別の", "格段の", { files: [] }],
    ["fee_inquiry.txt", "格別の", "格段の", { day: "x", works: [], fees: "y", total: "z" }],
    ["wrong_document.txt", "格別の", "格段の", {}],
    ["send_again.txt", "格別の", "格段の", { problems: [] }],
  ] as const)("%s too, without a hole where nothing is to be listed", (file, from, to, view) => {
    const words = loadWords(reworded(file, (text) => text.replace(from, to)));
    const name = file.slice(0, -".txt".length) as
      | "status"
      | "fee_inquiry"
      | "blank_form"
      | "wrong_document"
      | "send_again";
    const { text } = words.letter(name, { addressee: "ご担当者様", ...structuredClone(view) } as LetterView);
    expect(text).toContain(to);
    expect(text).not.toMatch(/\n\n\n|\{\{/);
  });

  it.each([
    [
      "a placeholder that does not exist",
      (text: string) => `${text}\n{{phone}}`,
      "{{phone}} is unknown here",
    ],
    ["a placeholder taken out", (text: string) => text.replaceAll("{{total}}", ""), "{{total}} is not used"],
    ["a section left open", (text: string) => text.replace("{{/lump}}", ""), "is not closed"],
    [
      "a section closed by another name",
      (text: string) => text.replace("{{/pay}}", "{{/lump}}"),
      "closes nothing",
    ],
    ["a brace too few", (text: string) => text.replace("{{total}}", "{{total}"), "bad braces"],
    ["no subject", (text: string) => text.replace("Subject: ", ""), "the first line must be"],
  ])("and is told at start of %s", (_, change, message) => {
    const folder = reworded("fee_due.txt", change);
    expect(() => loadWords(folder)).toThrow(message);
  });
});

describe("a sentence", () => {
  const words = loadWords();

  it("is filled, and a value that is missing is an error rather than a hole", () => {
    expect(words.sentence("terms", "value.amendment", { serial: "2" })).toBe("変更2");
    expect(() => words.sentence("terms", "value.amendment")).toThrow("{serial}");
    expect(() => words.sentence("terms", "nothing.here")).toThrow('no "nothing.here"');
  });

  it("is filled once: what a value says is never filled again", () => {
    expect(words.sentence("terms", "value.addressee", { name: "{name}" })).toBe("{name}　ご担当者様");
  });
});

it("columns of a table stand under one another, whatever the cells hold", () => {
  const cell = fc.stringMatching(/^[ぁ-んA-z0-9ｱ-ﾝ×]{0,12}$/u);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 2, maxLength: 6 }), (rows) => {
      const starts = grid(rows.map(([a, b]) => [a, `|${b}`]))
        .split("\n")
        .map((line) => columnsOf(line.slice(0, line.indexOf("|"))));
      expect(new Set(starts).size).toBe(1);
    }),
  );
});
