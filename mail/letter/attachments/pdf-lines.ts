/** Pieces of a page, each at its place, as lines of text. */

/** A piece of text at its place; points, from the lower left corner. */
export interface Piece {
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Written from top to bottom. */
  vertical?: true;
}

interface TextItem {
  str?: string;
  transform?: number[];
  width?: number;
  height?: number;
  fontName?: string;
}

/** A piece of printed text. */
export function toPiece(item: unknown, styles: Record<string, { vertical?: boolean }>): Piece[] {
  const { str, transform, width, height, fontName } = item as TextItem;
  if (str === undefined || str.trim() === "") return [];
  const size = Math.hypot(transform?.[2] ?? 0, transform?.[3] ?? 0) || height || 10;
  const isVertical = styles[fontName ?? ""]?.vertical === true;
  return [
    {
      text: plainGlyphs(str),
      x: transform?.[4] ?? 0,
      y: transform?.[5] ?? 0,
      width: isVertical ? size : (width ?? 0),
      height: isVertical ? size : height || size,
      ...(isVertical ? { vertical: true } : {}),
    },
  ];
}

/** Lines from top to bottom, then those of vertical writing, from right to left. */
export const linesOf = (pieces: Piece[]): string[] => [
  ...horizontal(pieces.filter(({ vertical }) => !vertical)),
  ...upright(pieces.filter(({ vertical }) => vertical)),
];

/** Pieces on one axis make a line, from top to bottom. */
function upright(pieces: Piece[]): string[] {
  const columns: Piece[][] = [];
  for (const piece of pieces.sort((a, b) => b.x - a.x)) {
    const column = columns.at(-1);
    if (column?.[0] && column[0].x - piece.x < piece.width * 0.5) column.push(piece);
    else columns.push([piece]);
  }
  return columns.map((column) =>
    column
      .sort((a, b) => b.y - a.y)
      .map(({ text }) => text)
      .join(" "),
  );
}

/** Pieces on one height make a line, left to right; a gap wider than a character becomes spaces. */
function horizontal(pieces: Piece[]): string[] {
  const rows: Piece[][] = [];
  for (const piece of pieces.sort((a, b) => b.y - a.y)) {
    const row = rows.at(-1);
    if (row?.[0] && Math.abs(row[0].y - piece.y) < Math.min(row[0].height, piece.height) * 0.5)
      row.push(piece);
    else rows.push([piece]);
  }
  return rows.map((row) => {
    let line = "";
    let end: number | null = null;
    for (const piece of row.sort((a, b) => a.x - b.x)) {
      const gap = end === null ? 0 : piece.x - end;
      line +=
        gap > piece.height ? `  ${piece.text}` : gap > piece.height * 0.25 ? ` ${piece.text}` : piece.text;
      end = piece.x + piece.width;
    }
    return line;
  });
}

/**
 * Radicals that fonts draw with the glyph of a whole kanji, and PDF writers take for it. NFKC knows those of Kangxi
 * (U+2F00…); for these the Unicode database has EquivalentUnifiedIdeograph. Pairs: radical, kanji.
 */
const RADICALS = new Map(
  [
    [0x2e81, 0x5382],
    [0x2e83, 0x4e5a],
    [0x2e8b, 0x353e],
    [0x2e92, 0x5df3],
    [0x2e97, 0x5fc4],
    [0x2e9d, 0x6708],
    [0x2e9f, 0x6bcd],
    [0x2ea0, 0x6c11],
    [0x2ebf, 0x8279],
    [0x2ec1, 0x864e],
    [0x2ec4, 0x897f],
    [0x2ec5, 0x89c1],
    [0x2ec6, 0x89d2],
    [0x2ec9, 0x8d1d],
    [0x2ed1, 0x9577],
    [0x2ed6, 0x961d],
    [0x2ed8, 0x9752],
    [0x2edd, 0x98df],
    [0x2ee4, 0x9b3c],
    [0x2ee8, 0x9ea6],
    [0x2ee9, 0x9ec4],
    [0x2eeb, 0x6589],
    [0x2eed, 0x6b6f],
    [0x2eef, 0x7adc],
    [0x2ef2, 0x4e80],
  ].map(([radical = 0, kanji = 0]) => [String.fromCodePoint(radical), String.fromCodePoint(kanji)]),
);

/** Radicals as the kanji they stand for, vertical and ligature glyphs as their letters. Other kanji stay as they are. */
const plainGlyphs = (text: string): string =>
  text
    .replace(/[\u2e80-\u2eff]/gu, (c) => RADICALS.get(c) ?? c)
    .replace(/[\u2f00-\u2fd5\ufb00-\ufb06\ufe10-\ufe19\ufe30-\ufe44]/gu, (c) => c.normalize("NFKC"));
