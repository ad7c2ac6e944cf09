import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storyFacts } from "../../bot/blocks/story-facts.ts";
import { sayIn } from "../../bot/words.ts";
import { dayInTokyo } from "../../core/dates.ts";
import { holding, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { ordererSchema } from "../../core/registry.ts";
import { requested } from "../desk/application.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { AMOUNTS, type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene, words } from "./scene.ts";

/** A guarantee in force: 変更, 訂正, 変更取消, 解約, 終了, each asked for by one and approved by another. */
describe.each(["socket", "http"] as const)("a guarantee in force, over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
    scene.desk.policy.workKindWords = [{ word: "工事", kind: "works" }];
    const rule = { workKinds: ["works"], from: "2020-04-01", until: null };
    const orderer = ordererSchema.parse({
      ...{ name: "利根町", certificateName: "利根町長", prefecture: "茨城県" },
      amounts: [
        { ...rule, products: ["advance_payment"], ratioMax: 0.4, roundDownYen: 100_000 },
        { ...rule, products: ["performance"], ratioMin: 0.1 },
      ],
    });
    await scene.store.transact((tx) => tx.replaceOrderers([orderer], scene.desk.now()));
  });
  afterAll(async () => {
    await scene.stop();
  });

  const until = { 前払金保証の保証期限: "2027-04-30", 契約保証の保証期限: "2027-04-30" };
  const longer = { 工期の終期: "2027-04-30", ...until };
  const why = { 変更の理由: "工期延長の変更契約", 保証料の確認: true };
  const templates = async (one: LifeCase) => (await life.letters(one)).map(({ template }) => template);
  const approved = async (one: LifeCase) => {
    const seen = await life.approve("U_BOSS", one);
    if (!seen.closed) throw new Error(seen.text);
    await life.drawn(one);
  };

  it("is amended from a form filled in with what holds; number, key and medium stay", async () => {
    const one = await life.issued();
    const before = await life.guarantee(one, "performance");
    const form = life.opened(await life.command("U_CLERK", `変更 ${one.receiptNumber}`));
    const words = readable(form);
    for (const word of ["町道112号線改良工事", "50,000,000円", "契約保証（電子）", before.number])
      expect(words).toContain(word);
    expect(form.blocks.some(({ block_id }) => String(block_id).startsWith("medium"))).toBe(false);
    await expect(
      life.submit("U_CLERK", form, { ...longer, 変更の理由: "工期延長の変更契約" }),
    ).rejects.toThrow("保証料の確認: required");
    const seen = await life.submit("U_CLERK", form, { ...why, 契約保証の保証金額: "６百万円" });
    expect(seen.text).toContain("変更を申請しました");
    expect(seen.text).toMatch(/○ 【契約保証】.*12\.0 %/);
    expect((await life.guarantee(one, "performance")).certificates).toHaveLength(1);

    const checker = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    expect(checker.title).toBe("変更の承認");
    expect(readable(checker)).toContain("・保証金額：5,000,000円 → 6,000,000円");
    expect(readable(checker)).toContain("・工期の終期：令和9年3月19日 → 令和9年4月30日");
    expect(readable(checker)).toContain("工期延長の変更契約");
    expect(readable(checker)).toMatch(/○ 【契約保証】.*12\.0 %[\s\S]*10 %以上/);
    const old = await life.submit("U_BOSS", checker, AMOUNTS);
    expect(old.errors).toMatchObject([{ label: expect.stringContaining("契約保証") }]);
    await life.submit("U_BOSS", life.opened(old), { 契約保証の保証金額: "6,000,000円" });
    await life.drawn(one);
    const after = await life.guarantee(one, "performance");
    expect(after.number).toBe(before.number);
    expect(holding(after).map(({ serial }) => serial)).toEqual([0, 1]);
    expect(latestCertificate(after).content).toMatchObject({
      guaranteedYen: 6_000_000,
      worksUntil: "2027-04-30",
    });
    expect((await templates(one)).filter((template) => template === "amended")).toHaveLength(2);
  });

  it("says at each input what it cannot understand, all at once, and keeps what was entered", async () => {
    const one = await life.issued();
    const form = life.opened(await life.command("U_CLERK", `amend ${one.receiptNumber}`));
    const seen = await life.submit("U_CLERK", form, {
      ...{ ...why, 請負金額: "約5千万円", 前払金保証の保証金額: "四割", 契約保証の今年度対象額: "12%" },
    });
    expect(seen.errors.map(({ label }) => label)).toEqual([
      "請負金額",
      "前払金保証の保証金額",
      "契約保証の今年度対象額",
    ]);
    const mended = { 請負金額: "5千万円", 前払金保証の保証金額: "2千万円", 契約保証の今年度対象額: "" };
    const short = await life.submit("U_CLERK", life.opened(seen), { ...mended, 工期の終期: "2027-04-30" });
    expect(short.errors).toMatchObject([{ label: "前払金保証の保証期限" }]);
    const nothing = { 工期の終期: "2027-03-19" };
    const same = await life.submit("U_CLERK", life.opened(short), nothing);
    expect(same.errors).toMatchObject([{ label: "変更の理由", message: expect.stringContaining("同じ") }]);
    expect(await life.actions(one)).not.toContain("change_requested");
  });

  it("keeps what products have differently, unless it is written anew", async () => {
    const one = await life.issued();
    const own = { 取扱箇所: "土浦営業所", 前払金保証の保証期限: "2027-03-31", ...why };
    await life.does("U_CLERK", `変更 ${one.receiptNumber} -前払`, own);
    await approved(one);
    const form = life.opened(await life.command("U_CLERK", `変更 ${one.receiptNumber}`));
    expect(readable(form)).toContain("商品により記載が異なる項目：取扱箇所");
    await life.submit("U_CLERK", form, { ...why, ...longer });
    await approved(one);
    const branches = ["advance_payment", "performance"] as const;
    const contents = await Promise.all(branches.map((kind) => life.guarantee(one, kind)));
    expect(contents.map((each) => latestCertificate(each).content.handlingBranch)).toEqual([
      "土浦営業所",
      "茨城支店",
    ]);
    expect(contents.map((each) => latestCertificate(each).serial)).toEqual([2, 1]);
  });

  it("needs no certificate for another price alone; the ratios are checked and an amount is offered", async () => {
    const one = await life.issued();
    const form = life.opened(await life.command("U_CLERK", `変更 ${one.receiptNumber}`));
    const seen = await life.submit("U_CLERK", form, { ...why, 請負金額: "5,500万円", 変更の理由: "増額" });
    expect(seen.closed).toBe(false);
    const offer = life.opened(seen);
    expect(offer.submit).toBe("保証金額の変更を申請");
    const text = readable(offer);
    expect(text).toContain("証書の変更は不要です");
    expect(text).toMatch(/○ 【前払金保証】.*36\.36 %/);
    expect(text).toMatch(/× 【契約保証】.*9\.09 %[\s\S]*10 %以上/);
    expect(text).toContain("5,500,000円");
    expect(text).not.toContain("前払金保証の保証金額");
    expect(await life.actions(one)).toContain("price_change_noted");
    const noted = (await scene.audited()).findLast(({ action }) => action === "price_change_noted");
    const facts = storyFacts(noted?.data ?? {}, words, sayIn(words)).join("\n");
    expect(facts).toContain("請負金額：50,000,000円 → 55,000,000円");
    expect(facts).toMatch(/理由：増額[\s\S]*契約保証の点検：保証金額が/);
    expect(await life.actions(one)).not.toContain("change_requested");
    expect(await templates(one)).not.toContain("amended");
    await scene.slack.waitFor(
      () => {
        const card = scene.slack.messages("C_DESK").find((m) => readable(m).includes(one.receiptNumber));
        const thread = card === undefined ? [] : scene.slack.thread("C_DESK", card.ts);
        return (
          thread.filter((m) => readable(m).includes("9.09 %") || readable(m).includes("36.36 %")).length === 2
        );
      },
      { what: "both ratios in the thread", timeoutMs: 10_000 },
    );
    const asked = await life.submit("U_CLERK", offer, { 保証料の確認: true });
    expect(asked.text).toContain("変更を申請しました");
    await approved(one);
    expect(latestCertificate(await life.guarantee(one, "performance"))).toMatchObject({
      ...{ serial: 1, content: { guaranteedYen: 5_500_000, contractPriceYen: 55_000_000 } },
    });
    expect(latestCertificate(await life.guarantee(one, "advance_payment")).serial).toBe(0);
  });

  it("offers the greatest advance under a lower price, rounded down as the orderer's rule says", async () => {
    const one = await life.issued();
    const values = { ...why, 請負金額: "45,123,456円", 変更の理由: "減額" };
    const seen = await life.does("U_CLERK", `変更 ${one.receiptNumber}`, values);
    expect(readable(life.opened(seen))).toContain("18,000,000円");
    const within = await life.issued();
    const notice = await life.does("U_CLERK", `変更 ${within.receiptNumber} -契約`, {
      ...{ ...why, 請負金額: "49,000,000円" },
    });
    expect(life.opened(notice).submit).toBeNull();
    expect(notice.text).toContain("○ 【契約保証】");
    const below = await life.does("U_CLERK", `変更 ${within.receiptNumber}`, { ...why, 請負金額: "1千万円" });
    expect(below.errors).toMatchObject([{ label: expect.stringContaining("保証金額") }]);
  });

  it("is rectified under its serial, and whoever had the faulty certificate is told", async () => {
    const one = await life.issued();
    await life.does("U_CLERK", `訂正 ${one.receiptNumber}`, {
      ...{ 工事名: "町道113号線改良工事", 訂正の理由: "路線番号の誤り" },
    });
    const checker = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    expect(checker.title).toBe("訂正の承認");
    await approved(one);
    const after = await life.guarantee(one, "advance_payment");
    expect(after.certificates.map(({ serial, ended }) => [serial, ended?.how])).toEqual([
      [0, "rectified"],
      [0, undefined],
    ]);
    expect((await templates(one)).filter((template) => template === "rectified")).toHaveLength(2);
  });

  it("loses its latest amendment; the checker sees what holds again", async () => {
    const one = await life.issued();
    const none = await life.command("U_CLERK", `変更取消 ${one.receiptNumber}`);
    expect(none.view).toBeUndefined();
    expect(none.text).toContain("取り消せる変更がありません");
    await life.does("U_CLERK", `変更 ${one.receiptNumber} -前払`, {
      ...{ ...why, 前払金保証の保証期限: "2027-05-31" },
    });
    await approved(one);
    const form = life.opened(await life.command("U_CLERK", `変更取消 ${one.receiptNumber}`));
    expect(readable(form)).toContain("・保証期限：令和9年5月31日 → 令和9年3月19日");
    expect(readable(form)).not.toContain("契約保証");
    await life.submit("U_CLERK", form, { 変更取消の理由: "変更契約の取消し" });
    await approved(one);
    const after = await life.guarantee(one, "advance_payment");
    expect(latestCertificate(after)).toMatchObject({ serial: 0, content: { guaranteeUntil: "2027-03-19" } });
    expect(await templates(one)).toContain("unamended");
  });

  it.each([
    ["解約", "cancelled", "解約"],
    ["終了", "released", "終了"],
  ] as const)("ends by %s on a day that has come", async (word, status, noun) => {
    const one = await life.issued();
    const form = life.opened(await life.command("U_CLERK", `${word} ${one.receiptNumber} -契約`));
    expect(readable(form)).toContain("元には戻せません");
    const reason = { [`${noun}の理由`]: "工事の完成" };
    const early = await life.submit("U_CLERK", form, { ...reason, [`${noun}日`]: "2099-01-01" });
    expect(early.errors).toMatchObject([{ label: `${noun}日` }]);
    const today = dayInTokyo(scene.desk.now());
    await life.submit("U_CLERK", life.opened(early), { [`${noun}日`]: today });
    expect((await life.guarantee(one, "performance")).status).toBe("in_force");
    await approved(one);
    expect(await life.guarantee(one, "performance")).toMatchObject({ status, on: today });
    expect((await life.guarantee(one, "advance_payment")).status).toBe("in_force");
    expect(await templates(one)).toContain(status);
    expect((await life.command("U_CLERK", `${word} ${one.receiptNumber} -契約`)).text).toContain(
      "行えません",
    );
  });

  it("on paper has no key to send again; its form says that it is on paper", async () => {
    const paper = { ...requested("performance", 5_000_000), form: "paper" as const };
    const one = await life.issued({ guarantees: [paper] });
    const seen = await life.command("U_CLERK", `再送 ${one.receiptNumber}`);
    expect(seen.view).toBeUndefined();
    expect(seen.text).toContain("認証キーのお知らせがありません");
    const form = life.opened(await life.command("U_CLERK", `変更 ${one.receiptNumber}`));
    expect(readable(form)).toContain("契約保証（紙）");
  });

  it("is changed from the menu of its card just as by command", async () => {
    const one = await life.issued();
    const card = await scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .find(
            (m) =>
              readable(m).includes(one.receiptNumber) && readable(m).includes("契約保証（電子）：発行済"),
          ),
      { what: "the card", timeoutMs: 10_000 },
    );
    const titles = { 変更: "変更の申請", 訂正: "訂正の申請", 解約: "解約の申請", 再送: "お知らせの再送" };
    for (const [word, title] of Object.entries(titles)) {
      const seen = await scene.slack.person("U_CLERK").choose(card, "操作", word);
      expect(life.opened(seen).title).toBe(title);
      await scene.slack.person("U_CLERK").closeView();
    }
  });

  it("is not changed by anybody without the role", async () => {
    const one = await life.issued();
    for (const word of ["変更", "訂正", "変更取消", "解約", "終了", "再送"]) {
      const seen = await life.command("U_REG", `${word} ${one.receiptNumber}`);
      expect(seen.view).toBeUndefined();
      expect(seen.text).toContain("担当または承認者");
    }
    expect(scene.slack.rejections).toEqual([]);
  });
});
