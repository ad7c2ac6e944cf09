/** The desk's typefaces, each opened once a process, with a fallback for the characters it lacks. */
import { MissingGlyphError } from "../../core/documents.ts";
import { type Face, type Glyph, openFace } from "./face.ts";
import { FILES, type Typeface } from "./typeface-files.ts";

/** A character with the glyph that draws it and the typeface the glyph is from. */
export interface Drawn {
  typeface: Typeface;
  glyph: Glyph;
  character: string;
}

const faces = new Map<Typeface, Face>();
const drawn = new Map<Typeface, Map<string, Drawn>>();

/** The opened face. Opening takes 10–40 ms; a fallback nobody needs is never opened. */
export function face(typeface: Typeface): Face {
  const open = faces.get(typeface) ?? openFace(FILES[typeface]);
  faces.set(typeface, open);
  return open;
}

/** Splits a text into characters, variation selectors kept with the character they follow. */
export function characters(text: string): string[] {
  return text.match(/.[\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]?/gsu) ?? [];
}

/**
 * Sets a text in a typeface, character by character, from the fallback where the typeface cannot.
 * @throws MissingGlyphError naming the first character that neither has.
 */
export function set(text: string, typeface: Typeface): Drawn[] {
  const known = drawn.get(typeface) ?? new Map<string, Drawn>();
  drawn.set(typeface, known);
  return characters(text).map((character) => {
    const found = known.get(character) ?? choose(character, typeface);
    known.set(character, found);
    return found;
  });
}

/** The exact form wins, wherever it is; then the base form of the typeface, then of the fallback. */
function choose(character: string, typeface: Typeface): Drawn {
  const own = face(typeface).glyph(character);
  if (own?.exact) return { typeface, glyph: own, character };
  const other = face("fallback").glyph(character);
  if (other?.exact) return { typeface: "fallback", glyph: other, character };
  if (own) return { typeface, glyph: own, character };
  if (other) return { typeface: "fallback", glyph: other, character };
  throw new MissingGlyphError(character);
}

/** Width in points of a text set at a size. */
export function measure(text: string, typeface: Typeface, size: number): number {
  return set(text, typeface).reduce((width, { glyph }) => width + (glyph.advanceWidth * size) / 1000, 0);
}
