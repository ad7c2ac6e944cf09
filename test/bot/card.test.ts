import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cardScreen } from "../../bot/blocks/card.ts";
import { detailsScreens } from "../../bot/blocks/details.ts";
import { unpackEntry } from "../../bot/blocks/menu.ts";
import { sayIn } from "../../bot/words.ts";
import { type Case, type Check, checkMark } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { judgeMessage } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { Message } from "../sandbox/slack/types.ts";
import { lifeScene } from "./life-scene.ts";
import { openScene, type Scene, words } from "./scene.ts";
import { AT, amended, caseIn, type SampleState, textOf } from "./screen-samples.ts";

const say = sayIn(words);
const BY = { employee: "1001", name: "佐藤 一郎" };
const read = (found: Case) => readable(cardScreen(caseCard(found), words));

const posts = (of: Guarantee | undefined, done: boolean): Case["tasks"] =>
  (["post_certificate", "post_receipt"] as const).map((task) => ({
    ...{ id: `t-${task}`, task, guaranteeId: of?.id ?? "", kind: of?.kind ?? "performance", since: AT },
    done: done ? { by: BY, at: AT } : null,
  }));

describe("the card", () => {
  it("says who is next and since which day, and nothing of that once nobody is", () => {
    expect(read(caseIn("applied", 20))).toContain("次の対応：担当（引受の判断）　4月10日から");
    expect(read(caseIn("returned", 20))).toContain("次の対応：申込者（訂正の返信）　4月10日から");
    expect(read(caseIn("in_force", 20))).toMatch(/次の対応：ありません$/m);
  });

  it("shows number and amendment, and a change that waits as waiting", () => {
    const asked = read(amended());
    expect(asked).toContain("前払金保証（電子）：発行済（変更の承認待ち）　保証契約番号 00042-000123　変更1");
    expect(asked).toContain("契約保証（電子）：発行済　保証契約番号");
    expect(asked).toContain("次の対応：承認者（変更の承認）");
    expect(asked).toContain("[承認する]");
    const drawing = read(amended(true));
    expect(drawing).toContain("発行済（変更の証書を作成中）");
    expect(drawing).not.toContain("[承認する]");
  });

  it("names what goes by post until it is done", () => {
    const found = caseIn("in_force", 20);
    const open = { ...found, tasks: posts(found.guarantees[0], false) };
    expect(read(open)).toMatch(
      /郵送：保証証書（前払金保証、\d+月\d+日分）\n郵送：領収証（前払金保証、\d+月\d+日分）/,
    );
    expect(read(open)).toContain("次の対応：担当（郵送）");
    expect(read({ ...found, tasks: posts(found.guarantees[0], true) })).not.toContain("郵送：");
  });

  it("says how an application came that no letter brought", () => {
    expect(read({ ...caseIn("applied", 20), origin: "phone" })).toContain("受付方法：電話");
    expect(read({ ...caseIn("applied", 20), origin: "paper" })).toContain("受付方法：書面");
  });

  it("marks a check that a person has settled, until it says something else", () => {
    const found = caseIn("applied", 20);
    const [check] = found.checks;
    if (check === undefined) throw new Error("no check");
    const of = { code: check.code, kind: check.kind, note: "発注者へ電話で確認", by: BY, at: AT };
    expect(read({ ...found, reviews: [{ ...of, of: checkMark(check) }] })).toContain(
      "確認済（佐藤 一郎さん）",
    );
    expect(read({ ...found, reviews: [{ ...of, of: "unknown||" }] })).not.toContain("確認済");
  });

  it("shows a case in which no product was asked for, open and ended", () => {
    const empty = { ...caseIn("applied", 20), guarantees: [] };
    expect(read(empty)).toContain("次の対応：担当（申込内容の確認）");
    expect(read(empty)).toContain("[審査]");
    const ended = { ...empty, ended: { how: "withdrawn" as const, reason: "重複", at: AT } };
    expect(read(ended)).toContain("商品（保証区分）：未記載　取下");
    expect(read(ended)).not.toContain("[審査]");
  });

  it("looks like this", () => {
    const found = amended();
    expect(
      cardScreen(caseCard({ ...found, tasks: posts(found.guarantees[0], false) }), words),
    ).toMatchSnapshot();
    expect(
      detailsScreens({ ...found, tasks: posts(found.guarantees[0], true) }, around(), words, say),
    ).toMatchSnapshot();
  });

  it("stays one message within Slack's limits however long everything is", () => {
    const states: SampleState[] = [
      "applied",
      "returned",
      "accepted",
      "paid",
      "awaiting_approval",
      "in_force",
    ];
    for (const length of [1, 300, 301, 3001]) {
      const cases = [...states.map((state) => caseIn(state, length)), amended(), amended(true)];
      for (const found of cases.map((one) => full(one, length))) {
        const { blocks, text } = cardScreen(caseCard(found), words);
        expect(judgeMessage(blocks)).toBeNull();
        expect(Buffer.byteLength(JSON.stringify({ blocks, text }))).toBeLessThanOrEqual(12_000);
        for (const page of detailsScreens(found, around(), words, say))
          expect(judgeMessage(page.blocks)).toBeNull();
      }
    }
  });

  it("carries in its menu the button that each entry stands for, opaque and short", () => {
    const menu = cardScreen(caseCard(full(amended(), 20)), words).blocks.at(-1)?.elements;
    const options = JSON.stringify(menu).match(/"value":"[^"]*\|[^"]*"/g) ?? [];
    expect(options.length).toBeGreaterThan(10);
    for (const option of options) {
      const value = option.slice(9, -1);
      expect(value.length).toBeLessThanOrEqual(75);
      expect(unpackEntry(value)?.value).toMatch(/^[-0-9a-f]{36}(:\d+)?$|^t\d+/);
    }
    expect(unpackEntry("case.menu|case.menu|x")).toBeNull();
  });
});

