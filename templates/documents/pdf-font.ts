/**
 * An opened face in the shape of the font object that pdfkit's public `doc.font()` takes. pdfkit then neither parses
 * the file, nor shapes text, nor subsets with fontkit, each of which takes most of a document's time otherwise.
 */
import type { Face, Glyph } from "./face.ts";
import { type SubsetGlyph, writeSubset } from "./outlines.ts";
import { characters } from "./typefaces.ts";

interface Position {
  xAdvance: number;
  yAdvance: number;
  xOffset: number;
  yOffset: number;
}

/** What pdfkit 0.20 asks of a font object. Everything is in thousandths of an em (`unitsPerEm` says 1000). */
export interface PdfFont {
  postscriptName: string;
  unitsPerEm: 1000;
  ascent: number;
  descent: number;
  capHeight: number;
  xHeight: number;
  lineGap: 0;
  italicAngle: 0;
  bbox: Face["metrics"]["bbox"];
  post: { isFixedPitch: boolean };
  head: { macStyle: { italic: boolean } };
  getGlyph(id: number): { advanceWidth: number };
  layout(text: string): { glyphs: Glyph[]; positions: Position[]; advanceWidth: number };
  createSubset(): { includeGlyph(id: number): number; encode(): Uint8Array };
}

/** The face as it is. Every character of a text must be one that the face has (see `set`). */
export function pdfFont(face: Face): PdfFont {
  return shape(face, face.name, face.glyphs, (text) =>
    characters(text).flatMap((character) => face.glyph(character) ?? []),
  );
}

/** Where labels are spread: from the first character's left edge, in points at a size. */
export interface LabelBox {
  size: number;
  /** The last character ends here. */
  width: number;
  /** The last character's advance ends here, close to the value beside the label. */
  reach: number;
}

/**
 * The face with labels spread evenly over one width. The gaps are part of the characters' own advances, so programs
 * that take the text out find the label in one piece with its value beside it; spacing between characters or words
 * would read as blanks (tried with poppler and pdf.js).
 */
export function labelFont(face: Face, labels: readonly string[], box: LabelBox): PdfFont {
  const em = 1000 / box.size;
  const [missing] = face.glyphs;
  const glyphs: Glyph[] = missing ? [missing] : [];
  const spread = new Map<string, Glyph[]>();
  for (const label of labels) {
    const plain = characters(label).flatMap((character) => face.glyph(character) ?? []);
    const natural = plain.reduce((sum, glyph) => sum + glyph.advanceWidth, 0);
    const gap = plain.length > 1 ? (box.width * em - natural) / (plain.length - 1) : 0;
    const last = (box.reach - box.width) * em;
    const wide = plain.map((glyph, index) => ({
      ...glyph,
      id: glyphs.length + index,
      advanceWidth: glyph.advanceWidth + (index < plain.length - 1 ? gap : last),
    }));
    glyphs.push(...wide);
    spread.set(label, wide);
  }
  return shape(face, `${face.name}-Labels`, glyphs, (text) => spread.get(text) ?? []);
}

function shape(face: Face, name: string, glyphs: readonly Glyph[], lay: (text: string) => Glyph[]): PdfFont {
  return {
    ...face.metrics,
    postscriptName: name,
    unitsPerEm: 1000,
    lineGap: 0,
    italicAngle: 0,
    post: { isFixedPitch: false },
    head: { macStyle: { italic: false } },
    getGlyph: (id) => ({ advanceWidth: glyphs[id]?.advanceWidth ?? 0 }),
    layout(text) {
      const laid = lay(text);
      // Fresh objects: pdfkit writes into the positions.
      const positions = laid.map((glyph) => ({
        xAdvance: glyph.advanceWidth,
        yAdvance: 0,
        xOffset: 0,
        yOffset: 0,
      }));
      const advanceWidth = laid.reduce((sum, glyph) => sum + glyph.advanceWidth, 0);
      return { glyphs: laid, positions, advanceWidth };
    },
    createSubset() {
      const numbers = new Map([[0, 0]]);
      const used: SubsetGlyph[] = glyphs.slice(0, 1);
      return {
        includeGlyph(id) {
          const glyph = glyphs[id];
          const number = numbers.get(id) ?? used.length;
          if (glyph && number === used.length) used.push(glyph);
          numbers.set(id, number);
          return number;
        },
        encode: () => writeSubset(face.outlines, used),
      };
    },
  };
}
