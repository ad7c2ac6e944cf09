/**
 * Glyph outlines of a TrueType file, and a new small file made of some of them. PDF needs six tables only
 * (ISO 32000-1 §9.9, table 126). Hinting instructions are left out: a third of the size, and they would ask for three tables more.
 */

/** One glyph of the new file: an outline of the old one, with the width to declare (thousandths of an em). */
export interface SubsetGlyph {
  outline: number;
  advanceWidth: number;
}

export interface OutlineTables {
  /** The whole font file. */
  readonly file: Uint8Array;
  /** The tables a subset takes over as they are, but for their counts. */
  readonly head: Buffer;
  readonly hhea: Buffer;
  readonly maxp: Buffer;
  readonly unitsPerEm: number;
  /** An outline without its instructions; empty for a blank. */
  outline(index: number): Buffer;
  /** Left side bearing in font units. */
  bearing(index: number): number;
}

const EMPTY = Buffer.alloc(0);

/** Finds the tables of a TrueType font file. */
export function outlineTables(file: Uint8Array): OutlineTables {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const table = (tag: string): Buffer => {
    for (let entry = 12; entry < 12 + 16 * bytes.readUInt16BE(4); entry += 16) {
      if (bytes.toString("latin1", entry, entry + 4) !== tag) continue;
      const offset = bytes.readUInt32BE(entry + 8);
      return bytes.subarray(offset, offset + bytes.readUInt32BE(entry + 12));
    }
    throw new Error(`the font file has no table ${tag}`);
  };
  const [head, hhea, hmtx, loca, glyf] = [
    table("head"),
    table("hhea"),
    table("hmtx"),
    table("loca"),
    table("glyf"),
  ];
  const longOffsets = head.readInt16BE(50) === 1;
  const offset = (index: number) =>
    longOffsets ? loca.readUInt32BE(index * 4) : loca.readUInt16BE(index * 2) * 2;
  const fullMetrics = hhea.readUInt16BE(34);
  const known = new Map<number, Buffer>();
  return {
    file,
    head,
    hhea,
    maxp: table("maxp"),
    unitsPerEm: head.readUInt16BE(18),
    outline(index) {
      const found = known.get(index) ?? withoutInstructions(glyf.subarray(offset(index), offset(index + 1)));
      known.set(index, found);
      return found;
    },
    bearing: (index) =>
      index < fullMetrics
        ? hmtx.readInt16BE(index * 4 + 2)
        : hmtx.readInt16BE(fullMetrics * 4 + (index - fullMetrics) * 2),
  };
}

/** A simple glyph loses its instructions; a composite one tells that it has none (glyf, OpenType 1.9). */
function withoutInstructions(glyph: Buffer): Buffer {
  if (glyph.length === 0) return EMPTY;
  const contours = glyph.readInt16BE(0);
  if (contours < 0) {
    const copy = Buffer.from(glyph);
    for (const part of parts(copy)) copy.writeUInt16BE(copy.readUInt16BE(part) & ~0x0100, part);
    return copy;
  }
  const lengthAt = 10 + contours * 2;
  const data = lengthAt + 2 + glyph.readUInt16BE(lengthAt);
  const noInstructions = Buffer.alloc(2);
  return Buffer.concat([glyph.subarray(0, lengthAt), noInstructions, glyph.subarray(data)]);
}

/** Offsets of a composite glyph's components; none for a simple glyph. */
function parts(glyph: Buffer): number[] {
  if (glyph.length === 0 || glyph.readInt16BE(0) >= 0) return [];
  const found: number[] = [];
  for (let at = 10, more = true; more; ) {
    found.push(at);
    const flags = glyph.readUInt16BE(at);
    const transform = flags & 0x0080 ? 8 : flags & 0x0040 ? 4 : flags & 0x0008 ? 2 : 0;
    at += 4 + (flags & 0x0001 ? 4 : 2) + transform;
    more = (flags & 0x0020) !== 0;
  }
  return found;
}

/** Writes a TrueType file with just these glyphs, in this order; components of composites are appended. */
export function writeSubset(tables: OutlineTables, wanted: readonly SubsetGlyph[]): Buffer {
  const glyphs = [...wanted];
  const outlines: Buffer[] = [];
  // The list grows while it is walked: components follow the glyphs that use them.
  for (let index = 0; index < glyphs.length; index++) {
    const glyph = glyphs[index];
    if (!glyph) break;
    let outline = tables.outline(glyph.outline);
    const components = parts(outline);
    if (components.length > 0) outline = Buffer.from(outline);
    for (const part of components) {
      const component = outline.readUInt16BE(part + 2);
      outline.writeUInt16BE(glyphs.length, part + 2);
      glyphs.push({ outline: component, advanceWidth: 0 });
    }
    outlines.push(outline);
  }
  return sfnt({ ...glyphTables(outlines), ...metricTables(tables, glyphs) });
}

function glyphTables(outlines: readonly Buffer[]): { glyf: Buffer; loca: Buffer } {
  const loca = Buffer.alloc((outlines.length + 1) * 4);
  let end = 0;
  const padded = outlines.map((outline, index) => {
    const rest = -outline.length & 3;
    end += outline.length + rest;
    loca.writeUInt32BE(end, (index + 1) * 4);
    return rest ? Buffer.concat([outline, Buffer.alloc(rest)]) : outline;
  });
  return { glyf: Buffer.concat(padded), loca };
}

function metricTables(tables: OutlineTables, glyphs: readonly SubsetGlyph[]) {
  const hmtx = Buffer.alloc(glyphs.length * 4);
  for (const [index, glyph] of glyphs.entries()) {
    hmtx.writeUInt16BE(Math.round((glyph.advanceWidth * tables.unitsPerEm) / 1000), index * 4);
    hmtx.writeInt16BE(tables.bearing(glyph.outline), index * 4 + 2);
  }
  const [head, hhea, maxp] = [Buffer.from(tables.head), Buffer.from(tables.hhea), Buffer.from(tables.maxp)];
  head.writeInt16BE(1, 50); // long offsets in loca
  hhea.writeUInt16BE(glyphs.length, 34);
  maxp.writeUInt16BE(glyphs.length, 4);
  return { head, hhea, hmtx, maxp };
}

/** The file around the tables: directory sorted by tag, tables on 4-byte bounds. Checksums stay 0: no PDF reader asks. */
function sfnt(tables: Record<string, Buffer>): Buffer {
  const entries = Object.entries(tables).sort(([a], [b]) => (a < b ? -1 : 1));
  const directory = Buffer.alloc(12 + entries.length * 16);
  const power = 2 ** Math.floor(Math.log2(entries.length));
  directory.writeUInt32BE(0x00010000, 0);
  directory.writeUInt16BE(entries.length, 4);
  directory.writeUInt16BE(power * 16, 6);
  directory.writeUInt16BE(Math.log2(power), 8);
  directory.writeUInt16BE((entries.length - power) * 16, 10);
  const body: Buffer[] = [directory];
  let offset = directory.length;
  for (const [index, [tag, table]] of entries.entries()) {
    const at = 12 + index * 16;
    directory.write(tag, at, "latin1");
    directory.writeUInt32BE(offset, at + 8);
    directory.writeUInt32BE(table.length, at + 12);
    const padding = Buffer.alloc(-table.length & 3);
    body.push(table, padding);
    offset += table.length + padding.length;
  }
  return Buffer.concat(body);
}
