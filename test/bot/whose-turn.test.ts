import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { summary } from "../../bot/blocks/modals.ts";
import { sayIn } from "../../bot/words.ts";
import { withdrawGuarantees } from "../../core/desk/end.ts";
import { myWork } from "../../core/desk/home.ts";
import type { StaffMember } from "../../core/policy.ts";
import type { Problem } from "../../core/terms.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene, words } from "./scene.ts";

const say = sayIn(words);
const CLERK: StaffMember = {
  ...{ slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", branch: null, roles: ["clerk"] },
};
const missing = (field: string): Problem => ({ field, code: "missing", text: "ご記入ください。" });

/** Whose turn it is, and what holds: what every screen of one case must agree on. */
describe("a case on all screens", () => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode: "http" });
    life = lifeScene(scene);
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  /** The application as it stands, with these open questions. */
  const asks = async (id: string, problems: Problem[]) => {
    const { application, checks, guarantees, orderer, contractor } = await life.found(id);
    const rest = { ordererId: orderer?.id ?? null, contractorId: contractor?.id ?? null, guarantees };
    await scene.store.transact((tx) => tx.saveApplication(id, { application, checks, problems, ...rest }));
  };
  const mine = async (id: string) => (await myWork(scene.desk, CLERK, 1000)).some((one) => one.id === id);
  const shown = async (receiptNumber: string, list = "一覧") => {
    const all = (await life.command("U_CLERK", list)).text;
    return all.slice(all.indexOf(receiptNumber)).split("受付番号")[0] ?? "";
  };

  it("waits for the applicant while a question stands in the way, and for the clerk once it does not", async () => {
    const { id, receiptNumber } = await scene.openCase();
    expect(await mine(id)).toBe(true);
    await asks(id, [missing("contractDate")]);
    expect(await mine(id)).toBe(false);
    expect(await shown(receiptNumber)).toContain("申込者（ご確認への回答）");
    const details = (await life.command("U_CLERK", `詳細 ${receiptNumber}`)).text;
    expect(details).toMatch(/\[審査\][\s\S]*\[引受\]/);
    // What can be left open is no reason to wait.
    await asks(id, [missing("contact.phone")]);
    expect(await mine(id)).toBe(true);
    expect(await shown(receiptNumber)).not.toContain("申込者（ご確認への回答）");
  });

  it("is the clerk's again when the product that was asked about is taken back", async () => {
    const { id } = await scene.openCase();
    await asks(id, [missing("guarantees.advance_payment.depositBank")]);
    expect(await mine(id)).toBe(false);
    const { version } = await life.found(id);
    const target = { caseId: id, only: ["advance_payment" as const] };
    const input = { expectedVersion: version, reason: "取下げのお申出" };
    const ended = await withdrawGuarantees(scene.desk, CLERK, target, input);
    expect(ended.ok).toBe(true);
    expect(await mine(id)).toBe(true);
  });

  it("shows what the certificates say once there are some, and the application as what it was", async () => {
    const one = await life.issued();
    const form = life.opened(await life.command("U_CLERK", `訂正 ${one.receiptNumber}`));
    const values = { 工事名: "町道113号線改良工事", 訂正の理由: "工事名の誤り" };
    const seen = await life.submit("U_CLERK", form, values);
    expect(seen.text).toContain("訂正を申請しました");
    await life.approve("U_BOSS", one);
    await life.drawn(one);
    expect(await shown(one.receiptNumber)).toContain("町道113号線改良工事");
    const details = (await life.command("U_CLERK", `詳細 ${one.receiptNumber}`)).text;
    expect(details).toMatch(/申込みの内容（受付時）[\s\S]*町道112号線[\s\S]*前払金保証[\s\S]*町道113号線/);
    expect(details).toContain("受付時の点検");
    const found = await life.found(one.id);
    const head = (kinds: Parameters<typeof summary>[2]) => readable({ blocks: summary(found, say, kinds) });
    expect(head(["performance"])).toContain("町道113号線");
    expect(head([])).toContain("町道112号線");
  });

  it("names the joint venture beside its lead member, on the lists and to the checker", async () => {
    const venture = { jointVentureName: "利根・文間共同企業体" };
    const one = await life.asked(venture);
    expect(await shown(one.receiptNumber)).toContain("利根建設株式会社（利根・文間共同企業体の代表者）");
    const checker = readable(life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`)));
    expect(checker).toContain("※ 共同企業体（利根・文間共同企業体）のお申込みです");
  });
});
