/**
 * Opens a font file once and answers quickly: which glyph draws this character, how wide is it.
 * The only file that knows fontkit. A "character" here is a code point with the variation selectors that follow it.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Box, create, type Font } from "fontkit";
import { type OutlineTables, outlineTables } from "./outlines.ts";

/** A character as this face draws it. Widths are thousandths of an em, as PDF counts them. */
export interface Glyph {
  /** Index in the face's own list: one entry per character, so that two characters never share one. */
  id: number;
  /** Index of the outline in the font file. */
  outline: number;
  codePoints: number[];
  advanceWidth: number;
  /** False when a variation selector was given that this face has no form for: the base form is drawn. */
  exact: boolean;
}

export interface Face {
  readonly name: string;
  readonly metrics: {
    ascent: number;
    descent: number;
    capHeight: number;
    xHeight: number;
    bbox: Box;
  };
  readonly outlines: OutlineTables;
  /** Every character met so far, by `Glyph.id`; 0 is the font's "missing" box, which is never drawn. */
  readonly glyphs: Glyph[];
  /** The glyph of a character, `undefined` when the font has none. */
  glyph(character: string): Glyph | undefined;
}

const require = createRequire(import.meta.url);

/** Opens a font file of an installed package, e.g. `@expo-google-fonts/…/BIZUDMincho_400Regular.ttf`. */
export function openFace(file: string): Face {
  const bytes = readFileSync(require.resolve(file));
  const font = create(bytes);
  mendVariationSelectors(font);
  const scale = 1000 / font.unitsPerEm;
  const missing = {
    id: 0,
    outline: 0,
    codePoints: [0],
    advanceWidth: font.getGlyph(0).advanceWidth * scale,
    exact: true,
  };
  const glyphs: Glyph[] = [missing];
  const known = new Map<string, Glyph>();
  return {
    name: font.postscriptName,
    metrics: {
      ascent: font.ascent * scale,
      descent: font.descent * scale,
      capHeight: font.capHeight * scale,
      xHeight: font.xHeight * scale,
      bbox: scaled(font.bbox, scale),
    },
    outlines: outlineTables(bytes),
    glyphs,
    glyph(character) {
      const glyph = known.get(character) ?? lookUp(font, character, glyphs.length, scale);
      if (!glyph || known.has(character)) return glyph;
      glyphs.push(glyph);
      known.set(character, glyph);
      return glyph;
    },
  };
}

function lookUp(font: Font, character: string, id: number, scale: number): Glyph | undefined {
  const codePoints = Array.from(character, (one) => one.codePointAt(0) ?? 0);
  const [base = 0, selector] = codePoints;
  const plain = font.glyphForCodePoint(base);
  if (plain.id === 0) return undefined;
  const variant =
    selector === undefined ? plain.id : font._cmapProcessor.getVariationSelector(base, selector);
  const outline = variant || plain.id;
  const advanceWidth = font.getGlyph(outline).advanceWidth * scale;
  return { id, outline, codePoints, advanceWidth, exact: variant !== 0 };
}

/**
 * fontkit 2.0.4 looks for a variant only among characters whose default form the selector also lists, and so never
 * finds one (it draws the plain 葛 for 葛+U+E0100). Replaced on this font object by the look-up that the OpenType
 * specification describes (cmap format 14): own list → its glyph, default list → the base glyph, neither → 0.
 */
function mendVariationSelectors(font: Font): void {
  const map = font._cmapProcessor;
  const selectors = new Map(map.uvs?.varSelectors.toArray().map((entry) => [entry.varSelector, entry]));
  map.getVariationSelector = (codePoint, selector) => {
    const lists = selectors.get(selector);
    const variant = lists?.nonDefaultUVS?.find((entry) => entry.unicodeValue === codePoint);
    if (variant) return variant.glyphID;
    const isDefault = lists?.defaultUVS?.some(
      ({ startUnicodeValue: start, additionalCount }) =>
        codePoint >= start && codePoint <= start + additionalCount,
    );
    return isDefault ? font.glyphForCodePoint(codePoint).id : 0;
  };
}

function scaled(box: Box, scale: number): Box {
  return {
    minX: box.minX * scale,
    minY: box.minY * scale,
    maxX: box.maxX * scale,
    maxY: box.maxY * scale,
  };
}
