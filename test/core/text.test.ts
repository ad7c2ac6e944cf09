import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldForComparison, foldText, foldWidth } from "../../core/text.ts";

const japanese = fc.string({
  unit: fc.constantFrom(..."株式会社㈱（）()有髙﨑𠮷葛󠄀様殿御中ＡａｱｶﾞーｰA1１ 　\t〜～-−令和①㌢神\u{2F80C}"),
});

describe("folding of names and titles", () => {
  it("leaves what is folded as it is", () => {
    fc.assert(
      fc.property(fc.oneof(japanese, fc.string({ unit: "grapheme" })), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text));
        expect(foldForComparison(foldForComparison(text))).toBe(foldForComparison(text));
      }),
    );
  });

  it.each([
    ["大沼工業㈱", "大沼工業株式会社"],
    ["（株）　利根組　御中", "株式会社 利根組"],
    ["三戸土建(株) 様", "三戸土建株式会社"],
    ["町道１１２号線　改良工事（電気）", "町道112号線 改良工事(電気)"],
    ["富士市長　殿", "富士市長"],
  ])("writes %s as %s", (written, folded) => expect(foldText(written)).toBe(folded));

  it("keeps names' kanji exactly as written", () => {
    for (const name of ["髙橋", "山﨑", "𠮷田", "葛\u{E0100}飾", "神\uFA19社", "\u{2F80C}"])
      expect(foldText(name)).toBe(name);
  });

  it("compares variants as equal and prints neither for the other", () => {
    expect(foldForComparison("髙橋 組")).toBe(foldForComparison("高橋組"));
    expect(foldForComparison("A～B－1")).toBe(foldForComparison("Ａ〜Ｂ−１"));
    expect(foldText("髙橋組")).not.toBe(foldText("高橋組"));
  });

  it("drops what cannot be seen", () => expect(foldWidth("認\u200b証\ufeffキー")).toBe("認証キー"));
});
