/** Japanese character sets, outwards: Node only decodes them, so the tables are read off its decoders. */

const jis = new Map<string, number>();
const euc = new TextDecoder("euc-jp");
for (let row = 0x21; row <= 0x7e; row++) {
  for (let cell = 0x21; cell <= 0x7e; cell++) {
    const character = euc.decode(Uint8Array.of(row | 0x80, cell | 0x80));
    // Signs that stand twice (NEC rows) keep their first place.
    if (!character.includes("\ufffd") && !jis.has(character)) jis.set(character, (row << 8) | cell);
  }
}

type Japanese = "iso-2022-jp" | "shift_jis" | "euc-jp";

/** The bytes of a text, or null when the character set cannot say all of it. */
export function encodeJapanese(text: string, charset: Japanese): Buffer | null {
  const out: number[] = [];
  let doubled = false;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      if (code === 0x1b) return null;
      if (doubled) out.push(0x1b, 0x28, 0x42);
      doubled = false;
      out.push(code);
      continue;
    }
    const place = jis.get(character);
    if (place === undefined) return null;
    if (charset === "iso-2022-jp" && !doubled) out.push(0x1b, 0x24, 0x42);
    doubled = charset === "iso-2022-jp";
    out.push(...placed(place >> 8, place & 0xff, charset));
  }
  if (doubled) out.push(0x1b, 0x28, 0x42);
  return Buffer.from(out);
}

function placed(row: number, cell: number, charset: Japanese): [number, number] {
  if (charset === "iso-2022-jp") return [row, cell];
  if (charset === "euc-jp") return [row | 0x80, cell | 0x80];
  // JIS X 0208 appendix 1: two rows share one lead byte; 0x7f is left out of the trail bytes.
  const lead = ((row - 0x21) >> 1) + 0x81;
  const trail = row % 2 === 1 ? cell + 0x1f + (cell >= 0x60 ? 1 : 0) : cell + 0x7e;
  return [lead >= 0xa0 ? lead + 0x40 : lead, trail];
}