const around = () => ({ seen: [], letters: [], more: false });

/** With as many checks, posts and people as a case can have. */
function full(found: Case, length: number): Case {
  const codes: [Check["code"], Check["kind"]][] = [
    ...GUARANTEE_KINDS.flatMap((kind): [Check["code"], Check["kind"]][] => [
      ["electronic_accepted", kind],
      ["ratio_within", kind],
    ]),
    ...(["performance_with_advance", "interim_certified", "advance_guarantee"] as const).map(
      (code): [Check["code"], Check["kind"]] => [code, "performance"],
    ),
    ...(["sender_registered", "contractor_registered", "orderer_registered"] as const).map(
      (code): [Check["code"], Check["kind"]] => [code, null],
    ),
  ];
  const rule = textOf(Math.min(length, 55));
  const checks = codes.map(([code, kind]): Check => {
    return { code, kind, verdict: "fail", measured: "40.0 %", reason: "over_ceiling", rule, source: rule };
  });
  const by = { employee: "1", name: textOf(Math.min(length, 40)) };
  const reviews = checks.map((check) => {
    return { code: check.code, kind: check.kind, of: checkMark(check), note: "確認", by, at: AT };
  });
  const tasks = Array.from({ length: 14 }, (_, n) => ({
    ...{ id: `t${n}`, task: "post_certificate" as const, guaranteeId: "g", since: AT, done: null },
    kind: "interim_advance_payment" as const,
  }));
  return { ...found, checks, reviews, tasks };
}

describe.each(["socket", "http"] as const)("the menu of a card over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    expect(scene.slack.rejections).toEqual([]);
    await scene.stop();
  });

  const cardOf = (receiptNumber: string, word: string): Promise<Message> =>
    scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .find(
            (m) => m.threadTs === null && readable(m).includes(receiptNumber) && readable(m).includes(word),
          ),
      { what: `card ${receiptNumber} ${word}`, timeoutMs: 10_000 },
    );
  const choose = async (user: string, card: Message, entry: string) =>
    scene.slack.person(user).choose(card, "操作", entry);

  it("does what the command does, for whoever may", async () => {
    const { receiptNumber } = await scene.openCase();
    const card = await cardOf(receiptNumber, "受付");
    const seen = await choose("U_CLERK", card, "引受");
    expect(readable(seen.view ?? { blocks: [] })).toContain("前払金保証の保証料");
    const refused = await choose("U_REG", card, "謝絶");
    expect(refused.view).toBeUndefined();
    expect(refused.text).toContain("役割");
    expect((await choose("U_REG", card, "監査")).text).toContain("監査：");
    expect((await choose("U_STRANGER", card, "謝絶")).text).toContain("登録されていない");
  });

  it("does nothing once the case has moved on", async () => {
    const { receiptNumber } = await scene.openCase();
    const card = await cardOf(receiptNumber, "受付");
    const old = structuredClone(card);
    await scene.slack.person("U_CLERK").command("/hosho", `引受 ${receiptNumber} 65000 12000`);
    const fresh = await cardOf(receiptNumber, "入金待ち");
    fresh.blocks.splice(0, fresh.blocks.length, ...old.blocks);
    const seen = await choose("U_BOTH", fresh, "謝絶");
    expect(seen.view).toBeUndefined();
    expect(seen.text).toContain("古くなっています");
  });

  it("notes what was posted, once", async () => {
    const life = lifeScene(scene);
    const one = await life.issued();
    const found = await life.found(one.id);
    const [task] = found.tasks;
    if (task === undefined) throw new Error("nothing to post");
    // Everything is said: nothing rewrites the card under our hands.
    const said = () => expect.poll(() => scene.waitingSlack(), { timeout: 10_000 }).toBe("");
    await said();
    const card = await cardOf(one.receiptNumber, "郵送：");
    const old = structuredClone(card.blocks);
    const done = await choose("U_CLERK", card, "郵送済：領収証（前払金保証");
    expect(done.text).toContain("郵送済みとして記録しました");
    const fresh = await scene.slack.waitFor(() =>
      scene.slack
        .messages("C_DESK")
        .find((m) => m.ts === card.ts && !readable(m).includes("郵送：領収証（前払金保証")),
    );
    await said();
    fresh.blocks.splice(0, fresh.blocks.length, ...old);
    const again = await choose("U_CLERK", fresh, "郵送済：領収証（前払金保証");
    expect(again.text).toContain("すでに済み");
    expect((await life.found(one.id)).tasks.filter((t) => t.done !== null)).toHaveLength(1);
  });
});
