import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { create } from "fontkit";
import { describe, expect, test } from "vitest";
import { drawNotice, openFonts } from "../../templates/documents/documents.ts";
import { breakLines } from "../../templates/documents/lines.ts";
import { writeSubset } from "../../templates/documents/outlines.ts";
import { face, set } from "../../templates/documents/typefaces.ts";
import { documentWording } from "../../templates/documents/wording.ts";
import json from "../../templates/ja/documents.json" with { type: "json" };
import { notice } from "./samples.ts";

describe("characters", () => {
  test("葛 with its variation selector is drawn in its own form, and both forms are there", () => {
    const [variant, plain] = set("葛\u{e0100}葛", "mincho");
    expect(variant?.typeface).toBe("mincho");
    expect(variant?.glyph.outline).not.toBe(plain?.glyph.outline);
  });

  test("a selector the fonts have no form for leaves the plain form", () => {
    const [unlisted, plain] = set("建\u{e01ef}建", "mincho");
    expect(unlisted?.glyph.outline).toBe(plain?.glyph.outline);
    expect(unlisted?.glyph.codePoints).toEqual([0x5efa, 0xe01ef]);
  });

  test("what BIZ UD lacks comes from the fallback, alone", () => {
    expect(set("大𠮷田", "gothicBold").map(({ typeface }) => typeface)).toEqual([
      "gothicBold",
      "fallback",
      "gothicBold",
    ]);
  });

  test("a font made of some characters draws them as the whole font does", () => {
    for (const typeface of ["mincho", "gothicBold", "fallback"] as const) {
      const drawn = set("HkXSZfRQs9W9髙﨑ガ①㈱Å", typeface).filter((one) => one.typeface === typeface);
      const { outlines, glyphs } = face(typeface);
      const small = create(
        writeSubset(outlines, [
          glyphs[0] ?? { outline: 0, advanceWidth: 0 },
          ...drawn.map(({ glyph }) => glyph),
        ]),
      );
      const whole = create(face(typeface).outlines.file);
      for (const [index, { glyph, character }] of drawn.entries()) {
        const box = small.getGlyph(index + 1).bbox;
        expect(box, character).toEqual(whole.getGlyph(glyph.outline).bbox);
        expect(box.maxX - box.minX, character).toBeGreaterThan(0);
      }
    }
  });
});

describe("a drawn notice", () => {
  test("has ink wherever it has text: every glyph in its fonts but the blanks has an outline", async () => {
    const fonts = trueTypeFiles(
      Buffer.from(await drawNotice(notice({ contractorName: "𠮷田建設株式会社" }))),
    );
    expect(fonts.length).toBe(6);
    for (const font of fonts) {
      const count = glyphCount(font);
      expect(count).toBeGreaterThan(1);
      const boxes = Array.from({ length: count }, (_none, id) => create(font).getGlyph(id).bbox);
      const blank = boxes.filter((box) => !(box.maxX > box.minX && box.maxY > box.minY));
      // The space and the wide space, in each face that sets running text.
      expect(blank.length).toBeLessThanOrEqual(2);
    }
  });
});

/** The font files inside a PDF: its compressed streams that begin as a TrueType file does. */
function trueTypeFiles(pdf: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = pdf.indexOf("stream\n"); at !== -1; at = pdf.indexOf("stream\n", at + 7)) {
    const start = at + 7;
    if (pdf.readUInt8(start) !== 0x78) continue;
    const data = inflateSync(pdf.subarray(start, pdf.indexOf("\nendstream", start)));
    if (data.length > 12 && data.readUInt32BE(0) === 0x00010000) found.push(data);
  }
  return found;
}

function glyphCount(font: Buffer): number {
  const entry = font.indexOf("maxp");
  return font.readUInt16BE(font.readUInt32BE(entry + 8) + 4);
}

test("all fonts open, each one once however often it is asked for", () => {
  expect(openFonts()).toHaveLength(5);
  expect(face("mincho")).toBe(face("mincho"));
});

describe("lines", () => {
  const letters = fc.constantFrom(..."町道第112号線改良工事（）「」、。・ーっabc ＆");
  const texts = fc.array(letters, { minLength: 1, maxLength: 120 }).map((list) => list.join(""));

  test("lose, add and reorder nothing, however narrow the column", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 12, max: 400 }), (text, width) => {
        const lines = breakLines(text, "mincho", 11, width);
        expect(lines.flatMap(({ characters }) => characters.map(({ character }) => character)).join("")).toBe(
          text,
        );
        expect(lines.every(({ characters }) => characters.length > 0)).toBe(true);
      }),
    );
  });

  test("begin with no closing mark and never tear a number", () => {
    const text = "工事の名称、路線（町道112号線）、区間。".repeat(8);
    for (let width = 60; width < 400; width += 7) {
      const lines = breakLines(text, "mincho", 11, width).map(({ characters }) =>
        characters.map(({ character }) => character).join(""),
      );
      for (const line of lines) expect(line).not.toMatch(/^[、。）]|（$|^(?!112)[0-9]|(?<![0-9])11?$/);
    }
  });
});

describe("wording", () => {
  test("a changed letter that lost or misspelt a placeholder is refused when it is loaded", () => {
    const broken = structuredClone(json);
    broken.certificate.declaration = "{product}の保証契約を引き受けます。{term}";
    expect(documentWording.safeParse(broken).error?.issues[0]).toMatchObject({
      path: ["certificate", "declaration"],
      message: expect.stringContaining("{terms}"),
    });
  });

  test("a text that takes no values may not ask for one", () => {
    const broken = structuredClone(json);
    broken.notice.title = "{number}のお知らせ";
    expect(documentWording.safeParse(broken).error?.issues[0]?.path).toEqual(["notice", "title"]);
  });
});
