import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyNotAcceptable } from "../../core/desk/accept.ts";
import { enterCase } from "../../core/desk/enter.ts";
import type { StaffMember } from "../../core/policy.ts";
import { recheckApplication } from "../../core/reader/recheck.ts";
import { contractorSchema } from "../../core/registry.ts";
import { loadLabels } from "../../templates/reading.ts";
import { application, requested } from "../desk/application.ts";
import type { Entry } from "../sandbox/slack/inputs.ts";
import { readable } from "../sandbox/slack/readable.ts";
import { type LifeScene, lifeScene } from "./life-scene.ts";
import { openScene, type Scene } from "./scene.ts";

/** What a clerk writes down at the telephone. */
const CALL: Record<string, Entry> = {
  ...{
    申込みの方法: "電話",
    ordererName: "利根町長",
    contractorName: "利根建設㈱",
    工事名: "町道1号線改良工事",
  },
  ...{ 請負金額: "5,000万円", 請負契約日: "2026-04-10", 工期の始期: "2026-04-11", 工期の終期: "2027-03-19" },
  "guarantees.performance.wish": "電子保証",
  "guarantees.performance.guaranteedYen": "金五百万円",
};
const CLERK: StaffMember = {
  ...{ slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", roles: ["clerk"], branch: null },
};

/** 新規: an application by telephone or on paper becomes a case like any other. */
describe.each(["socket", "http"] as const)("an application that staff enter over %s", (mode) => {
  let scene: Scene;
  let life: LifeScene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    scene.desk.recheck = (asked, known) => recheckApplication(asked, known, loadLabels());
    life = lifeScene(scene);
  });
  afterAll(async () => {
    await scene.stop();
  });

  const clerk = () => scene.slack.person("U_CLERK");
  /** Every case there is, newest first. */
  const cases = () =>
    life.query<{ id: string; receiptNumber: string }>(
      'SELECT id, receipt_number AS "receiptNumber" FROM cases ORDER BY receipt_number DESC',
    );
  const newest = async () => {
    const [one] = await cases();
    if (one === undefined) throw new Error("no case");
    return { ...one, found: await life.found(one.id) };
  };

  it("opens a case with its card, its log, and the receipt to the contractor's first registered address", async () => {
    const seen = await life.does("U_CLERK", "新規", CALL);
    expect(seen.text).toContain("受け付けました");
    expect(seen.text).toContain("suzuki@tone-kensetsu.example へ");
    const { found, ...one } = await newest();
    expect(found).toMatchObject({ origin: "phone", letterId: null, trust: "registered", problems: [] });
    expect(found.senderAddress).toBe("suzuki@tone-kensetsu.example");
    expect(found.application).toMatchObject({
      ...{ contractorName: "利根建設株式会社", contractPriceYen: 50_000_000, worksUntil: "2027-03-19" },
      guarantees: [{ kind: "performance", form: "electronic", guaranteedYen: 5_000_000, redeposit: null }],
    });
    expect(whyNotAcceptable(found, ["performance"])).toBeNull();
    expect((await life.letters(one)).map(({ template, to }) => [template, to])).toEqual([
      ["receipt", "suzuki@tone-kensetsu.example"],
    ]);
    const card = await scene.slack.waitFor(
      () => scene.slack.messages("C_DESK").find((m) => readable(m).includes("町道1号線改良工事")),
      { what: "the card", timeoutMs: 10_000 },
    );
    const log = () => JSON.stringify(scene.slack.thread("C_DESK", card.ts));
    await scene.slack.waitFor(() => log().includes("佐藤 一郎さんが電話での申込みを入力しました"), {
      what: "the entry in the thread",
    });
    const [entry] = (await scene.audited()).filter(({ action }) => action === "case_entered");
    expect(entry).toMatchObject({ caseId: found.id, data: { origin: "phone" } });
    expect(entry?.actor).toContain("1001");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("asks the contractor by mail for what the paper leaves open, at the address that was given", async () => {
    const seen = await life.does("U_CLERK", "new", {
      ...{ ...CALL, 申込みの方法: "書面", 請負金額: null, address: "ｓｏｕｍｕ@other.example" },
      "guarantees.advance_payment.wish": "形式は未記載",
    });
    expect(seen.text).toContain("請負金額が記載されていません");
    const { found, ...one } = await newest();
    expect(found).toMatchObject({ origin: "paper", senderAddress: "soumu@other.example", trust: "other" });
    expect(found.problems.map(({ field }) => field)).toContain("guarantees.advance_payment.form");
    expect((await life.letters(one)).map(({ template, to }) => [template, to])).toEqual([
      ["questions", "soumu@other.example"],
    ]);
    expect(whyNotAcceptable({ ...found, problems: [] }, ["performance"])?.code).toBe("sender_not_registered");
  });

  it("takes one from a contractor nobody knows and without mail; nobody is written to until one is registered", async () => {
    const seen = await life.does("U_CLERK", "新規", { ...CALL, contractorName: "新参建設株式会社" });
    expect(seen.text).toContain("送り先のメールアドレスがない");
    const { found, ...one } = await newest();
    expect([found.senderAddress, await life.letters(one)]).toEqual(["", []]);
    expect(whyNotAcceptable(found, ["performance"])?.code).toBe("contractor_not_registered");
    const newcomer = contractorSchema.parse({
      ...{ name: "新参建設株式会社", address: "利根町2", representative: "新参 太郎" },
      addresses: ["info@shinzan.example"],
    });
    await scene.store.transact((tx) => tx.replaceContractors([newcomer], scene.desk.now()));
    await life.command("U_CLERK", `引受 ${one.receiptNumber} 12000`);
    expect((await life.letters(one)).map(({ template, to }) => [template, to])).toEqual([
      ["fee_due", "info@shinzan.example"],
    ]);
  });

  it("says at the input what is wrong, keeps the form, and opens nothing", async () => {
    const before = (await cases()).length;
    const view = life.opened(await life.command("U_CLERK", "新規"));
    const wrong = {
      請負金額: "5,000万円程度",
      address: "soumu＠",
      "guarantees.performance.wish": "申込みなし",
    };
    const seen = await clerk().submit(view, { ...CALL, ...wrong });
    expect(seen.errors).toHaveLength(3);
    const own = clerk().view();
    if (own === undefined) throw new Error("the modal went away");
    const mended = { ...CALL, address: "DESK@hosho.example" };
    const refused = await clerk().submit(own, mended);
    expect(refused.errors[0]?.message).toContain("この窓口自身のアドレス");
    await clerk().closeView({ all: true });
    expect((await cases()).length).toBe(before);
  });

  it("wants a contractor and works by name: neither left out nor blank", async () => {
    const before = (await cases()).length;
    const view = life.opened(await life.command("U_CLERK", "新規"));
    for (const name of ["contractorName", "工事名"]) {
      const without = clerk().submit(view, { ...CALL, [name]: null });
      await expect(without).rejects.toThrow("cannot submit");
    }
    const blank = await clerk().submit(view, { ...CALL, 工事名: "　" });
    expect(blank.errors.map(({ blockId }) => blockId)).toEqual(["worksTitle"]);
    await clerk().closeView({ all: true });
    expect((await cases()).length).toBe(before);
  });

  it("opens one case, one number and one letter however often one form is sent", async () => {
    const before = await cases();
    const entry = {
      ...{ id: scene.desk.newId(), origin: "phone" as const, address: null },
      application: application({ guarantees: [requested("performance", 5_000_000)] }),
    };
    const sent = await Promise.all(Array.from({ length: 8 }, () => enterCase(scene.desk, CLERK, entry)));
    const numbers = sent.map((one) => (one.ok ? one.value.found.receiptNumber : one.refusal.code));
    expect(new Set(numbers).size).toBe(1);
    const after = await cases();
    expect(after.length).toBe(before.length + 1);
    expect(await life.letters({ id: entry.id, receiptNumber: "" })).toHaveLength(1);
    const [first] = after;
    expect(Number(first?.receiptNumber.slice(2))).toBe(after.length);
  });

  it("is for clerks and approvers", async () => {
    expect((await life.command("U_REG", "新規")).text).toContain("役割を持つ方だけ");
  });
});
