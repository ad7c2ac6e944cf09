import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ordererSchema } from "../../core/registry.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { registryScene } from "./registry-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** 発注者: staff look an orderer up; two people decide which of its mailboxes is trusted. */
describe.each(["socket", "http"] as const)("an orderer's registration over %s", (mode) => {
  let scene: Scene;
  let at: ReturnType<typeof registryScene>;
  const every = ["advance_payment", "interim_advance_payment", "performance"] as const;
  const town = (name: string, changes: object = {}) =>
    ordererSchema.parse({
      ...{ name, certificateName: `${name}長`, prefecture: "静岡県", branch: "静岡支店" },
      mailboxes: [
        { address: `keiyaku2026@${name === "富士市" ? "fuji" : "other"}.example`, office: "契約検査課" },
        { domain: "city.fuji.example", confirmed: true, products: ["performance"] },
      ],
      acceptance: [
        {
          ...{ products: [...every], workKinds: ["works"], guarantorKinds: ["surety_company", "bank"] },
          ...{ basis: "contract", from: "2025-11-14", summary: "契約日が開始日以後の工事", source: "案内" },
        },
        {
          ...{ products: ["performance"], workKinds: ["design"], guarantorKinds: ["surety_company"] },
          ...{ basis: "announcement", from: "2999-03", summary: "先の規則", source: "案内" },
        },
        {
          ...{ products: ["performance"], workKinds: ["works"], guarantorKinds: ["insurer"] },
          ...{ basis: "contract", from: null, summary: "保険会社だけの規則", source: "案内" },
        },
        {
          ...{ products: ["performance"], workKinds: ["works"], guarantorKinds: ["surety_company"] },
          ...{ basis: "contract", from: null, until: "2020-03-31", summary: "終わった規則", source: "案内" },
        },
      ],
      amounts: [
        { products: ["advance_payment"], workKinds: ["works"], ratioMax: 0.4, roundDownYen: 100_000 },
      ],
      routes: [
        { products: [...every], kind: "mail", to: ["keiyaku@city.fuji.example"], timing: "with_contract" },
      ],
      ...changes,
    });
  const stored = async (name: string) => {
    const [found] = await scene.store.transact((tx) => tx.ordererNamed(name));
    if (found === undefined) throw new Error("no such town");
    return found;
  };
  const trusted = (address: string) => scene.store.transact((tx) => tx.isRegisteredAddress(address));
  beforeAll(async () => {
    scene = await openScene({ mode });
    at = registryScene(scene);
    await scene.store.transact((tx) =>
      tx.replaceOrderers([town("富士市"), town("富士宮市")], scene.desk.now()),
    );
  });
  afterAll(() => scene.stop());

  it("shows mailboxes, the rules of today with their source, amounts and ways, each in plain words", async () => {
    const text = readable(await at.look("U_CLERK", "発注者 富士市"));
    for (const words of [
      "証書に記載する名称：富士市長",
      "keiyaku2026@fuji.example　未確認",
      "@city.fuji.example　確認済み",
      "基準：契約日　期間：令和7年11月14日 ～ 定めなし",
      "内容：契約日が開始日以後の工事",
      "期間：2999年3月（日は不明） ～ 定めなし【開始前】",
      "上限：40％",
      "100,000円未満切捨て",
      "方法：メール　時期：契約のとき",
      "・keiyaku@city.fuji.example",
    ])
      expect(text).toContain(words);
    expect(text).not.toContain("保険会社だけの規則");
    expect(text).not.toContain("終わった規則");
    expect(text).not.toContain("確認を申請");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("is picked from a list by a part of its name, prefecture and name, or an address", async () => {
    const list = await at.look("U_CLERK", "発注者 富士");
    expect(readable(list).match(/\[表示\]/g)).toHaveLength(2);
    expect((await at.person("U_CLERK").click(list, "表示", { index: 1 })).text).toContain("富士宮市長");
    for (const words of ["静岡県富士宮市", "富士宮市長", "KEIYAKU2026@other.example"])
      expect(readable(await at.look("U_CLERK", `発注者 ${words}`)), words).toContain("発注者　富士宮市");
    expect((await at.person("U_CLERK").command("/hosho", "発注者 無い市")).text).toContain(
      "登録されていません",
    );
    expect((await at.person("U_CLERK").command("/hosho", "orderer")).text).toContain("（3件）");
  });

  it("has a mailbox trusted once two people say so, and no longer when one says no", async () => {
    const screen = await at.look("U_REG", "発注者 富士市");
    const [asked] = await Promise.all([
      at.person("U_REG").click(screen, "確認を申請"),
      scene.slack.person("U_REG").click(screen, "確認を申請"),
    ]);
    expect(await scene.store.transact((tx) => tx.openRegistryChanges(9))).toHaveLength(1);
    expect(asked.text).toContain("発注者「富士市」のメールボックスの確認を申請しました");
    expect(await trusted("keiyaku2026@fuji.example")).toBe(false);
    const told = await at.told("「富士市」のメールボックスの確認を申請");
    expect((await at.person("U_TWIN").click(told, "確認する")).text).toContain("確認できません");
    const modal = at.opened(await at.person("U_BOTH").click(told, "確認する"));
    expect(readable(modal)).toContain("メールボックス：keiyaku2026@fuji.example");
    await at.person("U_BOTH").submit(modal, { 内容の確認: true });
    expect(await trusted("keiyaku2026@fuji.example")).toBe(true);
    const rest = (await stored("富士市")).mailboxes.map(({ confirmed }) => confirmed);
    expect(rest).toEqual([true, true]);
    // The button that asked is of yesterday's list.
    expect((await at.person("U_REG").click(screen, "確認を申請")).text).toContain("変わっています");
    const again = await at.look("U_BOSS", "発注者 富士市");
    const undone = await at.person("U_BOSS").click(again, "確認を取り消す", { index: 0 });
    expect(undone.text).toContain("keiyaku2026@fuji.example）の確認を取り消しました");
    expect(await trusted("keiyaku2026@fuji.example")).toBe(false);
    expect((await at.person("U_BOSS").click(again, "確認を取り消す", { index: 0 })).text).toContain(
      "変わっています",
    );
    await at.told("鈴木 花子さんが、発注者「富士市」のメールボックスの確認を取り消しました");
    const actions = (await scene.audited()).map(({ action }) => action);
    for (const action of ["mailbox_confirm_requested", "mailbox_confirmed", "mailbox_unconfirmed"])
      expect(actions.filter((one) => one === action)).toHaveLength(1);
    expect(JSON.stringify(scene.slack.messages())).not.toContain("@fuji.example");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("that was imported anew is not confirmed on the strength of an older proposal", async () => {
    const screen = await at.look("U_REG", "発注者 富士宮市");
    await at.person("U_REG").click(screen, "確認を申請");
    const told = await at.told("「富士宮市」のメールボックスの確認を申請");
    const mailboxes = [{ address: "keiyaku2026@other.example", office: "別の課" }];
    await scene.store.transact((tx) =>
      tx.replaceOrderers([town("富士宮市", { mailboxes })], scene.desk.now()),
    );
    expect((await at.confirm("U_BOSS", told)).text).toContain("申請のときから変わっています");
    await at.person("U_BOSS").closeView();
    expect((await stored("富士宮市")).mailboxes[0]?.confirmed).toBe(false);
  });

  it("is no registrar's work for clerks, and nothing to strangers", async () => {
    const screen = await at.look("U_REG", "発注者 富士宮市");
    expect(readable(screen)).toContain("[確認を申請]");
    expect(readable(await at.look("U_CLERK", "発注者 富士宮市"))).not.toContain("[確認");
    expect((await at.person("U_STRANGER").command("/hosho", "発注者 富士市")).text).not.toContain("@");
  });
});
