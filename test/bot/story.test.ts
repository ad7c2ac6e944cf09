import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readable } from "../sandbox/slack/readable.ts";
import type { Message, Seen, View } from "../sandbox/slack/types.ts";
import { openScene, type Scene, words } from "./scene.ts";

const LONG = Array.from({ length: 10 }, (_, n) => [`fact${n}`, "字".repeat(600)]);

/** What happened to a case, told to whoever may know it; the look is noted like any other. */
describe.each(["socket", "http"] as const)("the story of a case over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
  });
  afterAll(async () => {
    await scene.stop();
  });

  const shown = (view: View | undefined): View => {
    if (view === undefined) throw new Error("no modal on the screen");
    return view;
  };
  const cardOf = (receiptNumber: string, word: string): Promise<Message> =>
    scene.slack.waitFor(
      () =>
        scene.slack
          .messages("C_DESK")
          .find((m) => readable(m).includes(receiptNumber) && readable(m).includes(word)),
      { what: `card ${receiptNumber} ${word}`, timeoutMs: 10_000 },
    );
  const last = (seen: Seen) => {
    const found = seen.ephemerals.at(-1);
    if (found === undefined) throw new Error(`nothing shown: ${seen.error ?? ""}`);
    return found;
  };

  it("tells who did what when, from what to what, with letters out and the entry to look up", async () => {
    const { slack } = scene;
    const clerk = slack.person("U_CLERK");
    const { receiptNumber, id } = await scene.openCase();
    const card = await cardOf(receiptNumber, "受付");
    const accept = await clerk.click(card, "引受");
    await clerk.submit(shown(accept.view), { 前払金保証の保証料: "65000", 契約保証の保証料: "12000" });
    await cardOf(receiptNumber, "入金待ち");
    await clerk.command("/hosho", `入金 ${receiptNumber}`);

    await slack.person("U_BOSS").command("/hosho", `詳細 ${receiptNumber}`);

    const seen = await slack.person("U_REG").command("/hosho", `監査 ${receiptNumber}`);
    const story = seen.ephemerals.map(({ text }) => text).join("\n") + seen.text;
    for (const said of [
      "佐藤 一郎（社員番号 1001）：引受を決めました",
      "前払金保証の保証料：65,000円",
      "保証料の支払いを記録しました",
      "鈴木 花子（社員番号 1002）：案件の詳細を閲覧しました",
      "メール「保証料のお知らせ」を suzuki@tone-kensetsu.example あてに作成しました。まだ送信していません",
    ])
      expect(story).toContain(said);
    expect(story.indexOf("引受を決めました")).toBeLessThan(story.indexOf("支払いを記録しました"));
    const entries = await scene.desk.store.transact((tx) => tx.storyOf(id, 0, 50));
    const noted = entries.lines.map((line) => (line.what === "entry" ? line : line.entry)).slice(0, -1);
    for (const line of noted)
      expect(story).toContain(`記録 ${line?.serial}番　ハッシュ ${line?.hash.slice(0, 8)}`);
    expect(story.split("保証料のお知らせ」を")).toHaveLength(2);
    expect((await scene.audited()).at(-1)).toMatchObject({ action: "story_viewed", caseId: id });
    expect(slack.rejections).toEqual([]);
  });

  it("is told in parts, each entry once, and every part is a look", async () => {
    const { desk } = scene;
    const { receiptNumber, id } = await scene.openCase();
    const count = 61;
    for (let n = 0; n < count; n += 1)
      await desk.store.transact((tx) =>
        tx.audit({
          ...{ at: desk.now(), actor: { kind: "sender", address: "suzuki@tone-kensetsu.example" } },
          ...{ action: "letter_received", caseId: id, guaranteeId: null, cause: `letter:${n}` },
          // Twenty such entries are more than a click may bring.
          data: { ...Object.fromEntries(LONG), reason: `長い理由 ${n}:` },
        }),
      );
    const { slack } = scene;
    const person = slack.person("U_BOSS");
    const all = () => slack.ephemerals("U_BOSS").map((message) => readable(message));
    /** A part comes in several messages; the last of them leads on, or ends with the newest entry. */
    const wholePart = (from: number) =>
      slack.waitFor(
        () =>
          all()
            .slice(from)
            .some((text) => /続きを見る|長い理由 60:/.test(text)) && slack.ephemerals("U_BOSS").at(-1),
        { what: "the end of the part", timeoutMs: 10_000 },
      );
    let looks = 1;
    await person.command("/hosho", `audit ${receiptNumber}`);
    for (let end = await wholePart(0); end && readable(end).includes("続きを見る"); looks += 1) {
      const from = all().length;
      await person.click(end, "続きを見る");
      end = await wholePart(from);
    }
    const text = all().join("\n");
    expect(looks).toBeGreaterThan(3);
    for (let n = 0; n < count; n += 1) expect(text.split(`長い理由 ${n}:`)).toHaveLength(2);
    expect(text).toContain("差出人 suzuki@tone-kensetsu.example");
    const views = (await scene.audited()).filter((one) => one.action === "story_viewed" && one.caseId === id);
    expect(views).toHaveLength(looks);
    expect(scene.slack.rejections).toEqual([]);
  });

  it("offers the cases when no number was given, and is nothing for a stranger or a person without a role", async () => {
    const { receiptNumber } = await scene.openCase();
    const clerk = scene.slack.person("U_CLERK");
    const list = await clerk.command("/hosho", "監査");
    expect(list.text).toContain(receiptNumber);
    const seen = await clerk.click(last(list), "監査");
    expect(seen.text).toContain("の記録");
    const before = (await scene.audited()).length;
    const none = await scene.slack.person("U_NONE").command("/hosho", `監査 ${receiptNumber}`);
    expect(none.text).toContain("役割を持つ方だけ");
    await scene.slack.person("U_STRANGER").command("/hosho", `監査 ${receiptNumber}`);
    expect(await scene.audited()).toHaveLength(before);
  });
});

