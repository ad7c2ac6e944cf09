import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { caseLetterGroups } from "../../bot/blocks/letter.ts";
import { originalScreens } from "../../bot/blocks/original.ts";
import { readingScreens } from "../../bot/blocks/reading.ts";
import { deskScreens, threadScreens } from "../../bot/blocks/thread.ts";
import { sayIn } from "../../bot/words.ts";
import type { ViewedLetter } from "../../core/desk/letter-view.ts";
import type { CaseLetter } from "../../core/rows/letters.ts";
import type { Evidence } from "../../core/terms.ts";
import { judgeMessage } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { words } from "./scene.ts";

const say = sayIn(words);
const KEY = "ABCDEFGHJKLM";
const body = { origin: "body" as const, document: null, sheet: null, column: null };
const book = { origin: "attachment" as const, document: "申込書.xlsx", sheet: "申込書" };

const EVIDENCE: Evidence[] = [
  {
    ...{ field: "worksTitle", value: "町道112号線改良工事", written: "町道112号線改良工事" },
    ...{ place: { ...book, line: 7, column: "C" }, confidence: "label" },
  },
  {
    ...{ field: "contractPriceYen", value: "50000000", written: "5,000万円" },
    ...{ place: { ...body, line: 12 }, confidence: "sentence" },
  },
  {
    ...{ field: "guarantees.advance_payment.form", value: "electronic", written: "" },
    ...{ place: null, confidence: "implied" },
  },
  {
    ...{ field: "worksFrom", value: "2026-04-11", written: "R8.4.11" },
    ...{ place: { ...body, origin: "quoted", line: 3 }, confidence: "label" },
  },
  {
    ...{ field: "worksUntil", value: "2027-03-19", written: "令和9年3月19日" },
    place: { origin: "attachment", document: "契約書.pdf", sheet: null, line: 21, column: null },
    confidence: "label",
  },
  {
    ...{ field: "ordererName", value: "利根町長", written: "利根町長" },
    place: { origin: "attachment", document: "一覧.csv", sheet: null, line: 2, column: "B" },
    confidence: "label",
  },
  {
    ...{ field: "contractorName", value: "利根建設株式会社", written: "利根建設(株)" },
    place: { ...body, origin: "quoted", document: "転送.eml", line: 4 },
    confidence: "label",
  },
  {
    ...{ field: "queries.0.figures.contractPriceYen", value: "50000000", written: "50,000,000円" },
    place: { ...body, origin: "subject", line: 1 },
    confidence: "label",
  },
];

function viewed(
  changes: Partial<ViewedLetter> = {},
  letter: Partial<ViewedLetter["letter"]> = {},
): ViewedLetter {
  return {
    letter: {
      ...{ id: "l1", receivedAt: "2026-04-10T01:02:03.000Z", sealedRaw: Uint8Array.of(1), size: 1 },
      ...{ oversize: false, answerable: true, state: "answered", attempts: 1, kind: "application" },
      ...{ sender: "suzuki@tone-kensetsu.example", fromAddress: "suzuki@tone-kensetsu.example" },
      ...{ subject: "前払金保証の申込み", caseId: "c", reason: null, uncapped: false, ...letter },
    },
    receiptNumber: "A-000001",
    evidence: EVIDENCE,
    problems: [
      {
        field: "contractDate",
        code: "missing",
        text: "請負契約日が記載されていません。年月日をお知らせください。",
      },
    ],
    ...changes,
  };
}

