/** The part of fontkit that `face.ts` uses; the package brings no types. */
declare module "fontkit" {
  interface VariationSelector {
    varSelector: number;
    defaultUVS?: { startUnicodeValue: number; additionalCount: number }[];
    nonDefaultUVS?: { unicodeValue: number; glyphID: number }[];
  }
  interface CharacterMap {
    uvs?: { varSelectors: { toArray(): VariationSelector[] } };
    getVariationSelector(codePoint: number, selector: number): number;
  }
  export interface Box {
    minX: number;
    minY: number;
    maxX: number;
    maxY: number;
  }
  export interface Font {
    postscriptName: string;
    unitsPerEm: number;
    ascent: number;
    descent: number;
    capHeight: number;
    xHeight: number;
    bbox: Box;
    _cmapProcessor: CharacterMap;
    glyphForCodePoint(codePoint: number): { id: number; advanceWidth: number };
    getGlyph(id: number): { advanceWidth: number; bbox: Box };
  }
  export function create(bytes: Uint8Array): Font;
}
