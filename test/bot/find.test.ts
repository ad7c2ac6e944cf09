import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ephemeral } from "../sandbox/slack/types.ts";
import { openScene, type Scene } from "./scene.ts";

/** 検索: cases by what is remembered of them. */
describe.each(["socket", "http"] as const)("looking for a case over %s", (mode) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ mode });
    await scene.openCase({ worksTitle: "町道112号線改良工事", worksNumber: "利土第7号" });
    await scene.openCase({ worksTitle: "髙野橋補修工事", ordererName: "富士市長" });
    await scene.openCase({ worksTitle: "センター100%改修工事", contractorName: "富士土木株式会社" });
    for (let i = 0; i < 23; i += 1) await scene.openCase({ worksTitle: `町道${i}号線舗装工事` });
  });
  afterAll(async () => {
    await scene.stop();
  });

  const find = async (words: string, who = "U_CLERK") => {
    const seen = await scene.slack.person(who).command("/hosho", words);
    return seen.text;
  };

  it("finds those in which every word occurs, in any width and with the common variants of a kanji", async () => {
    expect(await find("検索 １１２号線")).toContain("町道112号線改良工事");
    expect(await find("検索 高野橋")).toContain("髙野橋補修工事");
    expect(await find("検索 富士　補修")).toContain("（1件）");
    expect(await find("検索 富士")).toContain("（2件）");
    expect(await find("検索 富士 舗装")).toContain("すべてを含む案件はありません");
    expect(await find("find 利土第7号")).toContain("町道112号線改良工事");
    expect(await find("検索 センター")).toContain("センター100%改修工事");
    expect(await find("検索 a-00000２")).toContain("髙野橋補修工事");
  });

  it("takes a pattern's own characters as they are", async () => {
    expect(await find("検索 100%改")).toContain("（1件）");
    expect(await find("検索 町%事")).toContain("ありません");
    expect(await find("検索 町_12号線")).toContain("ありません");
  });

  it("lists the newest first, twenty at most, says that there are more, and opens each by its button", async () => {
    const { slack } = scene;
    const seen = await slack.person("U_REG").command("/hosho", "検索 舗装工事");
    const text = slack
      .ephemerals("U_REG")
      .map((one) => JSON.stringify(one.blocks))
      .join("\n");
    expect(text.indexOf("町道22号線")).toBeLessThan(text.indexOf("町道21号線"));
    expect(text).toContain("町道3号線");
    expect(text).not.toContain("町道2号線舗装");
    expect(text).toContain("ほかにもあります");
    const [first] = seen.ephemerals as Ephemeral[];
    if (first === undefined) throw new Error("nothing shown");
    const shown = await slack.person("U_REG").click(first, "詳細");
    expect(shown.text).toContain("町道22号線舗装工事");
    expect(slack.rejections).toEqual([]);
  });

  it("says how to ask when there is nothing to look for, or too much", async () => {
    for (const words of ["検索", "検索 ・", "find 「」"])
      expect(await find(words)).toContain("探す語句を添えてください");
    expect(await find(`検索 ${"語 ".repeat(11)}`)).toContain("語句が多すぎる");
    expect(await find("検索 橋 -前払")).toContain("商品の指定は使えません");
  });
});
