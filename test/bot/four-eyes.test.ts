import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { contractorSchema } from "../../core/registry.ts";
import { requested } from "../desk/application.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { AMOUNTS, type LifeCase, type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** Nothing that outsiders see comes about, or changes, by one person alone. */
describe.each(["socket", "http"] as const)("four eyes over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  let staff = "";
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
    staff = readFileSync(scene.staffFile, "utf8");
  });
  afterEach(() => {
    writeFileSync(scene.staffFile, staff);
    scene.desk.policy.approvals = 2;
  });
  afterAll(async () => {
    await scene.stop();
  });

  const onlyAdvance = (one: LifeCase) => `${one.receiptNumber} -前払`;
  const period = {
    工期の終期: "2027-04-30",
    前払金保証の保証期限: "2027-04-30",
    契約保証の保証期限: "2027-04-30",
  };
  const amend = { ...period, 変更の理由: "工期延長の変更契約", 保証料の確認: true };

  it("keep the maker from approving, from a second account too, and name who can", async () => {
    const one = await life.paid();
    await life.does("U_BOTH", `発行 ${one.receiptNumber}`, { 内容の確認: true });
    for (const account of ["U_BOTH", "U_TWIN"]) {
      const seen = await life.command(account, `承認 ${one.receiptNumber}`);
      expect(seen.view).toBeUndefined();
      expect(seen.text).toContain("申請したご本人（高橋 次郎さん）は承認できません");
      expect(seen.text).toContain("承認できる方：鈴木 花子さん");
    }
    expect((await life.approve("U_BOSS", one)).closed).toBe(true);
    await life.drawn(one);
    await life.does("U_BOTH", `変更 ${one.receiptNumber}`, amend);
    expect((await life.command("U_TWIN", `承認 ${one.receiptNumber}`)).text).toContain("承認できません");
    expect((await life.decisions(one)).map(({ maker, checker }) => [maker, checker])).toEqual([
      ["1003", "1002"],
      ["1003", "1002"],
    ]);
  });

  it("count the role of the moment, not that of the opened modal", async () => {
    const one = await life.asked();
    const view = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    writeFileSync(scene.staffFile, staff.replaceAll('"approver"', '"clerk"'));
    const seen = await life.submit("U_BOSS", view, AMOUNTS);
    expect(seen.closed).toBe(false);
    expect(seen.text).toContain("承認者の役割を持つ方だけ");
    expect(await life.decisions(one)).toEqual([]);
  });

  it("void what was approved on an older screen: whoever asked last is the maker", async () => {
    const one = await life.asked();
    const older = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    const again = { 前払金保証の保証期限: "2027-04-30", 内容の確認: true };
    await life.does("U_BOTH", `発行 ${one.receiptNumber}`, again);
    const seen = await life.submit("U_BOSS", older, AMOUNTS);
    expect(seen.text).toContain("この画面は古くなっています");
    expect((await life.command("U_BOTH", `承認 ${one.receiptNumber}`)).text).toContain("高橋 次郎さん");
    const fresh = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    expect(readable(fresh)).toContain("・保証期限：令和9年3月19日 → 令和9年4月30日");
    expect((await life.submit("U_BOSS", fresh, AMOUNTS)).closed).toBe(true);
    // The request before is void on record, too: nobody can approve it any more.
    expect((await life.decisions(one)).map(({ maker, verdict }) => [maker, verdict]).sort()).toEqual([
      ["1001", "refused"],
      ["1001", "refused"],
      ["1003", "approved"],
      ["1003", "approved"],
    ]);
  });

  it("void a change that somebody else asks for anew in another way", async () => {
    const one = await life.issued();
    await life.does("U_CLERK", `変更 ${onlyAdvance(one)}`, amendOf(["前払金保証"]));
    const older = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    const form = life.opened(await life.command("U_BOTH", `解約 ${onlyAdvance(one)}`));
    expect(readable(form)).toContain("佐藤 一郎さんの「変更」の申請が承認待ちです");
    await life.submit("U_BOTH", form, { 解約の理由: "請負契約の解除" });
    const seen = await life.submit("U_BOSS", older, { 前払金保証の保証金額: "20,000,000" });
    expect(seen.text).toContain("この画面は古くなっています");
    const fresh = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    expect(fresh.title).toBe("解約の承認");
    expect((await life.guarantee(one, "advance_payment")).status).toBe("in_force");
  });

  it("make one issue of fifty approvals at once", async () => {
    const one = await life.asked();
    const views = new Map(
      await Promise.all(
        ["U_BOSS", "U_BOTH"].map(async (who) => {
          const view = life.opened(await life.command(who, `承認 ${one.receiptNumber}`));
          await scene.slack.person(who).fill(view, AMOUNTS);
          return [who, view] as const;
        }),
      ),
    );
    const clicks = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? "U_BOSS" : "U_BOTH"));
    const outcomes = await Promise.allSettled(
      clicks.map(async (who) => {
        const view = views.get(who);
        if (view === undefined) throw new Error("no modal");
        return scene.slack.person(who).submit(view);
      }),
    );
    const pressed = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(pressed).toHaveLength(50);
    expect(pressed.every(({ ok }) => ok)).toBe(true);
    await life.drawn(one);
    const [advance, performance] = [
      await life.guarantee(one, "advance_payment"),
      await life.guarantee(one, "performance"),
    ];
    expect(advance.number).not.toBe(performance.number);
    expect(await life.decisions(one)).toHaveLength(2);
    const did = await life.actions(one);
    expect(did.filter((action) => action === "issue_approved")).toHaveLength(1);
    expect(did.filter((action) => action === "issued")).toHaveLength(2);
    expect((await life.letters(one)).filter(({ template }) => template === "issued")).toHaveLength(1);
  });

  it("show the checker what the maker changed against application and registry", async () => {
    const one = await life.paid();
    await life.does("U_CLERK", `発行 ${one.receiptNumber}`, {
      ...{ 受注者の代表者: "代表取締役 利根 花子", 内容の確認: true },
    });
    const view = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    const words = readable(view);
    expect(words).toContain("・受注者の代表者：代表取締役 利根 太郎 → 代表取締役 利根 花子");
    expect(words).toContain("/hosho 差戻");
    expect(words).toContain("申請者：佐藤 一郎さん");
    const inputs = view.blocks.filter(({ type }) => type === "input").map(({ block_id }) => block_id);
    expect(inputs).toEqual([
      "products",
      ...(await life.found(one.id)).guarantees.map(({ id }) => `amount:${id}`),
    ]);
    const seen = await life.submit("U_BOSS", view, { ...AMOUNTS, 契約保証の保証金額: "500万円" });
    expect(seen.closed).toBe(true);
  });

  it("ask the maker for the orderer's 認定 of an interim payment; joint venture and years stand out", async () => {
    const interim = { ...requested("interim_advance_payment", 10_000_000), fiscalYearYen: 30_000_000 };
    const one = await life.paid({
      ...{ guarantees: [interim], jointVentureName: "利根・布川特定建設工事共同企業体" },
      worksUntil: "2028-03-19",
    });
    const check = {
      ...{ code: "interim_certified", kind: "interim_advance_payment", verdict: "unknown", measured: "" },
      ...{ reason: "certification_wanted", rule: "", source: "" },
    };
    await life.query(`UPDATE cases SET checks = '${JSON.stringify([check])}' WHERE id = '${one.id}'`);
    const view = life.opened(await life.command("U_CLERK", `発行 ${one.receiptNumber}`));
    expect(readable(view)).toContain("利根・布川特定建設工事共同企業体");
    expect(readable(view)).toContain("複数年度にわたる工事です。今年度対象額：30,000,000円");
    await expect(life.submit("U_CLERK", view, { 内容の確認: true })).rejects.toThrow("認定の確認: required");
    await life.submit("U_CLERK", view, { 認定の確認: true });
    const requestedIssue = (await scene.audited()).findLast(({ action }) => action === "issue_requested");
    expect(requestedIssue).toMatchObject({ caseId: one.id, data: { certified: true } });
    expect((await life.approve("U_BOSS", one)).closed).toBe(true);
  });

  it("say how exactly this goes back where the case has something else that would go first", async () => {
    const one = await scene.openCase();
    await life.command("U_CLERK", `引受 ${one.receiptNumber} -契約 12000`);
    await life.command("U_CLERK", `入金 ${one.receiptNumber}`);
    await life.does("U_CLERK", `発行 ${one.receiptNumber} -契約`, { 内容の確認: true });
    const view = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    expect(readable(view)).toContain(`/hosho 差戻 ${one.receiptNumber} -契約」`);
    const back = await life.does("U_BOSS", `差戻 ${one.receiptNumber} -契約`, {
      差戻しの理由: "住所が違います。",
    });
    expect(back.text).toContain("もう一度申請できます");
    expect((await life.found(one.id)).guarantees.map(({ status }) => status)).toEqual([
      "applied",
      "accepted",
    ]);
  });

  it("refuse a part of the amount at its input, and nothing is decided", async () => {
    const one = await life.asked();
    const view = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    const seen = await life.submit("U_BOSS", view, { ...AMOUNTS, 前払金保証の保証金額: "0000" });
    expect(seen.errors).toMatchObject([{ label: expect.stringContaining("前払金保証の保証金額") }]);
    expect(await life.decisions(one)).toEqual([]);
  });

  it("send the key again at once to an old address, and by two people to a new one", async () => {
    const one = await life.issued();
    const number = (await life.guarantee(one, "advance_payment")).number;
    const sent = async () =>
      (await life.letters(one)).filter(({ template }) => template === "key_resent").map(({ to }) => to);
    await register(["suzuki@tone-kensetsu.example"]);
    const first = life.opened(await life.command("U_CLERK", `再送 ${number}`));
    const seen = await life.submit("U_CLERK", first, { 送り先: "suzuki@tone-kensetsu.example" });
    expect(seen.text).toContain("再送します");
    expect(await sent()).toEqual(["suzuki@tone-kensetsu.example"]);

    await register(["suzuki@tone-kensetsu.example", "New.Person@tone-kensetsu.example"]);
    const second = life.opened(await life.command("U_CLERK", `再送 ${number}`));
    expect(readable(second)).toContain("発行より後の登録：別の方の承認が必要です");
    const asked = await life.submit("U_CLERK", second, { 送り先: "New.Person@tone-kensetsu.example" });
    expect(asked.text).toContain("別の方の承認後に送ります");
    expect(await sent()).toHaveLength(1);
    const checker = life.opened(await life.command("U_BOSS", `承認 ${number}`));
    expect(checker.title).toBe("再送の承認");
    expect(readable(checker)).toContain("New.Person@tone-kensetsu.example");
    await life.submit("U_BOSS", checker, { 前払金保証の保証金額: "20,000,000円" });
    expect(await sent()).toEqual(["suzuki@tone-kensetsu.example", "New.Person@tone-kensetsu.example"]);
    expect((await life.decisions(one)).at(-1)).toMatchObject({
      what: "resend",
      maker: "1001",
      checker: "1002",
    });
  });

  it("let one person do both steps where the desk is set so, still in two steps", async () => {
    scene.desk.policy.approvals = 1;
    const one = await life.paid();
    await life.does("U_BOTH", `発行 ${one.receiptNumber}`, { 内容の確認: true });
    expect((await life.found(one.id)).guarantees[0]?.status).toBe("awaiting_approval");
    expect((await life.approve("U_BOTH", one)).closed).toBe(true);
    await life.drawn(one);
    await life.does("U_BOTH", `変更 ${one.receiptNumber}`, amend);
    expect((await life.guarantee(one, "performance")).certificates).toHaveLength(1);
    expect((await life.approve("U_BOTH", one)).closed).toBe(true);
    await life.drawn(one);
    expect((await life.guarantee(one, "performance")).certificates).toHaveLength(2);
  });

  it("never show a key on any screen", async () => {
    const rows = await life.query<{ id: string }>("SELECT guarantee_id AS id FROM sealed_keys");
    const sealed = await scene.store.transact((tx) => tx.sealedKeys(rows.map(({ id }) => id)));
    const keys = [...sealed.values()].map((one) => new TextDecoder().decode(scene.desk.sealer.unseal(one)));
    expect(keys.length).toBeGreaterThan(5);
    const shown = JSON.stringify([
      scene.slack.calls.map(({ method, args }) => [method, args]),
      scene.slack.messages(),
      scene.slack.people().map(({ id }) => [scene.slack.ephemerals(id), scene.slack.view(id)]),
    ]);
    for (const key of keys) expect(shown).not.toContain(key);
    expect(scene.slack.rejections).toEqual([]);
  });

  function amendOf(products: readonly string[]) {
    const until = products.map((product) => [`${product}の保証期限`, "2027-04-30"]);
    return {
      ...{ 工期の終期: "2027-04-30", 変更の理由: "工期延長の変更契約", 保証料の確認: true },
      ...Object.fromEntries(until),
    };
  }

  async function register(addresses: string[]) {
    const contractor = contractorSchema.parse({
      ...{ name: "利根建設株式会社", address: "茨城県北相馬郡利根町布川1" },
      ...{ representative: "代表取締役 利根 太郎", addresses },
    });
    await scene.store.transact((tx) => tx.replaceContractors([contractor], scene.desk.now()));
  }
});
