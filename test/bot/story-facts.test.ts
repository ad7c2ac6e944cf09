import { describe, expect, it } from "vitest";
import { storyFacts } from "../../bot/blocks/story-facts.ts";
import { sayIn } from "../../bot/words.ts";
import { loadWords } from "../../templates/words.ts";

const words = loadWords();
const facts = (data: Record<string, unknown>) =>
  storyFacts(data, words, sayIn(words)).map((line) => line.trim());

/** What an audit entry holds as data, in words. */
describe("the facts of an audit entry", () => {
  it("tell a change asked for as what holds against what is asked, of its product", () => {
    const content = { kind: "performance", guaranteedYen: 5_000_000, worksUntil: "2027-03-19" };
    const proposed = {
      change: "amend",
      reason: "設計変更",
      content: { ...content, guaranteedYen: 6_000_000 },
    };
    const maker = { employee: "1001", name: "佐藤 一郎" };
    const requests = [{ version: 1, contentHash: "ab", maker, proposed }];
    expect(facts({ change: "amend", requests, before: [content] })).toEqual([
      "・契約保証の理由：設計変更",
      "・契約保証の保証金額：5,000,000円 → 6,000,000円",
      "・手続き：変更",
    ]);
  });

  it("tell a correction field by field, and a whole thing before and after by what differs", () => {
    const changes = [
      { field: "guarantees.advance_payment.guaranteedYen", before: "20000000", after: "18000000" },
      { field: "worksUntil", before: "", after: "2027-03-19" },
    ];
    expect(facts({ changes })).toEqual([
      "・前払金保証の保証金額：20,000,000円 → 18,000,000円",
      "・工期の終期：（なし） → 令和9年3月19日",
    ]);
    const [before, after] = [
      { address: "a@x.example", id: "1" },
      { address: "b@x.example", id: "2" },
    ];
    expect(facts({ before, after })).toEqual([expect.stringContaining("a@x.example → b@x.example")]);
  });

  it("name people with their employee number, moments in Tokyo, choices in words, and no ids or hashes", () => {
    const checker = { employee: "1002", name: "鈴木 花子" };
    const approvals = [
      { checker, approvedAt: "2026-04-10T01:02:03.456Z", contentHash: "secret", letterId: "x" },
    ];
    expect(facts({ approvals, electronic: true, serial: 1, how: "lump" })).toEqual([
      "・承認者：鈴木 花子（社員番号 1002）",
      "・承認した日時：2026-04-10 10:02",
      "・電子保証：はい",
      "・証書の版：変更第1回",
      "・方法：一括納付",
    ]);
  });

  it("are bounded, the decisive ones first, and say how many are left", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field${n}`, "x".repeat(5_000)]));
    const lines = facts({
      ...many,
      reason: "理由",
      deep: { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } },
    });
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe("・理由：理由");
    expect(lines.at(-1)).toContain("このほか29項目");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(250);
  });

  it("never show a key that stands in one of them", () => {
    expect(facts({ text: "認証キー K7PX9RTW4HCJ です" }).join()).not.toContain("K7PX9RTW4HCJ");
  });
});