describe("the words of the story", () => {
  const core = fileURLToPath(new URL("../../core", import.meta.url));
  const sources = readdirSync(core, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(`${core}/${name}`, "utf8"));

  it("exist for every action that the audit log may hold", () => {
    // `action: "…"` and `action: a ? "…" : "…"`, tables of actions, and the events of recovery that are actions too.
    const codes = sources.flatMap((text) =>
      [
        ...text.matchAll(/\b(?:action|requested|confirmed): (\{[^}]*\}|[^,\n]*)/g),
        ...text.matchAll(/type RecoveryEvent =([^;]*)/g),
        ...text.matchAll(/\bnoteChange\(([^()]*)\);/g),
      ]
        .flatMap(([, rest = ""]) => [...rest.matchAll(/"([a-z]+(?:_[a-z]+)*)"/g)])
        .map(([, code = ""]) => code),
    );
    expect(codes.length).toBeGreaterThan(25);
    expect([...new Set(codes)].filter((code) => !words.has("slack", `story.action.${code}`))).toEqual([]);
  });

  it("exist for every cause of a case's entries and letters", () => {
    const causes = sources.flatMap((text) => [
      // `cause: `accept:…`` or `const cause = `issue:…``; and those that begin with the deed.
      ...[...text.matchAll(/\bcause(?::| =) `([a-z]+):/g)].map(([, code = ""]) => code),
    ]);
    const ofDeeds = [
      "decline",
      "withdraw",
      "amend",
      "rectify",
      "unamend",
      "cancel",
      "release",
      "expire",
      "expiring",
    ];
    // Of messages to staff, of no case: they are neither letters nor entries.
    const elsewhere = ["trouble", "paused", "parked", "cap", "canary", "bounced", "price", "sent"];
    expect(causes.length).toBeGreaterThan(15);
    expect(
      [...new Set([...causes, ...ofDeeds])].filter(
        (code) => !elsewhere.includes(code) && !words.has("slack", `story.cause.${code}`),
      ),
    ).toEqual([]);
  });
});
