import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acceptModal } from "../../bot/blocks/modals.ts";
import { quoteScreens } from "../../bot/blocks/quote.ts";
import { quoteOf, suggestedFee } from "../../core/desk/quote.ts";
import type { FeeTable } from "../../core/guarantee/fee-tables.ts";
import { feeOf } from "../../core/guarantee/fees.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { openScene, type Scene, words } from "./scene.ts";

/** 試算: what a guarantee would cost, asked by a person at the desk. */

const REAL: FeeTable = {
  ...{ products: ["advance_payment"], from: "2026-04-01", until: null, minimumYen: 0, roundDownYen: 10 },
  ...{ method: "marginal", periods: null, source: "社内規程 第5号", sample: false },
  bands: [
    { upToYen: 10_000_000, rate: "0.35" },
    { upToYen: null, rate: "0.25" },
  ],
};
const INVENTED: FeeTable = {
  ...{ ...REAL, products: ["performance"], source: "見本（架空）", sample: true },
  periods: [{ upToMonths: 12, percent: "100" }],
};

describe.each(["socket", "http"] as const)("a person asks for a quote (%s)", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    scene.desk.policy.fees = () => [REAL, INVENTED];
  });
  afterAll(async () => {
    await scene.stop();
  });
  const asks = async (text: string, person = "U_CLERK") =>
    (await scene.slack.person(person).command("/hosho", text)).text;

  it.each([
    "試算 前払 20,000,000",
    "quote advance ¥20,000,000",
    "試算 -前払 2000万円",
    "試算　前払金保証　２０，０００千円",
    "試算 2千万円 前払",
    "試算 前払 2000 万円 2026-04-11 2027-03-19",
    "試算 2026/4/11～R9.3.19 前払金 20百万円",
  ])("%s: in any order, width and notation", async (text) => {
    const seen = await asks(text);
    expect(seen).toContain("前払金保証　保証金額 20,000,000円");
    expect(seen).toContain("保証料：60,000円");
    expect(seen).toContain("うち 10,000,000円 × 0.35% ＝ 35,000円");
    expect(seen).toContain("うち 10,000,000円 × 0.25% ＝ 25,000円");
    expect(seen).toContain("適用期間 令和8年4月1日 ～ （定めなし）　出典：社内規程 第5号");
    expect(seen).toContain("試算です");
    expect(seen).not.toContain("見本");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("of several products at once; an invented table says that it is one", async () => {
    const seen = await asks("試算 前払 2000万円 契約 500万円 2026-04-11 2027-03-19");
    expect(seen).toContain("契約保証　保証金額 5,000,000円");
    expect(seen).toContain("工期 12か月");
    expect(seen).toContain("保証料の合計：77,500円");
    expect(seen).toContain("【見本】架空の料率表による試算です");
  });

  it("of the interim guarantee by the published rate, without any table of our own", async () => {
    const seen = await asks("試算 中間 10,000,000円");
    expect(seen).toContain("保証料：6,500円");
    expect(seen).toContain("https://wjcs.net/chukan");
  });

  it.each([
    ["試算", "例：/hosho 試算 前払 20,000,000円"],
    ["試算 前払", "前払金保証の保証金額がありません"],
    ["試算 20,000,000", "商品の指定がありません"],
    ["試算 前払 20000", "円か千円か判断できません"],
    ["試算 前払 約2000万円", "一つの金額として読み取れません"],
    ["試算 前払 2000万円 500万円", "一つの金額として読み取れません"],
    ["試算 前払 2000 万円 500万円", "一つの金額として読み取れません"],
    ["試算 前払 2000 500", "一つの金額として読み取れません"],
    ["試算 前払 2000万円 2026-04-11", "工期の日付が一つだけです"],
    ["試算 前払 2000万円 2026-02-30 2027-03-19", "「2026-02-30」は日付として読み取れません"],
    ["試算 前払 2000万円 4/11 3/19", "「4/11」は日付として読み取れません"],
    ["試算 前払 2000万円 2027-03-19 2026-04-11", "終期が始期より前"],
    ["試算 前払 2000万円 2026-04-11 2026-05-01 2027-03-19", "日付が多すぎます"],
    ["試算 前払 2000万円 前払 500万円", "二度指定"],
    ["試算 -前払 -契約 2000万円", "どの商品の金額か"],
    ["試算 契約 500万円", "この料率表には工期が必要です"],
    ["試算 契約 500万円 2026-04-11 2029-03-19", "工期が料率表の範囲にありません"],
    ["試算 -全部 500万円", "商品の指定として読み取れませんでした"],
    ["試算 A-999999", "見つかりません"],
    ["試算 A-000001 よろしく", "余分な語"],
  ])("%s: what is missing or unsure is asked, nothing guessed", async (text, said) => {
    const seen = await asks(text);
    expect(seen).toContain(said);
    expect(seen).not.toMatch(/保証料：[\d,]+円/);
  });

  it("where no table holds says what to do", async () => {
    scene.desk.policy.fees = () => [];
    const seen = await asks("試算 前払 2000万円");
    scene.desk.policy.fees = () => [REAL, INVENTED];
    expect(seen).toMatch(/料率表が登録されていません。管理者に料率表（FEES_FILE）/);
  });

  it("of a case: each product, or the one that is named", async () => {
    const { receiptNumber } = await scene.openCase();
    const whole = await asks(`試算 ${receiptNumber}`);
    expect(whole).toContain(`保証料の試算（${receiptNumber}）`);
    expect(whole).toContain("保証料：60,000円");
    expect(whole).toContain("保証料：17,500円");
    const one = await asks(`試算 ${receiptNumber} -前払`);
    expect(one).toContain("保証料：60,000円");
    expect(one).not.toContain("契約保証　保証金額");
    expect(await asks(`試算 ${receiptNumber} 契約`)).not.toContain("前払金保証　保証金額");
  });

  it("and finds it in the modal of 引受, opened by the command", async () => {
    const { receiptNumber } = await scene.openCase();
    const seen = await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber}`);
    const filled = seen.view?.blocks.flatMap(({ element }) => JSON.stringify(element ?? null)).join("\n");
    expect(filled).toContain('"initial_value":"60,000円"');
    expect(filled?.match(/initial_value/g)).toHaveLength(1);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("whatever their role, but nobody outside the staff", async () => {
    expect(await asks("試算 前払 2000万円", "U_REG")).toContain("60,000円");
    expect(await asks("試算 前払 2000万円", "U_STRANGER")).not.toContain("60,000円");
  });

  it("and finds it filled in when accepting; a sample's fee is only named", async () => {
    const { id } = await scene.openCase();
    const found = await scene.store.transact((tx) => tx.caseById(id));
    if (found === null) throw new Error("no case");
    const quotes = new Map(found.guarantees.map((one) => [one.id, quoteOf(scene.desk, found, one)]));
    const meta = { caseId: id, version: 1, only: null, choose: false, channel: null, guarantees: [] };
    const say = (key: string, params = {}) => words.sentence("slack", key, params);
    const { blocks } = acceptModal(found, found.guarantees, meta, words, say, quotes);
    const [advance, performance] = blocks.filter(({ block_id }) => block_id?.startsWith("fee:"));
    expect(advance).toMatchObject({ element: { initial_value: "60,000円" } });
    expect(JSON.stringify(advance)).toContain("社内規程 第5号");
    expect(JSON.stringify(performance)).not.toContain("initial_value");
    expect(JSON.stringify(performance)).toContain("見本のため、試算額を入れていません");
    expect(found.guarantees.map((one) => suggestedFee(scene.desk, found, one))).toEqual([60_000, null]);
  });
});

describe("a quote on the screen", () => {
  const say = (key: string, params = {}) => words.sentence("slack", key, params);
  const priced = (kind: GuaranteeKind, guaranteedYen: number, tables: FeeTable[]) => {
    const asked = {
      kind,
      guaranteedYen,
      worksFrom: "2026-04-11",
      worksUntil: "2027-03-19",
      day: "2026-04-10",
    };
    return { asked, answer: feeOf(tables, asked) };
  };

  it("shows steps, table and source of each product, and what is invented", () => {
    const quotes = [
      priced("advance_payment", 20_000_000, [REAL]),
      priced("interim_advance_payment", 3_333_333, []),
      priced("performance", 5_000_000, [{ ...INVENTED, minimumYen: 20_000 }]),
    ];
    expect(quoteScreens(quotes, "A-000123", say)).toMatchSnapshot();
  });

  it("says of every reason why there is none", () => {
    for (const reason of ["no_table", "amount_missing", "amount_out_of_range", "period_missing"] as const)
      for (const table of [null, REAL]) {
        const { asked } = priced("performance", 1, []);
        const [screen] = quoteScreens([{ asked, answer: { ok: false, reason, table } }], null, say);
        expect(JSON.stringify(screen)).toContain("試算できません");
      }
  });
});