describe("screens of a letter", () => {
  it("show each value with its place, the letter's own words and how sure it is, then what is not known", () => {
    expect(readingScreens(viewed(), 0, words, say)).toMatchSnapshot();
    const text = readable(readingScreens(viewed(), 0, words, say)[0] ?? { blocks: [] });
    for (const place of [
      "添付「申込書.xlsx」申込書!C7「町道112号線改良工事」（項目名あり）",
      "本文12行目「5,000万円」（文中）",
      "メール全体（全体から）",
      "引用3行目「R8.4.11」",
      "添付「契約書.pdf」21行目",
      "添付「一覧.csv」B2",
      "転送「転送.eml」4行目",
      "件名「50,000,000円」",
    ])
      expect(text).toContain(place);
  });

  it("say what is not kept, and what was never read", () => {
    const old = readable(readingScreens(viewed({ problems: null }), 0, words, say)[0] ?? { blocks: [] });
    expect(old).toContain("記録がありません");
    const unread = viewed({ evidence: [], problems: null }, { kind: null });
    const text = readable(readingScreens(unread, 0, words, say)[0] ?? { blocks: [] });
    expect(text).toContain("内容を読み取っていません");
    expect(text).not.toContain("（0件）");
  });

  it("show the original, its attachments' names, and never a key", () => {
    const opened = {
      ...{ subject: `照会 ${KEY}`, text: `一行目\n認証キーは ${KEY} です。\n` },
      files: ["図面.pdf", `${KEY}.xlsx`],
    };
    const shown = originalScreens(viewed(), opened, 0, words, say);
    expect(shown).toMatchSnapshot();
    expect(JSON.stringify(shown)).not.toContain(KEY);
    const closed = originalScreens(viewed(), null, 0, words, say);
    expect(JSON.stringify(closed)).toContain("メールを開けません");
    const huge = originalScreens(viewed({}, { oversize: true }), { ...opened, text: "" }, 0, words, say);
    expect(JSON.stringify(huge)).toContain("本文は取り込んでいません");
  });

  it("stay within Slack's limits page by page, leave no half of a key and lose no line", () => {
    const length = fc.oneof(...[2970, 2985, 5970, 9000].map((min) => fc.integer({ min, max: min + 30 })));
    fc.assert(
      fc.property(length, fc.constantFrom("甲", "𠮷", "a ", ". ", "\n", "\u3000"), (at, filler) => {
        const text = `${filler.repeat(at).slice(0, at)} ${KEY} ${filler.repeat(9000)}\n終わり`;
        const opened = { subject: text, text, files: Array.from({ length: 60 }, () => "甲".repeat(250)) };
        const pages: string[] = [];
        for (let page = 0; page < 40; page += 1) {
          const shown = originalScreens(viewed(), opened, page, words, say);
          if (shown.length === 0) break;
          expect(shown.length).toBeLessThanOrEqual(3);
          for (const screen of shown) expect(judgeMessage(screen.blocks)).toBeNull();
          for (const block of shown.flatMap(({ blocks }) => blocks))
            if (block.type === "section") expect(readable({ blocks: [block] }).trim()).not.toBe("");
          pages.push(JSON.stringify(shown));
        }
        const all = pages.join("");
        expect(all).not.toContain(KEY.slice(0, 4));
        expect(all).toContain("終わり");
        expect(all).toContain("全部で60個");
      }),
      { numRuns: 40 },
    );
  });

  it("say where they stop when a text is longer than anybody reads in Slack", () => {
    const text = `${"あいうえお\n".repeat(20_000)}終わり`;
    const opened = { subject: "長文", text, files: [] };
    const pages = Array.from({ length: 40 }, (_, page) =>
      originalScreens(viewed(), opened, page, words, say),
    );
    const last = JSON.stringify(pages.findLast((one) => one.length > 0));
    expect(last).toContain("冒頭の約100000字だけを表示しています");
    expect(last).not.toContain("続きを見る");
  });

  it("of a reading with hundreds of long values stay within the limits, and the cut is said", () => {
    const one = (n: number): Evidence => ({
      ...{ field: `queries.${n}.figures.worksTitle`, value: "𠮷".repeat(400), written: "甲".repeat(120) },
      ...{ place: { ...body, line: n }, confidence: "label" },
    });
    const many = viewed({ evidence: Array.from({ length: 300 }, (_, n) => one(n)) });
    const pages = Array.from({ length: 60 }, (_, page) => readingScreens(many, page, words, say));
    for (const screen of pages.flat()) expect(judgeMessage(screen.blocks)).toBeNull();
    const all = pages.flat().map((screen) => readable(screen));
    for (const n of [1, 150, 300]) expect(all.join("\n")).toContain(`照会${n}の工事名`);
    expect(all.join("\n")).toContain("以下は原文でご覧ください");
  });

  it("lead from every message about a letter to it, and from no other", () => {
    const letterId = "00000000-0000-4000-8000-000000000001";
    const from = "suzuki@tone-kensetsu.example";
    const letter: CaseLetter = {
      ...{ id: letterId, receivedAt: "2026-04-12T01:02:03.000Z", kind: "correction", subject: "訂正" },
      ...{ from, state: "answered" },
    };
    const changes = [
      { field: "contractPriceYen", before: "50000000", after: "55000000" },
      { field: "guarantees.performance.form", before: "", after: "electronic" },
      { field: "guarantees.performance.kind", before: "", after: "performance" },
    ];
    const staff = {
      event: "letter_for_staff" as const,
      letterId,
      from,
      subject: "件名",
      problems: [],
      answered: false,
    };
    const messages = {
      opened: threadScreens({ event: "opened", letterId, problems: 2 }, null, words, say),
      corrected: threadScreens({ event: "corrected", letterId, changes }, letter, words, say),
      unknown: threadScreens({ event: "corrected", letterId, changes: [] }, null, words, say),
      received: threadScreens(
        {
          event: "letter_received",
          letterId,
          kind: "withdrawal",
          from,
          answered: false,
          reason: "kind_withdrawal",
        },
        null,
        words,
        say,
      ),
      automatic: threadScreens(
        {
          event: "letter_received",
          letterId,
          kind: "automatic",
          from,
          answered: false,
          reason: "auto_submitted",
        },
        null,
        words,
        say,
      ),
      staff: deskScreens(
        { ...staff, kind: "fee_inquiry", parked: false, reason: "kind_fee_inquiry" },
        words,
        say,
      ),
      coached: deskScreens(
        {
          ...{ ...staff, kind: "wrong_document", parked: false, answered: true },
          reason: "wrong_document_explained",
        },
        words,
        say,
      ),
      parked: deskScreens({ ...staff, kind: "unrecognised", parked: true, reason: "unreadable" }, words, say),
      stranger: deskScreens({ event: "stranger_asked", from, letterId }, words, say),
      paid: threadScreens(
        { event: "settled", by: "佐藤", how: "paid", kinds: ["performance"] },
        null,
        words,
        say,
      ),
    };
    expect(messages).toMatchSnapshot();
    const buttons = Object.entries(messages).map(([name, screens]) => {
      const text = screens.map((screen) => readable(screen)).join("\n");
      return [name, text.includes("[読み取り結果]"), text.includes("[原文を見る]")];
    });
    expect(buttons).toEqual([
      ...["opened", "corrected", "unknown", "received"].map((name) => [name, true, true]),
      ["automatic", false, true],
      ["staff", true, true],
      ["coached", true, true],
      ["parked", false, true],
      ["stranger", true, true],
      ["paid", false, false],
    ]);
  });

  it("list a case's letters with their buttons, and say when there are earlier ones", () => {
    const letters = Array.from(
      { length: 10 },
      (_, n): CaseLetter => ({
        ...{ id: `l${n}`, receivedAt: "2026-04-12T01:02:03.000Z", from: null, state: "answered" },
        ...{ kind: n === 0 ? null : "correction", subject: n === 1 ? null : `件名 ${KEY}` },
      }),
    );
    const groups = caseLetterGroups({ letters, more: true }, words, say);
    expect(groups.slice(0, 3)).toMatchSnapshot();
    expect(JSON.stringify(groups)).not.toContain(KEY);
    expect(JSON.stringify(groups.at(-1))).toContain("新しい順に10通");
    expect(JSON.stringify(caseLetterGroups({ letters: [], more: false }, words, say))).toContain(
      "ありません",
    );
  });
});
