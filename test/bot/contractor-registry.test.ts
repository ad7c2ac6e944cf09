import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { confirmChange } from "../../core/desk/registry/decide.ts";
import type { StaffMember } from "../../core/policy.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { registryScene } from "./registry-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** 受注者: staff look contractors up; what one of them enters holds once another has confirmed it. */

const NEW = { 住所: "静岡県富士市大淵0000番地", 代表者: "代表取締役　岩本　進" };
const addressesOf = async (scene: Scene, name: string) =>
  (await scene.store.transact((tx) => tx.contractorNamed(name)))?.addresses;

describe.each(["socket", "http"] as const)("a contractor's registration over %s", (mode) => {
  let scene: Scene;
  let at: ReturnType<typeof registryScene>;
  beforeAll(async () => {
    scene = await openScene({ mode });
    at = registryScene(scene);
  });
  afterAll(() => scene.stop());

  it("changes its addresses when another person has confirmed exactly what was proposed", async () => {
    const before = await at.look("U_REG", "受注者 利根建設");
    expect(readable(before)).toContain("suzuki@tone-kensetsu.example");
    const seen = await at.propose("U_REG", "suzuki@tone-kensetsu.example", {
      メールアドレス: "suzuki@tone-kensetsu.example\nＫＥＩＲＩ＠tone-kensetsu.example",
    });
    expect(seen.closed).toBe(true);
    expect(seen.text).toContain("それまでは何も変わりません");
    expect(await addressesOf(scene, "利根建設株式会社")).toEqual(["suzuki@tone-kensetsu.example"]);
    const told = await at.told("メールアドレスを含む登録内容の変更を申請しました");
    expect(readable(told)).toContain("田中 三郎さん");
    const modal = at.opened(await at.person("U_BOSS").click(told, "確認する"));
    expect(readable(modal)).toMatch(/追加するメールアドレス：\n・KEIRI@tone-kensetsu\.example/);
    expect(readable(modal)).toContain("変わらないメールアドレス：\n・suzuki@tone-kensetsu.example");
    const done = await at.person("U_BOSS").submit(modal, { 内容の確認: true });
    expect(done.closed).toBe(true);
    await expect.poll(() => done.text).toContain("登録に反映しました");
    expect(await addressesOf(scene, "利根建設株式会社")).toEqual([
      "suzuki@tone-kensetsu.example",
      "KEIRI@tone-kensetsu.example",
    ]);
    await at.told("鈴木 花子さんが、受注者「利根建設株式会社」のメールアドレスを含む登録内容の変更を確認し");
    const audit = await scene.audited();
    expect(audit.find(({ action }) => action === "address_change_requested")?.actor).toContain("1004");
    const changed = audit.find(({ action }) => action === "address_changed");
    expect(changed?.actor).toContain("1002");
    expect(JSON.stringify(changed?.data)).toContain('"before"');
    expect(JSON.stringify(scene.slack.messages())).not.toContain("@tone-kensetsu");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("is confirmed by one person alone neither at once nor from a second account of theirs", async () => {
    await at.propose("U_REG", "利根建設", { 代表者: "代表取締役 利根 次郎" });
    const told = await at.told("「利根建設株式会社」の登録内容の変更を申請しました");
    for (const account of ["U_REG", "U_TWIN"]) {
      const seen = await at.person(account).click(told, "確認する");
      expect(seen.view).toBeUndefined();
      expect(seen.text).toContain("申請したご本人（田中 三郎さん）は確認できません");
      expect(seen.text).toMatch(/鈴木 花子さん.*高橋 次郎さん|高橋 次郎さん.*鈴木 花子さん/);
    }
    const found = await scene.store.transact((tx) => tx.contractorNamed("利根建設株式会社"));
    expect(found?.representative).toBe("代表取締役 利根 太郎");
    expect((await at.confirm("U_BOSS", told)).text).toContain("登録に反映しました");
    const after = await scene.store.transact((tx) => tx.contractorNamed("利根建設株式会社"));
    expect(after?.representative).toBe("代表取締役 利根 次郎");
  });

  it("is registered anew, found by its name and address, and its history says by whom", async () => {
    const seen = await at.register("U_REG", {
      受注者の名称: "㈱岩本電気工事",
      ...NEW,
      メールアドレス: "iwamoto2026x@iwamoto-k.example",
    });
    expect(seen.text).toContain("受注者「株式会社岩本電気工事」の登録を申請しました");
    expect((await at.confirm("U_BOTH", await at.told("岩本電気工事」の登録を申請"))).closed).toBe(true);
    const byAddress = await at.look("U_CLERK", "受注者 IWAMOTO2026x@iwamoto-k.example");
    // Twelve letters and digits before the @ look like a key; whoever confirms them must be able to read them.
    expect(readable(byAddress)).toContain("・iwamoto2026x@iwamoto-k.example（");
    expect(readable(byAddress)).toContain("案件：0件");
    expect(readable(byAddress)).not.toContain("[変更]");
    const past = await at.person("U_CLERK").click(byAddress, "履歴");
    expect(past.text).toContain("申請：田中 三郎さん、確認：高橋 次郎さん");
    expect(scene.slack.rejections).toEqual([]);
  });
});

describe.each(["socket", "http"] as const)("what is proposed of a contractor over %s", (mode) => {
  let scene: Scene;
  let at: ReturnType<typeof registryScene>;
  let n = 0;
  beforeAll(async () => {
    scene = await openScene({ mode });
    at = registryScene(scene);
  });
  afterAll(() => scene.stop());

  /** A contractor of this test's own, registered by file. */
  const contractor = async (addresses: string[] = ["a@kensetsu.example"]) => {
    n += 1;
    const name = `見本建設${n}号株式会社`;
    const entry = { name, ...{ address: "茨城県利根町", representative: "見本 太郎", addresses } };
    await scene.store.transact((tx) =>
      tx.replaceContractors([{ ...entry, lumpFee: false, branch: null }], scene.desk.now()),
    );
    return name;
  };

  it("refuses what is no mail address, naming it, and keeps what was typed", async () => {
    const name = await contractor();
    for (const [typed, words] of [
      ["a@kensetsu.example\nsuzuki@", "「suzuki@」はメールアドレスとして読み取れません"],
      ["desk@hosho.example", "この窓口自身のアドレス"],
      [
        Array.from({ length: 11 }, (_, i) => `a${i}@kensetsu.example`).join("\n"),
        "メールアドレスは10件までです",
      ],
    ] as const) {
      const seen = await at.propose("U_REG", name, { メールアドレス: typed });
      expect(seen.closed).toBe(false);
      expect(seen.errors.map(({ label, message }) => `${label}：${message}`).join()).toContain(words);
      await at.person("U_REG").closeView();
    }
    expect(await scene.store.transact((tx) => tx.openRegistryChanges(100))).toEqual([]);
  });

  it("says so when nothing was changed, and when the name is registered already in another spelling", async () => {
    const name = await contractor();
    const same = await at.propose("U_REG", name, {});
    expect(same.text).toContain("登録されている内容と同じです");
    await at.person("U_REG").closeView();
    const screen = await at.look("U_REG", "受注者 登録のない名前");
    const modal = at.opened(await at.person("U_REG").click(screen, "新しく登録"));
    const twin = name.replace("株式会社", " （株）");
    const seen = await at.person("U_REG").submit(modal, { 受注者の名称: twin, ...NEW });
    expect(seen.errors[0]?.message).toContain(`「${name}」はすでに登録されています`);
    await at.person("U_REG").closeView();
  });

  it("proposed twice is confirmed as proposed last; whoever amended is the maker", async () => {
    const name = await contractor();
    await at.propose("U_REG", name, { メールアドレス: "first@kensetsu.example" });
    const first = await at.told(`「${name}」`);
    const stale = at.opened(await at.person("U_BOTH").click(first, "確認する"));
    await at.person("U_BOTH").closeView();
    await at.propose("U_BOTH", name, { メールアドレス: "second@kensetsu.example" });
    const second = await scene.slack.waitFor(() =>
      scene.slack.messages("C_DESK").find((m) => m.ts > first.ts && readable(m).includes(`「${name}」`)),
    );
    expect((await at.person("U_BOSS").click(first, "確認する")).text).toContain("置き換えられています");
    expect((await at.person("U_BOTH").click(second, "確認する")).text).toContain(
      "高橋 次郎さん）は確認できません",
    );
    expect(stale).toBeDefined();
    expect((await at.confirm("U_REG", second)).closed).toBe(true);
    expect(await addressesOf(scene, name)).toEqual(["second@kensetsu.example"]);
    const states = await at.query<{ state: string; version: number }>(
      `SELECT state, version FROM registry_changes WHERE content->'after'->>'name' = '${name}' ORDER BY version`,
    );
    expect(states).toEqual([
      { state: "replaced", version: 1 },
      { state: "confirmed", version: 2 },
    ]);
  });

  it("that an import changed meanwhile is neither edited nor confirmed on the strength of an older screen", async () => {
    const name = await contractor();
    const screen = await at.look("U_REG", `受注者 ${name}`);
    const modal = at.opened(await at.person("U_REG").click(screen, "変更"));
    const imported = async (representative: string) => {
      const standing = await scene.store.transact((tx) => tx.contractorNamed(name));
      if (standing === null) throw new Error("gone");
      const { id: _, ...entry } = standing;
      const now = { ...entry, representative };
      await scene.store.transact((tx) => tx.replaceContractors([now], scene.desk.now()));
    };
    await imported("見本 次郎");
    const late = await at.person("U_REG").submit(modal, { メールアドレス: "x@kensetsu.example" });
    expect(late.text).toContain("この画面や申請のときから変わっています");
    await at.person("U_REG").closeView();
    await at.propose("U_REG", name, { メールアドレス: "x@kensetsu.example" });
    const told = await at.told(`「${name}」`);
    await imported("見本 三郎");
    expect((await at.confirm("U_BOSS", told)).text).toContain("申請のときから変わっています");
    await at.person("U_BOSS").closeView();
    expect(await addressesOf(scene, name)).toEqual(["a@kensetsu.example"]);
  });

  it("is refused with a reason, which the channel shows without addresses, or taken back by its maker alone", async () => {
    const name = await contractor();
    await at.propose("U_REG", name, { メールアドレス: "x@kensetsu.example" });
    const told = await at.told(`「${name}」`);
    const modal = at.opened(await at.person("U_BOSS").click(told, "却下"));
    const refused = await at.person("U_BOSS").submit(modal, { 却下の理由: "正しくはy@kensetsu.exampleです" });
    expect(refused.closed).toBe(true);
    expect(readable(await at.told("却下しました"))).toContain("理由：正しくは（アドレス）です");
    expect((await at.person("U_BOSS").click(told, "確認する")).text).toContain("すでに確認・却下");
    const again = await at.propose("U_REG", name, { メールアドレス: "y@kensetsu.example" });
    const other = await at.look("U_BOTH", `受注者 ${name}`);
    expect(readable(other)).not.toContain("[取り下げる]");
    const withdrawn = await at.person("U_REG").click(at.shown(again), "取り下げる");
    expect(withdrawn.text).toContain("申請を取り下げました");
    expect(await addressesOf(scene, name)).toEqual(["a@kensetsu.example"]);
  });

  it("is changed once by fifty confirmations at once", async () => {
    const name = await contractor();
    await at.propose("U_REG", name, { メールアドレス: "x@kensetsu.example" });
    const told = await at.told(`「${name}」`);
    const modal = at.opened(await at.person("U_BOSS").click(told, "確認する"));
    const shown = JSON.parse(modal.privateMetadata);
    const boss: StaffMember = {
      ...{ slack: "U_BOSS", employee: "1002", name: "鈴木 花子", branch: null, roles: ["approver"] },
    };
    // The step itself looks, too, whatever a screen let through: another person, the role they have now, what was shown.
    for (const [by, changed, code] of [
      [{ ...boss, employee: "1004" }, {}, "registry_same_person"],
      [{ ...boss, roles: ["clerk"] }, {}, "role_missing"],
      [boss, { hash: "0".repeat(64) }, "registry_changed"],
      [boss, { version: 2 }, "registry_unknown"],
    ] as const)
      expect(await confirmChange(scene.desk, by, { ...shown, ...changed })).toMatchObject({
        refusal: { code },
      });
    const each = await Promise.all(Array.from({ length: 50 }, () => confirmChange(scene.desk, boss, shown)));
    await at.person("U_BOSS").closeView();
    expect(each.filter(({ ok }) => ok)).toHaveLength(1);
    for (const one of each) if (!one.ok) expect(one.refusal.code).toBe("registry_decided");
    const [history] = await at.query<{ count: string }>(
      `SELECT count(*) FROM registry_history WHERE before->>'name' = '${name}'`,
    );
    expect(history?.count).toBe("1");
    const audit = (await scene.audited()).filter(
      ({ action, data }) => action === "address_changed" && JSON.stringify(data).includes(name),
    );
    expect(audit).toHaveLength(1);
    await at.told(`「${name}」のメールアドレスを含む登録内容の変更を確認し`);
  });

  it("keeps since when an address is registered; what is added counts from its confirmation", async () => {
    const name = await contractor(["a@kensetsu.example", "b@kensetsu.example"]);
    const found = await scene.store.transact((tx) => tx.contractorNamed(name));
    const since = () => scene.store.transact((tx) => tx.addressesSince(found?.id ?? ""));
    const before = await since();
    await at.propose("U_REG", name, { メールアドレス: "c@kensetsu.example\nA@kensetsu.example" });
    await at.confirm("U_BOSS", await at.told(`「${name}」`));
    const after = await since();
    expect(after.get("a@kensetsu.example")).toBe(before.get("a@kensetsu.example"));
    expect([...after.keys()].sort()).toEqual(["a@kensetsu.example", "c@kensetsu.example"]);
    expect(Date.parse(after.get("c@kensetsu.example") ?? "")).toBeGreaterThan(
      Date.parse(before.get("a@kensetsu.example") ?? ""),
    );
  });

  it("confirmed lets the cases that waited for it go on, and their cards say so", async () => {
    const name = "見本土木株式会社";
    const opened = await scene.openCase({ contractorName: name });
    await at.query(`UPDATE cases SET contractor_id = NULL WHERE id = '${opened.id}'`);
    await at.register("U_REG", {
      ...{ 受注者の名称: name, ...NEW, メールアドレス: "suzuki@tone-kensetsu.example" },
    });
    await at.confirm("U_BOSS", await at.told(`「${name}」の登録を申請`));
    const found = await scene.store.transact((tx) => tx.caseById(opened.id));
    expect(found?.contractor?.name).toBe(name);
    const registered = found?.checks.filter(({ code }) => /^(contractor|sender)_registered$/.test(code));
    expect(registered?.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    // And the other way round: an address that goes is missed.
    await at.propose("U_REG", name, { メールアドレス: "other@tone-kensetsu.example" });
    await at.confirm("U_BOSS", await at.told(`「${name}」のメールアドレスを含む`));
    const after = await scene.store.transact((tx) => tx.caseById(opened.id));
    expect(after?.checks.find(({ code }) => code === "sender_registered")?.verdict).toBe("fail");
  });

  it("warns whoever confirms an address that is somebody else's, too", async () => {
    const [name, other] = [await contractor(), await contractor(["shared@shoshi.example"])];
    await at.propose("U_REG", name, { メールアドレス: "a@kensetsu.example\nShared@shoshi.example" });
    const seen = await at.person("U_BOSS").click(await at.told(`「${name}」`), "確認する");
    expect(seen.text).toContain(`「Shared@shoshi.example」は、ほかの登録（${other}）にもあります`);
    expect(seen.text).not.toContain("「a@kensetsu.example」は、ほかの登録");
    await at.person("U_BOSS").closeView();
  });

  it("is everybody's to see and a registrar's to change; strangers learn nothing", async () => {
    const name = await contractor();
    const clerk = await at.look("U_CLERK", `受注者 ${name}`);
    expect(readable(clerk)).toContain("a@kensetsu.example");
    expect(readable(clerk)).not.toContain("[変更]");
    expect((await at.person("U_STRANGER").command("/hosho", `受注者 ${name}`)).text).not.toContain("@");
    await at.propose("U_REG", name, { メールアドレス: "x@kensetsu.example" });
    const told = await at.told(`「${name}」`);
    const seen = await at.person("U_CLERK").click(told, "確認する");
    expect(seen.text).toContain("「登録の確認」は登録管理者または承認者の役割を持つ方だけが行えます");
    expect((await at.person("U_CLERK").command("/hosho", "ヘルプ")).text).not.toContain("confirm_registry");
  });

  it("is picked from a list when several fit, and the list says that there are more", async () => {
    for (let i = 0; i < 12; i += 1) await contractor();
    const list = await at.look("U_CLERK", "受注者 見本建設");
    expect(readable(list).match(/\[表示\]/g)).toHaveLength(10);
    expect(readable(list)).toContain("10件までを表示しています");
    const one = await at.person("U_CLERK").click(list, "表示", { index: 3 });
    expect(one.text).toContain("a@kensetsu.example");
    const bare = await at.person("U_REG").command("/hosho", "受注者");
    await expect.poll(() => bare.text).toContain("最近変更のあった受注者（10件）");
    // What is searched for is no pattern.
    expect((await at.person("U_CLERK").command("/hosho", "受注者 %")).text).toContain("登録されていません");
    expect(scene.slack.rejections).toEqual([]);
  });
});

describe.each(["socket", "http"] as const)("a desk of one person (ISSUE_APPROVALS=1) over %s", (mode) => {
  it("still takes two steps", async () => {
    const scene = await openScene({ mode });
    const at = registryScene(scene);
    scene.desk.policy.approvals = 1;
    const seen = await at.propose("U_REG", "利根建設", { メールアドレス: "x@kensetsu.example" });
    expect(await addressesOf(scene, "利根建設株式会社")).toEqual(["suzuki@tone-kensetsu.example"]);
    expect(seen.text).toContain("それまでは何も変わりません");
    const told = await at.told("登録内容の変更を申請しました");
    const modal = at.opened(await at.person("U_TWIN").click(told, "確認する"));
    await at.person("U_TWIN").submit(modal, { 内容の確認: true });
    expect(await addressesOf(scene, "利根建設株式会社")).toEqual(["x@kensetsu.example"]);
    await scene.stop();
  });
});
