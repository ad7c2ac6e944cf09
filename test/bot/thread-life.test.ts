import { describe, expect, it } from "vitest";
import { threadScreens } from "../../bot/blocks/thread.ts";
import { sayIn } from "../../bot/words.ts";
import type { ThreadEvent } from "../../core/announcements.ts";
import type { Check } from "../../core/case.ts";
import { CHANGE_KINDS } from "../../core/guarantee/guarantee.ts";
import { loadWords } from "../../templates/words.ts";
import { readable } from "../sandbox/slack/readable.ts";

/** The thread is the log of a case's life: each line says who did what, why, and what has to be done now. */

const words = loadWords();
const say = sayIn(words);
const said = (event: ThreadEvent) => {
  const text = readable({ blocks: threadScreens(event, null, words, say).flatMap(({ blocks }) => blocks) });
  expect(text).not.toMatch(/[{}]|undefined/);
  return text;
};
const by = "佐藤 恵";
const number = "20800-000017";
const check: Check = {
  ...{ code: "ratio_within", kind: "performance", verdict: "fail", measured: "8.3 %", reason: "under_floor" },
  ...{ rule: "請負金額の1割以上", source: "https://town.example/rule" },
};

describe("the thread of a case", () => {
  it.each(["returned", "sent_back", "withdrawn", "declined"] as const)(
    "%s: by whom, which products, why; and of a case without a product as of a whole",
    (event) => {
      const text = said({ event, by, kinds: ["advance_payment", "performance"], reason: "書類の不足" });
      for (const word of [by, "前払金保証", "契約保証", "書類の不足"]) expect(text).toContain(word);
      expect(said({ event, by, kinds: [], reason: "書類の不足" })).toContain("（案件全体）");
    },
  );

  it("a review lists what was put right, which checks and which questions were settled", () => {
    const text = said({
      ...{ event: "reviewed", by, answered: ["contractDate"], voided: ["performance"] },
      changes: [{ field: "contractPriceYen", before: "50000000", after: "60000000" }],
      settled: [{ code: "interim_certified", kind: "interim_advance_payment", note: "認定調書で確認" }],
    });
    expect(text).toContain("請負金額：50,000,000円 → 60,000,000円");
    expect(text).toContain("中間前払金の認定（認定調書で確認）");
    expect(text).toContain("確認事項を解決");
    expect(said({ event: "reviewed", by, changes: [], settled: [], answered: [], voided: [] })).toContain(
      "変わった項目はありません",
    );
  });

  it("what came by phone or on paper says so, and how many questions are open", () => {
    expect(said({ event: "entered", by, origin: "phone", problems: 2 })).toMatch(/電話.*2件/);
    expect(said({ event: "entered", by, origin: "paper", problems: 0 })).not.toContain("確認事項");
  });

  it.each(CHANGE_KINDS)("%s: asked for, approved, sent back, with its command's word", (change) => {
    const word = say(`command.${change}.word`);
    const rest = { by, change, kinds: ["performance" as const] };
    const asked = said({ event: "change_requested", ...rest, reason: "工期の延長" });
    expect(asked).toContain(`${word}の承認を申請`);
    expect(asked).toContain("工期の延長");
    expect(said({ event: "change_approved", ...rest })).toContain(`${word}を承認`);
    expect(said({ event: "change_refused", ...rest, reason: "金額の相違" })).toContain("金額の相違");
  });

  it("a change that holds says which certificate holds; on paper it has to be posted", () => {
    const base = { event: "changed" as const, kind: "performance" as const, number, serial: 2 };
    expect(said({ ...base, change: "amend", electronic: true })).toContain("変更2の保証証書");
    expect(said({ ...base, change: "amend", electronic: true })).not.toContain("郵送");
    expect(said({ ...base, change: "rectify", electronic: false })).toContain("郵送をお願いします");
    expect(said({ ...base, change: "unamend", electronic: false, serial: 0 })).toContain("当初の保証証書");
    for (const change of ["cancel", "release"] as const)
      expect(said({ ...base, change, electronic: false })).not.toContain("郵送");
  });

  it("a price that breaks the ratio is noted with the check, its rule and what to do", () => {
    const text = said({ event: "price_noted", by, kind: "performance", check });
    for (const word of ["証書の変更は不要", "8.3 %", "下限に達していません", "請負金額の1割以上", "「変更」"])
      expect(text).toContain(word);
    const fits: Check = { ...check, verdict: "pass", reason: "", measured: "10.0 %" };
    expect(said({ event: "price_noted", by, kind: "performance", check: fits })).toContain(
      "対応は要りません",
    );
  });

  it("what people have to do now is said: an orderer to call, a thing to post, a case that waits, an end that is near", () => {
    expect(said({ event: "orderer_not_told", ordererName: "利根町", number })).toMatch(/利根町.*電話/s);
    expect(said({ event: "contractor_not_told", number })).toMatch(/受注者.*20800-000017.*電話/s);
    expect(said({ event: "task_done", by, task: "post_receipt", kind: "performance" })).toContain(
      "領収証の郵送",
    );
    expect(said({ event: "reminded", days: 5, waitsFor: "staff" })).toMatch(/5日間.*「次の対応」/);
    expect(said({ event: "reminded", days: 5, waitsFor: "applicant" })).toMatch(/5日間.*申込者の返信/);
    expect(said({ event: "key_resent", by, to: "a@x.example", kinds: ["performance"] })).toContain(
      "a@x.example",
    );
    const near: ThreadEvent = { event: "expiring", kind: "performance", number, until: "2027-03-31" };
    expect(said(near)).toMatch(/令和9年3月31日.*20800-000017/);
  });
});
