import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readable } from "../sandbox/slack/readable.ts";
import type { Message, View } from "../sandbox/slack/types.ts";
import { openScene, type Scene } from "./scene.ts";

/** Staff work cases in the loopback Slack, over both transports. */
describe.each(["socket", "http"] as const)("staff at work over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    await scene.stop();
  });

  const cardOf = (receiptNumber: string, ...words: string[]): Promise<Message> =>
    scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .find(
            (m) => readable(m).includes(receiptNumber) && words.every((word) => readable(m).includes(word)),
          ),
      { what: `card ${receiptNumber} ${words.join(" ")}`, timeoutMs: 10_000 },
    );
  const shown = (view: View | undefined): View => {
    if (view === undefined) throw new Error("no modal on the screen");
    return view;
  };

  it("brings a case from receipt to issue, two people and every word through Slack", async () => {
    const { slack } = scene;
    const { receiptNumber } = await scene.openCase();
    const [clerk, boss] = [slack.person("U_CLERK"), slack.person("U_BOSS")];
    const card = await cardOf(receiptNumber, "受付");
    expect(readable(card)).not.toMatch(/20,000,000|suzuki/);

    let seen = await clerk.click(card, "引受");
    expect(readable(shown(seen.view))).toContain("保証金額 20,000,000円");
    seen = await clerk.submit(shown(seen.view), { 前払金保証の保証料: "65000", 契約保証の保証料: "12000" });
    expect(seen.closed).toBe(true);
    await cardOf(receiptNumber, "入金待ち");

    seen = await clerk.command("/hosho", `入金 ${receiptNumber}`);
    expect(seen.text).toContain("入金を記録しました");
    await cardOf(receiptNumber, "：引受");

    seen = await clerk.command("/hosho", `発行 ${receiptNumber}`);
    const maker = shown(seen.view);
    expect(readable(maker)).toContain("茨城県北相馬郡利根町布川1");
    await expect(clerk.submit(maker)).rejects.toThrow("required");
    seen = await clerk.submit(maker, { 前払金保証の保証期限: "2027-03-01", 内容の確認: true });
    expect(seen.errors).toMatchObject([{ label: "前払金保証の保証期限" }]);
    expect(seen.errors[0]?.message).toContain("令和9年3月19日");
    seen = await clerk.submit(shown(seen.view), { 前払金保証の保証期限: "2027-03-31" });
    expect(seen.closed).toBe(true);

    const waiting = await cardOf(receiptNumber, "承認待ち");
    seen = await clerk.click(waiting, "承認");
    expect(seen.view).toBeUndefined();
    expect(seen.text).toContain("鈴木 花子さん");

    seen = await boss.click(waiting, "承認");
    const checker = shown(seen.view);
    expect(readable(checker)).toContain("佐藤 一郎");
    expect(readable(checker)).toContain("令和9年3月31日");
    seen = await boss.submit(checker, { 前払金保証の保証金額: "2000万円", 契約保証の保証金額: "500,000円" });
    expect(seen.errors[0]?.label).toContain("契約保証の保証金額");
    expect(seen.errors[0]?.message).toContain("一致しません");
    seen = await boss.submit(shown(seen.view), { 契約保証の保証金額: "５，０００，０００円" });
    expect(seen.closed).toBe(true);

    const issued = await cardOf(receiptNumber, "前払金保証（電子）：発行済", "契約保証（電子）：発行済");
    const number = /\d{5}-\d{6}/.exec(readable(issued))?.[0] ?? "";
    await slack.waitFor(() => slack.files().length >= 2, { what: "certificates", timeoutMs: 10_000 });
    for (const file of slack.files()) {
      expect(file.threadTs).toBe(issued.ts);
      expect(file.bytes.subarray(0, 5).toString()).toBe("%PDF-");
      expect(file.name).not.toContain("認証キー");
    }
    seen = await clerk.command("/hosho", `照会 ${number}`);
    expect(seen.text).toContain("有効");
    const log = slack.thread("C_DESK", issued.ts).map((m) => m.text || readable(m));
    const order = [
      "受け付けました",
      "引受としました",
      "入金を確認しました",
      "発行を申請しました",
      "承認しました",
      "発行しました",
    ];
    const places = order.map((word) => log.findIndex((line) => line.includes(word)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(slack.rejections).toEqual([]);
  });

  it("tells a stranger one sentence and nothing else, whatever is typed", async () => {
    const { receiptNumber } = await scene.openCase();
    const stranger = scene.slack.person("U_STRANGER");
    const card = await cardOf(receiptNumber);
    for (const text of ["", "ヘルプ", "一覧", `詳細 ${receiptNumber}`, "存在しない語"]) {
      const seen = await stranger.command("/hosho", text);
      expect(seen.ephemerals).toHaveLength(1);
      expect(seen.text).toContain("登録されていない");
      expect(seen.text).not.toContain("町道");
    }
    const clicked = await stranger.click(card, "詳細");
    expect(clicked.text).toContain("登録されていない");
    expect(clicked.view).toBeUndefined();
  });

  it("names the registered contractor that may be meant, before somebody registers it twice", async () => {
    const { id, receiptNumber } = await scene.openCase({ contractorName: "利根建設" });
    await scene.store.transact(async (tx) => {
      const found = await tx.caseById(id);
      if (found === null) throw new Error("no case");
      const { application, problems, checks, guarantees, orderer } = found;
      const links = { ordererId: orderer?.id ?? null, contractorId: null };
      await tx.saveApplication(id, { application, problems, checks, guarantees, ...links });
    });
    const seen = await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber}`);
    expect(seen.ephemerals.map(({ text }) => text).join("\n")).toContain("「利根建設株式会社」があります");
  });

  it("suggests the nearest word and does nothing", async () => {
    const clerk = scene.slack.person("U_CLERK");
    expect((await clerk.command("/hosho", "詳紬 A-1")).text).toContain("「詳細」");
    expect((await clerk.command("/hosho", "acept A-1")).text).toContain("「accept」");
    // Typed and not converted.
    expect((await clerk.command("/hosho", "はっこう A-1")).text).toContain("「発行」");
    const both = (await clerk.command("/hosho", "取消 A-1")).text;
    expect(both).toMatch(/「変更取消」.*「取下」|「取下」.*「変更取消」/);
    const noise = (await clerk.command("/hosho", "おはようございます")).text;
    expect(noise).toContain("/hosho ヘルプ");
    expect(noise).not.toContain("もしかして");
  });

  it("shows what a bare number names, in any width; what stands behind it is not guessed at", async () => {
    const { receiptNumber } = await scene.openCase({ worksTitle: "番号だけで開く工事" });
    const clerk = scene.slack.person("U_CLERK");
    const short = receiptNumber.toLowerCase().replace(/-0+/, "-");
    for (const typed of [receiptNumber, short, toFullWidth(receiptNumber)])
      expect((await clerk.command("/hosho", typed)).text).toContain("番号だけで開く工事");
    expect((await clerk.command("/hosho", "２０８００－０００９９９")).text).toContain("20800-000999");
    const more = (await clerk.command("/hosho", `${receiptNumber} 入金`)).text;
    expect(more).toContain("「入金」は余分な語");
  });

  it("offers cases to pick from when a number is missing, and shows details of the picked one", async () => {
    const { receiptNumber } = await scene.openCase({ message: "鍵は Z3YU EHJW 3BUX です" });
    const clerk = scene.slack.person("U_CLERK");
    const offered = await clerk.command("/hosho", "show");
    const list = offered.ephemerals[0];
    if (list === undefined) throw new Error("no list");
    expect(offered.text).toContain(receiptNumber);
    const details = await clerk.command("/hosho", `詳細　${toFullWidth(receiptNumber)}`);
    expect(details.text).toContain("suzuki@tone-kensetsu.example");
    expect(details.text).toContain("50,000,000円");
    expect(details.text).not.toContain("EHJW");
    expect(scene.slack.rejections).toEqual([]);
  });

  it("does nothing for a stale button and says so", async () => {
    const { id, receiptNumber } = await scene.openCase();
    const clerk = scene.slack.person("U_CLERK");
    const offered = (await clerk.command("/hosho", "謝絶")).ephemerals[0];
    if (offered === undefined) throw new Error("no list");
    const rows = offered.blocks.filter((block) => block.accessory !== undefined);
    const accepted = await clerk.command("/hosho", `引受 ${receiptNumber} 65,000 １２０００円`);
    expect(accepted.text).toContain("入金待ち");
    const seen = await clerk.click(offered, "謝絶", { index: rows.length - 1 });
    expect(seen.view).toBeUndefined();
    expect(seen.text).toContain("古くなっています");
    const found = await scene.store.transact((tx) => tx.caseById(id));
    expect(found?.guarantees.map(({ status }) => status)).toEqual(["accepted", "accepted"]);
  });

  it("lets nobody approve their own request, not even from another Slack account", async () => {
    const { receiptNumber } = await scene.openCase({ guarantees: [] });
    expect(receiptNumber).toMatch(/^A-\d{6}$/);
    const one = await scene.openCase();
    const [both, twin, boss] = ["U_BOTH", "U_TWIN", "U_BOSS"].map((user) => scene.slack.person(user));
    if (both === undefined || twin === undefined || boss === undefined) throw new Error("people missing");
    await both.command("/hosho", `引受 ${one.receiptNumber} 65000 12000`);
    await both.command("/hosho", `入金 ${one.receiptNumber} -前払`);
    const made = await both.command("/hosho", `issue ${one.receiptNumber} -advance`);
    await both.submit(shown(made.view), { 内容の確認: true });
    expect((await both.command("/hosho", `承認 ${one.receiptNumber}`)).text).toContain("ご本人");
    expect((await twin.command("/hosho", `承認 ${one.receiptNumber}`)).text).toContain("鈴木 花子さん");
    const ready = await boss.command("/hosho", `承認 ${one.receiptNumber}`);
    const first = shown(ready.view);
    const done = await boss.submit(first, { 保証金額: "20000000" });
    expect(done.closed).toBe(true);
    expect((await boss.command("/hosho", `承認 ${one.receiptNumber}`)).text).toContain("すでに承認");
    await cardOf(one.receiptNumber, "前払金保証（電子）：発行済", "契約保証（電子）：入金待ち");
  });

  it("lets one of two approvers win who press at the same moment", async () => {
    const { id, receiptNumber } = await scene.openCase();
    const [clerk, boss, both] = ["U_CLERK", "U_BOSS", "U_BOTH"].map((user) => scene.slack.person(user));
    if (clerk === undefined || boss === undefined || both === undefined) throw new Error("people missing");
    await clerk.command("/hosho", `引受 ${receiptNumber} 65000 12000`);
    await clerk.command("/hosho", `入金 ${receiptNumber}`);
    const made = await clerk.command("/hosho", `発行 ${receiptNumber} -契約`);
    await clerk.submit(shown(made.view), { 内容の確認: true });
    const modals = await Promise.all(
      [boss, both].map((one) => one.command("/hosho", `承認 ${receiptNumber}`)),
    );
    const outcomes = await Promise.all(
      [boss, both].map((one, i) => one.submit(shown(modals[i]?.view), { 保証金額: "5,000,000" })),
    );
    expect(outcomes.filter(({ closed }) => closed)).toHaveLength(1);
    const refused = outcomes.filter(({ text }) => /すでに承認|古くなって/.test(text));
    expect(refused).toHaveLength(1);
    await cardOf(receiptNumber, "契約保証（電子）：発行済");
    const found = await scene.store.transact((tx) => tx.caseById(id));
    expect(found?.guarantees.filter((g) => "number" in g)).toHaveLength(1);
  });

  it("refuses a modal that was filled in while the case went on", async () => {
    const { receiptNumber } = await scene.openCase();
    const [clerk, both] = [scene.slack.person("U_CLERK"), scene.slack.person("U_BOTH")];
    const opened = shown((await clerk.command("/hosho", `引受 ${receiptNumber}`)).view);
    await both.command("/hosho", `引受 ${receiptNumber} 1,000 2,000`);
    const seen = await clerk.submit(opened, { 前払金保証の保証料: "65000", 契約保証の保証料: "12000" });
    expect(seen.closed).toBe(false);
    expect(seen.errors[0]?.message).toContain("古くなっています");
  });

  it("shows in the help only what this person may do", async () => {
    const clerk = (await scene.slack.person("U_CLERK").command("/hosho", "ﾍﾙﾌﾟ")).text;
    expect(clerk).toContain("発行");
    expect(clerk).not.toContain("approve");
    expect((await scene.slack.person("U_CLERK").command("/hosho", "承認 A-1")).text).toContain(
      "承認者の役割",
    );
  });
});

function toFullWidth(text: string): string {
  return text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
}
