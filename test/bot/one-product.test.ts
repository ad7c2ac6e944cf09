import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chosenProducts } from "../../bot/modal-meta.ts";
import { contractorSchema } from "../../core/registry.ts";
import { requested } from "../desk/application.ts";
import type { Entry } from "../sandbox/slack/inputs.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { View } from "../sandbox/slack/types.ts";
import { AMOUNTS, type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** A button and the menu name a case and no product: their modals ask which of its products are meant. */
describe.each(["socket", "http"] as const)("one product of several by button, over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const both = ["前払金保証", "契約保証"];
  const performanceOnly = { 対象の商品: ["契約保証"] };
  const ended = { 解約の理由: "請負契約の解除" };
  const statuses = async (one: LifeCase) => (await life.found(one.id)).guarantees.map(({ status }) => status);

  /** The card of the case as it stands now. */
  const cardOf = async (one: LifeCase) => {
    const { version } = await life.found(one.id);
    return scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .find(({ blocks }) => JSON.stringify(blocks).includes(`${one.id}:${version}"`)),
      { what: "the card", timeoutMs: 10_000 },
    );
  };
  const chosen = async (who: string, one: LifeCase, word: string) =>
    scene.slack.person(who).choose(await cardOf(one), "操作", word);
  const modalOf = async (who: string, one: LifeCase, word: string): Promise<View> =>
    life.opened(await chosen(who, one, word));
  const does = async (who: string, one: LifeCase, word: string, values: Record<string, Entry>) => {
    const seen = await life.submit(who, await modalOf(who, one, word), values);
    if (!seen.closed) throw new Error(`${word}: ${seen.text} ${JSON.stringify(seen.errors)}`);
    return seen;
  };
  const approved = async (one: LifeCase) =>
    (await life.decisions(one)).filter(({ verdict }) => verdict === "approved").length;
  const boxes = (view: View) =>
    view.blocks.filter(({ block_id }) => block_id === "products").map((block) => JSON.stringify(block));

  it("is accepted alone: the fee of the other is not asked for, its own is", async () => {
    const one = await scene.openCase();
    const view = await modalOf("U_CLERK", one, "引受");
    for (const product of both) expect(boxes(view).join()).toContain(product);
    await expect(life.submit("U_CLERK", view, { 対象の商品: [] })).rejects.toThrow(
      "対象の商品: required and empty",
    );
    const refused = await life.submit("U_CLERK", view, { ...performanceOnly, 前払金保証の保証料: "65000" });
    expect(refused.errors).toMatchObject([
      {
        label: expect.stringContaining("契約保証の保証料"),
        message: expect.stringContaining("契約保証の保証料が入力"),
      },
    ]);
    const seen = await life.submit("U_CLERK", view, { 契約保証の保証料: "12000" });
    expect(seen.text).toContain("契約保証（電子）：入金待ち");
    expect(seen.text).not.toContain("前払金保証");
    expect(await statuses(one)).toEqual(["applied", "accepted"]);
    // Only one fits now: there is nothing to choose.
    expect(boxes(await modalOf("U_CLERK", one, "引受"))).toEqual([]);
  });

  it("is meant without a question where a command names it", async () => {
    const one = await scene.openCase();
    const view = life.opened(await life.command("U_CLERK", `引受 ${one.receiptNumber} -前払 -契約`));
    expect(boxes(view)).toEqual([]);
    await expect(life.submit("U_CLERK", view, { 契約保証の保証料: "12000" })).rejects.toThrow(
      "前払金保証の保証料（円）: required",
    );
  });

  it.each([
    ["差戻", "差戻しの理由", "returned"],
    ["謝絶", "謝絶の理由", "declined"],
    ["取下", "取下げの理由", "withdrawn"],
  ])("goes alone by %s, and the letter names it alone", async (word, label, status) => {
    const one = await scene.openCase();
    await does("U_CLERK", one, word, { ...performanceOnly, [label]: "工期をお知らせください。" });
    expect(await statuses(one)).toEqual(["applied", status]);
    const audited = (await scene.audited()).findLast(({ action }) => action === status);
    expect(audited).toMatchObject({ caseId: one.id, data: { guarantees: [{ kind: "performance" }] } });
  });

  it("goes back to the applicant, or what waits to its maker, and never both with one reason", async () => {
    const one = await scene.openCase();
    await life.command("U_CLERK", `引受 ${one.receiptNumber} -契約 12000`);
    await life.command("U_CLERK", `入金 ${one.receiptNumber}`);
    await does("U_CLERK", one, "発行", { 内容の確認: true });
    const view = await modalOf("U_BOSS", one, "差戻");
    expect(readable(view)).toContain("申請者（佐藤 一郎さん）へ差し戻し");
    const reason = { 差戻しの理由: "住所が違います。" };
    const refused = await life.submit("U_BOSS", view, { 対象の商品: both, ...reason });
    expect(refused.errors).toMatchObject([
      { label: "対象の商品", message: expect.stringContaining("別々に差し戻してください") },
    ]);
    expect((await life.submit("U_BOSS", view, performanceOnly)).text).toContain("もう一度申請できます");
    expect(await statuses(one)).toEqual(["applied", "accepted"]);
    const returned = async () =>
      (await life.letters(one)).filter(({ template }) => template === "returned").length;
    expect(await returned()).toBe(0);
    await does("U_CLERK", one, "発行", { 内容の確認: true });
    // Unless something else is ticked, it is the applicant's that goes back.
    await does("U_BOSS", one, "差戻", reason);
    expect(await statuses(one)).toEqual(["returned", "awaiting_approval"]);
    expect(await returned()).toBe(1);
  });

  it("is paid alone by the button; the last one is noted at a click, and a command notes all", async () => {
    const one = await scene.openCase();
    await life.command("U_CLERK", `引受 ${one.receiptNumber} 65000 12000`);
    const view = life.opened(await scene.slack.person("U_CLERK").click(await cardOf(one), "入金を確認"));
    expect(readable(view)).toContain("前払金保証の保証料：65,000円");
    const seen = await life.submit("U_CLERK", view, performanceOnly);
    expect(seen.text).toContain("入金を記録しました");
    const paid = async () =>
      (await life.found(one.id)).guarantees.map((g) => g.status === "accepted" && g.fee.settlement !== null);
    expect(await paid()).toEqual([false, true]);
    const last = await scene.slack.person("U_CLERK").click(await cardOf(one), "入金を確認");
    expect(last.view).toBeUndefined();
    expect(last.text).toContain("入金を記録しました");
    expect(await paid()).toEqual([true, true]);

    const other = await scene.openCase();
    await life.command("U_CLERK", `引受 ${other.receiptNumber} 65000 12000`);
    const old = life.opened(await scene.slack.person("U_CLERK").click(await cardOf(other), "入金を確認"));
    expect((await life.command("U_BOTH", `入金 ${other.receiptNumber}`)).text).toContain("記録しました");
    expect((await life.submit("U_CLERK", old, {})).text).toContain("この画面は古くなっています");
  });

  it("is asked for and approved alone: no amount of the other, its own whole", async () => {
    const one = await life.paid();
    await does("U_CLERK", one, "発行", { ...performanceOnly, 内容の確認: true });
    expect(await statuses(one)).toEqual(["accepted", "awaiting_approval"]);
    await does("U_CLERK", one, "発行", { 内容の確認: true });
    expect(await statuses(one)).toEqual(["awaiting_approval", "awaiting_approval"]);

    const view = await modalOf("U_BOSS", one, "承認");
    const refused = await life.submit("U_BOSS", view, {
      前払金保証の保証金額: AMOUNTS.前払金保証の保証金額 ?? "",
    });
    expect(refused.errors).toMatchObject([{ label: expect.stringContaining("契約保証の保証金額") }]);
    expect(await approved(one)).toBe(0);
    const again = await life.submit("U_BOSS", view, { 対象の商品: ["前払金保証"] });
    expect(again.text).toContain("発行を承認しました");
    await life.drawn(one);
    expect(await statuses(one)).toEqual(["in_force", "awaiting_approval"]);
    expect(await approved(one)).toBe(1);
  });

  it("is issued without the 認定 of an interim payment that is not meant, and not with it", async () => {
    const interim = { ...requested("interim_advance_payment", 10_000_000), fiscalYearYen: 30_000_000 };
    const one = await life.paid({ guarantees: [interim, requested("performance", 5_000_000)] });
    const check = {
      ...{ code: "interim_certified", kind: "interim_advance_payment", verdict: "unknown", measured: "" },
      ...{ reason: "certification_wanted", rule: "", source: "" },
    };
    await life.query(`UPDATE cases SET checks = '${JSON.stringify([check])}' WHERE id = '${one.id}'`);
    const view = await modalOf("U_CLERK", one, "発行");
    const refused = await life.submit("U_CLERK", view, { 内容の確認: true });
    expect(refused.errors).toMatchObject([{ label: "認定の確認" }]);
    expect((await life.submit("U_CLERK", view, performanceOnly)).closed).toBe(true);
    expect(await statuses(one)).toEqual(["accepted", "awaiting_approval"]);
  });

  it.each([
    ["解約", ended, "cancelled"],
    ["終了", { 終了の理由: "工事の完成" }, "released"],
  ])("ends alone by %s; of two that wait one is approved", async (word, reason, status) => {
    const one = await life.issued();
    await does("U_CLERK", one, word, { ...performanceOnly, ...reason });
    const waits = async () =>
      (await life.found(one.id)).guarantees.map((g) => g.status === "in_force" && g.change !== null);
    expect(await waits()).toEqual([false, true]);
    await does("U_CLERK", one, word, reason);
    expect(await waits()).toEqual([true, true]);
    const view = await modalOf("U_BOSS", one, "承認");
    const amount = { 契約保証の保証金額: AMOUNTS.契約保証の保証金額 ?? "" };
    expect((await life.submit("U_BOSS", view, { ...performanceOnly, ...amount })).closed).toBe(true);
    expect(await statuses(one)).toEqual(["in_force", status]);
    expect(await waits()).toEqual([true, false]);
  });

  it("has its amendment withdrawn alone, and its request sent back alone", async () => {
    const one = await life.issued();
    const until = { 前払金保証の保証期限: "2027-04-30", 契約保証の保証期限: "2027-04-30" };
    const longer = { 工期の終期: "2027-04-30", ...until, 変更の理由: "工期延長", 保証料の確認: true };
    await does("U_CLERK", one, "変更", longer);
    expect((await life.approve("U_BOSS", one)).closed).toBe(true);
    await life.drawn(one);
    await does("U_CLERK", one, "変更取消", { 変更取消の理由: "変更契約の取消し" });
    await does("U_BOSS", one, "差戻", { 対象の商品: ["前払金保証"], 差戻しの理由: "前払は残します。" });
    const [advance, performance] = (await life.found(one.id)).guarantees;
    expect(advance).toMatchObject({ status: "in_force", change: null });
    expect(performance).toMatchObject({ change: { proposed: { change: "unamend" } } });
    expect((await life.approve("U_BOSS", one)).closed).toBe(true);
    expect((await life.guarantee(one, "advance_payment")).certificates.every((v) => v.ended === null)).toBe(
      true,
    );
    expect((await life.guarantee(one, "performance")).certificates.at(-1)?.ended?.how).toBe("withdrawn");
  });

  it("has its key sent again alone", async () => {
    const contractor = contractorSchema.parse({
      ...{ name: "利根建設株式会社", address: "茨城県北相馬郡利根町布川1" },
      ...{ representative: "代表取締役 利根 太郎", addresses: ["suzuki@tone-kensetsu.example"] },
    });
    await scene.store.transact((tx) => tx.replaceContractors([contractor], scene.desk.now()));
    const one = await life.issued();
    const to = { 送り先: "suzuki@tone-kensetsu.example" };
    await does("U_CLERK", one, "再送", { ...performanceOnly, ...to });
    const audited = (await scene.audited()).findLast(({ action }) => action === "key_sent");
    const { number } = await life.guarantee(one, "performance");
    expect(audited?.data.notices).toEqual([expect.stringContaining(number)]);
  });
});

describe("what is ticked in a modal", () => {
  const guarantees = (["advance_payment", "performance"] as const).map((kind) => ({
    id: kind,
    kind,
    hash: "",
  }));
  const meta = { caseId: "c", version: 1, only: null, choose: true, channel: null, guarantees };
  const chosen = (products: string) => chosenProducts(meta, new Map([["products", products]]));

  it("is all that it is about; nothing, or something else's, is nothing", () => {
    expect(chosen("performance")).toMatchObject({ only: ["performance"], guarantees: [guarantees[1]] });
    expect(chosen("advance_payment,performance")?.guarantees).toEqual(guarantees);
    for (const none of ["", "g-of-another-case", ","]) expect(chosen(none)).toBeNull();
    expect(chosenProducts(meta, new Map())).toBeNull();
    expect(chosenProducts({ ...meta, choose: false }, new Map())).toMatchObject({ guarantees });
  });
});
