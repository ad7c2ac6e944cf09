import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNotAcceptable } from "../../core/desk/accept.ts";
import { assess } from "../../core/desk/open.ts";
import { isConfirmable, reviewCase } from "../../core/desk/review.ts";
import type { StaffMember } from "../../core/policy.ts";
import { recheckApplication } from "../../core/reader/recheck.ts";
import type { Application, Problem } from "../../core/terms.ts";
import { loadLabels } from "../../templates/reading.ts";
import { requested } from "../desk/application.ts";
import type { Entry } from "../sandbox/slack/inputs.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Seen, View } from "../sandbox/slack/types.ts";
import { type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

const ATTACHMENT: Problem = {
  ...{ field: "application", code: "unreadable" },
  text: "添付ファイル「図面.jpg」は、画像のみのため、内容を確認していません。",
};
const CLERK: StaffMember = {
  ...{ slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", roles: ["clerk"], branch: null },
};
const PRICE: Problem = { field: "contractPriceYen", code: "missing", text: "請負金額が記載されていません。" };

/** 審査: what staff find when going through an application, on the real store. */
describe.each(["socket", "http"] as const)("going through an application over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    scene.desk.recheck = (application, known) => recheckApplication(application, known, loadLabels());
    life = lifeScene(scene);
  });
  afterAll(async () => {
    await scene.stop();
  });

  const clerk = () => scene.slack.person("U_CLERK");
  /** A case as the desk would have opened it: with what it lacks, and checked. */
  const opened = async (changes: Partial<Application> = {}, problems: Problem[] = []) => {
    const one = await scene.openCase({ completionNotice: false, ...changes });
    await scene.store.transact(async (tx) => {
      const found = await tx.lockCase(one.id);
      if (found === null) throw new Error("no case");
      const work = { desk: scene.desk, tx, at: scene.desk.now() };
      const assessed = await assess(work, found.application, problems, found.senderAddress);
      await tx.saveApplication(one.id, { ...assessed, guarantees: found.guarantees });
    });
    return one;
  };
  const form = async (one: { receiptNumber: string }): Promise<View> =>
    life.opened(await life.command("U_CLERK", `審査 ${one.receiptNumber}`));
  const review = (one: { receiptNumber: string }, values: Record<string, Entry>): Promise<Seen> =>
    life.does("U_CLERK", `審査 ${one.receiptNumber}`, values);
  /** What stands at an input of a form that was refused; the form is still there with what was typed. */
  const refusedWith = async (seen: Seen): Promise<string> => {
    if (seen.view?.callbackId !== "review") throw new Error("the form went away");
    await clerk().closeView({ all: true });
    return seen.errors.map(({ message }) => message).join("\n");
  };
  const thread = (words: string) =>
    scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .flatMap((root) => scene.slack.thread("C_DESK", root.ts))
          .find((message) => readable(message).includes(words)),
      { what: words, timeoutMs: 10_000 },
    );
  const reviewed = async (one: { id: string }) =>
    (await scene.audited()).filter(({ caseId, action }) => caseId === one.id && action === "reviewed");
  const letters = async (one: { id: string; receiptNumber: string }) =>
    (await life.letters(one)).map(({ template }) => template);

  it("fills in what was missing in any notation; the question goes, thread and audit say what changed", async () => {
    const one = await opened({ contractPriceYen: null }, [PRICE]);
    expect(readable(await form(one))).toContain("請負金額が記載されていません。");
    await clerk().closeView({ all: true });
    const seen = await review(one, { 請負金額: "５千万円", contractorName: "㈱利根建設 御中" });
    expect(seen.text).toContain("確認事項はありません");
    const after = await life.found(one.id);
    expect(after.application.contractPriceYen).toBe(50_000_000);
    expect(after.application.contractorName).toBe("株式会社利根建設");
    expect(after.problems).toEqual([]);
    await thread("請負金額：未記載 → 50,000,000円");
    const [entry] = await reviewed(one);
    expect(entry?.actor).toContain("1001");
    expect(JSON.stringify(entry?.data)).toContain('"after":"50000000"');
    expect(scene.slack.rejections).toEqual([]);
  });

  it("calls an unread file settled, after which the case can be accepted; what is missing stays a question", async () => {
    const one = await opened({ contractPriceYen: null }, [ATTACHMENT, PRICE]);
    const view = await form(one);
    await expect(clerk().submit(view, { "settled:0": ["2は解決済み"] })).rejects.toThrow("no option");
    await life.submit("U_CLERK", view, { "settled:0": ["1は解決済み"] });
    expect((await life.found(one.id)).problems.map(({ field }) => field)).toEqual(["contractPriceYen"]);
    await thread("確認事項を解決：添付ファイル「図面.jpg」");
    await review(one, { 請負金額: "50,000,000" });
    expect(whyNotAcceptable(await life.found(one.id), ["advance_payment", "performance"])).toBeNull();
  });

  it("writes to nobody, unless the last question was settled and the clerk says so", async () => {
    const quiet = await opened({ contractPriceYen: null }, [PRICE]);
    await review(quiet, { 請負金額: "5,000万円" });
    expect(await letters(quiet)).toEqual([]);
    const told = await opened({ contractPriceYen: null }, [PRICE, ATTACHMENT]);
    await review(told, { 請負金額: "5,000万円", tell: true });
    expect(await letters(told)).toEqual([]);
    const seen = await review(told, { "settled:0": true, tell: true });
    expect(seen.text).toContain("受付のお知らせを送ります");
    expect(await letters(told)).toEqual(["receipt"]);
  });

  it("confirms a check with what convinced somebody; without a note it stays open, a new value opens it again", async () => {
    const one = await opened();
    const unknown = (await life.found(one.id)).checks.filter(
      (check) => check.verdict !== "pass" && isConfirmable(check),
    );
    expect(unknown.length).toBeGreaterThan(0);
    const refused = await clerk().submit(await form(one), { "checks:0": true });
    expect(refused.errors[0]?.message).toContain("何を見て確かめたか");
    expect((await life.found(one.id)).reviews).toEqual([]);
    const still = clerk().view();
    if (still === undefined) throw new Error("the modal went away");
    await life.submit("U_CLERK", still, { note: "町の要領で確認" });
    expect((await life.found(one.id)).reviews).toHaveLength(unknown.length);
    expect(readable(await form(one))).toContain("確認済み（佐藤 一郎さん）：町の要領で確認");
    await clerk().closeView({ all: true });
    await review(one, { "guarantees.advance_payment.guaranteedYen": "19,000,000円" });
    const again = readable(await form(one));
    expect(again).toMatch(/1．？ 【前払金保証】保証金額が範囲内か.*38\.0 %/);
    await clerk().closeView({ all: true });
  });

  it("offers no word of a person for what only registry or application can settle", async () => {
    const one = await opened({ contractorName: "名簿にない建設株式会社", contractPriceYen: null }, [PRICE]);
    const view = await form(one);
    const text = readable(view);
    for (const words of ["受注者が登録されていません", "記載に不足"])
      expect(text).toMatch(new RegExp(`${words}.*\\n　→ 登録または`));
    const offered = JSON.stringify(view.blocks);
    for (const code of ["complete", "contractor_registered", "sender_registered"])
      expect(offered).not.toContain(`"${code}:"`);
    await clerk().closeView({ all: true });
    const forged = await reviewCase(scene.desk, CLERK, one.id, {
      ...{
        expectedVersion: (await life.found(one.id)).version,
        application: (await life.found(one.id)).application,
      },
      ...{ settledProblems: [], settledChecks: [{ code: "contractor_registered", kind: null }] },
      ...{ note: "見ました", tellApplicant: false },
    });
    expect(forged).toMatchObject({ ok: false, refusal: { code: "review_empty" } });
  });

  it("voids a request to issue when a printed value changes: the approver's screen is stale, two people start anew", async () => {
    const one = await life.asked();
    const old = life.opened(await life.command("U_BOSS", `承認 ${one.receiptNumber}`));
    const seen = await review(one, { 工事名: "町道113号線改良工事" });
    expect(seen.text).toContain("発行の申請（前払金保証、契約保証）は無効になりました");
    const after = await life.found(one.id);
    expect(after.guarantees.map(({ status }) => status)).toEqual(["accepted", "accepted"]);
    const refused = await scene.slack.person("U_BOSS").submit(old, life.amountsOf(old));
    expect(refused.closed).toBe(false);
    await scene.slack.person("U_BOSS").closeView({ all: true });
    await thread("発行の申請（前払金保証、契約保証）は無効になりました");
    const [entry] = await reviewed(one);
    expect(entry?.data.voided).toEqual(["advance_payment", "performance"]);
    expect((await life.decisions(one)).map(({ verdict }) => verdict)).toEqual(["taken_back", "taken_back"]);
  });

  it("is found by the bare word and done by the button of the list", async () => {
    const one = await opened({ worksTitle: "一覧から審査する工事" });
    const list = await life.command("U_CLERK", "審査");
    const index = [...list.text.matchAll(/A-\d{6}/g)].findIndex(([number]) => number === one.receiptNumber);
    const [page] = list.ephemerals;
    if (page === undefined || index < 0) throw new Error(`not on the list: ${list.text}`);
    const seen = await clerk().click(page, "審査", { index });
    expect(readable(life.opened(seen))).toContain("一覧から審査する工事");
    await clerk().closeView({ all: true });
  });

  it("leaves a request to issue alone when nothing that a certificate prints has changed", async () => {
    const one = await life.asked();
    await review(one, { 連絡先の氏名: "利根 花子" });
    const after = await life.found(one.id);
    expect(after.guarantees.map(({ status }) => status)).toEqual(["awaiting_approval", "awaiting_approval"]);
    expect(after.application.contact.name).toBe("利根 花子");
  });

  it("takes a returned product up again, and adds and drops what has not been accepted", async () => {
    const one = await opened();
    await scene.store.transact(async (tx) => {
      const found = await tx.lockCase(one.id);
      const back = (found?.guarantees ?? []).map(
        (g) => ({ ...g, status: "returned", reason: "工期" }) as const,
      );
      await tx.saveGuarantees(one.id, back);
    });
    await review(one, {
      ...{ 工期の終期: "2027-03-31", "guarantees.performance.wish": "申込みなし" },
      "guarantees.interim_advance_payment.wish": "証書（紙）",
    });
    const { guarantees, problems } = await life.found(one.id);
    expect(guarantees.map(({ kind, status }) => [kind, status])).toEqual([
      ["advance_payment", "applied"],
      ["interim_advance_payment", "applied"],
    ]);
    expect(problems.map(({ field }) => field)).toContain("guarantees.interim_advance_payment.guaranteedYen");
    await thread("契約保証の保証金額：5,000,000円 → 未記載");
  });

  it("lets no accepted product go, and tells a fee anew that was only told", async () => {
    const one = await opened();
    await life.command("U_CLERK", `引受 ${one.receiptNumber} 65000 12000`);
    const gone = await clerk().submit(await form(one), { "guarantees.performance.wish": "申込みなし" });
    expect(gone.errors[0]?.blockId).toBe("guarantees.performance.wish");
    expect(await refusedWith(gone)).toContain("契約保証は、引受の後");
    await review(one, { "guarantees.performance.guaranteedYen": "6,000,000円" });
    const { guarantees } = await life.found(one.id);
    expect(guarantees.map(({ status }) => status)).toEqual(["accepted", "applied"]);
  });

  it("leaves to 変更 and 訂正 what a certificate prints, and says so; whom to call may still change", async () => {
    const one = await life.issued({ guarantees: [requested("performance", 5_000_000)] });
    const view = await form(one);
    expect(readable(view)).toContain("契約保証（発行済）");
    // There to be read, not to be typed into in vain.
    for (const text of ["請負金額：50,000,000円", "保証金額：5,000,000円"])
      expect(readable(view)).toContain(text);
    await expect(clerk().submit(view, { contractPriceYen: "60,000,000円" })).rejects.toThrow();
    await clerk().closeView({ all: true });
    const { application, version } = await life.found(one.id);
    const late = await reviewCase(scene.desk, CLERK, one.id, {
      ...{ expectedVersion: version, application: { ...application, contractPriceYen: 60_000_000 } },
      ...{ settledProblems: [], settledChecks: [], note: "", tellApplicant: false },
    });
    expect(late).toMatchObject({ ok: false, refusal: { code: "review_too_late" } });
    await review(one, { 連絡先の電話番号: "0297-00-0000" });
    const after = await life.found(one.id);
    expect(after.application.contractPriceYen).toBe(50_000_000);
    expect(after.application.contact.phone).toBe("0297-00-0000");
    expect(after.guarantees[0]?.status).toBe("in_force");
  });

  it("shows at the input what cannot be read, and as a question what cannot be true", async () => {
    const one = await opened();
    const wrong = await clerk().submit(await form(one), {
      ...{
        請負金額: "約5,000万円",
        お知らせの送り先: "soumu@",
        "guarantees.performance.fiscalYearYen": "500",
      },
      ...{ "guarantees.interim_advance_payment.guaranteedYen": "1,000,000円" },
    });
    expect(wrong.errors).toHaveLength(4);
    expect(JSON.stringify(wrong.errors)).toContain("円か千円か");
    const still = clerk().view();
    if (still === undefined) throw new Error("the modal went away");
    const seen = await life.submit("U_CLERK", still, {
      ...{ 請負金額: "10,000,000円", お知らせの送り先: null, "guarantees.performance.fiscalYearYen": null },
      ...{ "guarantees.interim_advance_payment.guaranteedYen": null },
    });
    expect(seen.text).toContain("請負金額を超えています");
    expect((await life.found(one.id)).problems.map(({ code }) => code)).toEqual(["inconsistent"]);
  });

  it("does nothing for an older screen or an untouched form, and refuses who may not", async () => {
    const one = await opened();
    expect(await refusedWith(await clerk().submit(await form(one)))).toContain("変わった項目も");
    const old = await form(one);
    await scene.store.transact(async (tx) => tx.saveGuarantees(one.id, []));
    const stale = await clerk().submit(old, { 工事名: "別の工事" });
    expect(readable(stale.view ?? { blocks: [] })).toContain("別の工事");
    expect(await refusedWith(stale)).toContain("画面は古く");
    expect((await life.found(one.id)).application.worksTitle).toBe("町道112号線改良工事");
    expect(await reviewed(one)).toEqual([]);
    const refused = await life.command("U_REG", `review ${one.receiptNumber}`);
    expect(refused.text).toContain("役割を持つ方だけ");
  });

  it("fits into one modal of Slack's, whatever a letter said and lacked", async () => {
    const many = Array.from(
      { length: 45 },
      (_, i): Problem => ({
        ...{ field: i % 2 === 0 ? "application" : "worksNumber", code: "unreadable" },
        text: `${i}件目：${"読み取れない長い記載".repeat(20)}`,
      }),
    );
    const long = "長".repeat(2999);
    const guarantees = [
      requested("advance_payment", 1),
      { ...requested("interim_advance_payment", 2), advanceGuaranteeNumber: "20800-000017" },
      requested("performance", 3),
    ];
    const names = { worksTitle: long, ordererName: "町".repeat(3500), handlingBranch: long };
    const one = await opened({ ...names, guarantees }, many);
    const view = await form(one);
    expect(scene.slack.rejections).toEqual([]);
    expect(view.blocks.length).toBeLessThanOrEqual(100);
    expect(readable(view)).toContain("30件を片付けると");
    // A name that no input can hold is said to stay, and stays.
    expect(readable(view)).toContain("「発注者（被保証者）」は、長すぎる");
    await life.submit("U_CLERK", view, { 工事名: "町道112号線改良工事" });
    expect((await life.found(one.id)).application).toMatchObject({
      ...names,
      worksTitle: "町道112号線改良工事",
    });
    expect(scene.slack.rejections).toEqual([]);
  });
});
