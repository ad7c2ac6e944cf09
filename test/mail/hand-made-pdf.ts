/** PDFs written by hand, for what no library writes: filled form fields of all kinds, old encodings, attached files. */

export interface HandMade {
  /** Printed texts with their place. */
  texts?: [x: number, y: number, text: string][];
  /** Widgets: place, and the rest of the dictionary. `group` makes a widget the kid of a radio group. */
  fields?: { rect: [number, number, number, number]; dict: string; group?: string }[];
  /** Radio groups: their dictionary. */
  groups?: Record<string, string>;
  /** Encoding of the font; with another than Identity-H there is no table from glyphs to letters. */
  encoding?: string;
}

const utf16 = (text: string): string => Buffer.from(text, "utf16le").swap16().toString("hex");
/** A text string of a dictionary (ISO 32000-1 §7.9.2.2). */
export const pdfText = (text: string): string => `<feff${utf16(text)}>`;

/** A tick's appearance, whose states have these names. */
export const states = (...names: string[]): string =>
  `/AP<</N<<${names.map((n) => `/${n} 8 0 R`).join("")}>>>>`;

const TO_UNICODE =
  "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end end";
const stream = (content: string, dict = ""): string =>
  `<<${dict}/Length ${content.length}>>stream\n${content}\nendstream`;
const FIRST_WIDGET = 10;

/** One page of A4. */
export function handMadePdf({
  texts = [],
  fields = [],
  groups = {},
  encoding = "Identity-H",
}: HandMade): Buffer {
  const isIdentity = encoding.startsWith("Identity");
  const groupNames = Object.keys(groups);
  const groupId = (name: string) => FIRST_WIDGET + fields.length + groupNames.indexOf(name);
  const ids = fields.map((_, i) => FIRST_WIDGET + i);
  const refs = (numbers: number[]) => `[${numbers.map((n) => `${n} 0 R`).join(" ")}]`;
  const roots = [...ids.filter((_, i) => !fields[i]?.group), ...groupNames.map(groupId)];
  const content = texts
    .map(([x, y, text]) => `BT /F1 11 Tf 1 0 0 1 ${x} ${y} Tm <${utf16(text)}> Tj ET`)
    .join("\n");
  const objects = [
    `<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields ${refs(roots)}>>>>`,
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>/Annots ${refs(ids)}>>`,
    stream(content),
    `<</Type/Font/Subtype/Type0/BaseFont/Gothic/Encoding/${encoding}/DescendantFonts[6 0 R]${isIdentity ? "/ToUnicode 9 0 R" : ""}>>`,
    "<</Type/Font/Subtype/CIDFontType0/BaseFont/Gothic/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 7 0 R/DW 1000>>",
    "<</Type/FontDescriptor/FontName/Gothic/Flags 4/FontBBox[-92 -250 1010 922]/ItalicAngle 0/Ascent 752/Descent -221/CapHeight 737/StemV 114>>",
    stream("", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
    stream(TO_UNICODE),
    ...fields.map(
      ({ rect, dict, group }) =>
        `<</Type/Annot/Subtype/Widget/F 4/Rect[${rect.join(" ")}]${group ? `/Parent ${groupId(group)} 0 R` : ""}${dict}>>`,
    ),
    ...groupNames.map(
      (name) => `<<${groups[name]}/Kids ${refs(ids.filter((_, i) => fields[i]?.group === name))}>>`,
    ),
  ];
  let out = "%PDF-1.6\n";
  const offsets = objects.map((object, i) => {
    const at = out.length;
    out += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  out += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${out.length}\n%%EOF`;
  return Buffer.from(out, "latin1");
}
