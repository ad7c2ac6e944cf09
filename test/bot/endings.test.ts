import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readable } from "../sandbox/slack/readable.ts";
import { type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** 差戻, 謝絶, 取下: how an application goes back or ends before anything is issued. */
describe.each(["socket", "http"] as const)("an application that is not to be issued, over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    life = lifeScene(scene);
  });
  afterAll(async () => {
    await scene.stop();
  });
  const statuses = async (id: string) => (await life.found(id)).guarantees.map(({ status }) => status);

  it("goes back to the applicant with the reason in a letter", async () => {
    const one = await scene.openCase();
    const view = life.opened(await life.command("U_CLERK", `差戻 ${one.receiptNumber}`));
    expect(readable(view)).toContain("申込者へ差し戻します");
    const seen = await life.submit("U_CLERK", view, { 差戻しの理由: "工期の終期をお知らせください。" });
    expect(seen.text).toContain("申込者へ理由をお知らせします");
    expect(await statuses(one.id)).toEqual(["returned", "returned"]);
    expect((await life.letters(one)).map(({ template, to }) => [template, to])).toEqual([
      ["returned", "suzuki@tone-kensetsu.example"],
    ]);
    const again = await life.command("U_CLERK", `差戻 ${one.receiptNumber}`);
    expect(again.view).toBeUndefined();
    expect(again.text).toContain("「差戻」は行えません");
  });

  it("goes back to its maker without a letter when it waits for a checker, and can be asked for anew", async () => {
    const one = await life.asked();
    const before = (await life.letters(one)).length;
    const view = life.opened(await life.command("U_BOSS", `return ${one.receiptNumber}`));
    expect(readable(view)).toContain("申請者（佐藤 一郎さん）へ差し戻します");
    const seen = await life.submit("U_BOSS", view, { 差戻しの理由: "保証期限が違います。" });
    expect(seen.text).toContain("もう一度申請できます");
    const { guarantees } = await life.found(one.id);
    for (const guarantee of guarantees)
      expect(guarantee).toMatchObject({ status: "accepted", fee: { settlement: { how: "paid" } } });
    expect(await life.letters(one)).toHaveLength(before);
    expect(await life.decisions(one)).toMatchObject([
      { verdict: "refused", what: "issue", maker: "1001", checker: "1002" },
      { verdict: "refused", what: "issue" },
    ]);
    await life.does("U_CLERK", `発行 ${one.receiptNumber}`, { 内容の確認: true });
    expect((await life.approve("U_BOSS", one)).closed).toBe(true);
  });

  it("does not send to the applicant what was written to the maker, or the other way, when it has moved on", async () => {
    const one = await life.asked();
    const view = life.opened(await life.command("U_BOSS", `差戻 ${one.receiptNumber}`));
    expect((await life.approve("U_BOTH", one)).closed).toBe(true);
    const seen = await life.submit("U_BOSS", view, { 差戻しの理由: "担当者あての内部の話" });
    expect(seen.closed).toBe(false);
    expect(seen.text).toContain("この画面は古くなっています");
    expect((await life.letters(one)).map(({ template }) => template)).not.toContain("returned");
  });

  it("is taken back, with our words where nobody says why", async () => {
    const one = await scene.openCase();
    const view = life.opened(await life.command("U_CLERK", `取下 ${one.receiptNumber} -契約`));
    const seen = await life.submit("U_CLERK", view, { 取下げの理由: "" });
    expect(seen.text).toContain("取下げとしました");
    const { guarantees } = await life.found(one.id);
    expect(guarantees.map((g) => [g.kind, g.status])).toEqual([
      ["advance_payment", "applied"],
      ["performance", "withdrawn"],
    ]);
    expect(guarantees[1]).toMatchObject({ reason: "申込者のお申出" });
    expect((await life.letters(one)).map(({ template }) => template)).toEqual(["withdrawn"]);
  });

  it.each([
    ["謝絶", "declined", "謝絶の理由"],
    ["取下", "withdrawn", "取下げの理由"],
  ])("ends by %s as a whole where no product was asked for, once", async (word, how, label) => {
    const one = await scene.openCase({ guarantees: [] });
    const view = life.opened(await life.command("U_CLERK", `${word} ${one.receiptNumber}`));
    expect(readable(view)).toContain("案件全体を終わりにします");
    expect((await life.submit("U_CLERK", view, { [label]: "照会のみのため" })).closed).toBe(true);
    expect((await life.found(one.id)).ended).toMatchObject({ how, reason: "照会のみのため" });
    expect((await life.letters(one)).map(({ template }) => template)).toEqual([how]);
    const again = await life.command("U_CLERK", `${word} ${one.receiptNumber}`);
    expect(again.view).toBeUndefined();
    expect(await life.actions(one)).toEqual(["letter_written", "case_closed"]);
  });

  it.each([
    ["差戻", "差戻しの理由"],
    ["謝絶", "謝絶の理由"],
    ["取下", "取下げの理由"],
  ])(
    "%s of an applicant without any address is told by people, and staff are told so",
    async (word, label) => {
      const one = await scene.openCase();
      await life.query(
        `UPDATE cases SET sender_address = '', contractor_id = NULL, origin = 'phone', letter_id = NULL WHERE id = '${one.id}'`,
      );
      const view = life.opened(await life.command("U_CLERK", `${word} ${one.receiptNumber}`));
      const seen = await life.submit("U_CLERK", view, { [label]: "工期をお知らせください。" });
      expect(seen.text).toContain("メールは送っていません。お電話など");
      expect(await life.letters(one)).toEqual([]);
    },
  );

  it("is not ended for a reason of blanks, nor by somebody without the role", async () => {
    const one = await scene.openCase();
    const view = life.opened(await life.command("U_CLERK", `謝絶 ${one.receiptNumber}`));
    const seen = await life.submit("U_CLERK", view, { 謝絶の理由: "　 \n" });
    expect(seen.errors).toMatchObject([{ label: "謝絶の理由" }]);
    for (const word of ["差戻", "謝絶", "取下"]) {
      const registrar = await life.command("U_REG", `${word} ${one.receiptNumber}`);
      expect(registrar.view).toBeUndefined();
      expect(registrar.text).toContain("担当または承認者");
    }
    expect(await statuses(one.id)).toEqual(["applied", "applied"]);
    expect(scene.slack.rejections).toEqual([]);
  });
});
