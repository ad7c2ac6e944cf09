/** An A4 page to write on. The only file that knows pdfkit. Points, y downwards; text stands on its baseline. */
import PDFDocument from "pdfkit";
import type { Instant } from "../../core/terms.ts";
import { breakLines, type Line } from "./lines.ts";
import { type PdfFont, pdfFont } from "./pdf-font.ts";
import type { QrCode } from "./qr.ts";
import type { Typeface } from "./typeface-files.ts";
import { type Drawn, face, measure, set } from "./typefaces.ts";

export interface Style {
  typeface: Typeface;
  size: number;
  color?: string;
  /** Extra space after each character. Above a tenth of the size, programs read blanks into the text. */
  spacing?: number;
}

export const PAGE = { width: 595.28, height: 841.89, left: 71, right: 524.28 } as const;
const INK = "#111111";

const fonts = new Map<Typeface, PdfFont>();
function shared(typeface: Typeface): PdfFont {
  const font = fonts.get(typeface) ?? pdfFont(face(typeface));
  fonts.set(typeface, font);
  return font;
}

export class Page {
  readonly #doc: PDFKit.PDFDocument;
  readonly #at: Date;

  /** `at` is the only time the file knows, so that the same values give the same bytes. */
  constructor(title: string, author: string, at: Instant) {
    this.#at = new Date(at);
    const info = {
      Title: xmpSafe(title),
      Author: xmpSafe(author),
      Creator: "hosho-desk",
      Producer: "hosho-desk",
      CreationDate: this.#at,
      ModDate: this.#at,
    };
    const options = { size: "A4", margin: 0, pdfVersion: "1.7", lang: "ja-JP", displayTitle: true, info };
    // `font: null` spares the built-in Helvetica; the types do not know it.
    this.#doc = new PDFDocument({ ...options, font: null } as unknown as PDFKit.PDFDocumentOptions);
  }

  /** Writes a text and returns where it ends. @throws MissingGlyphError */
  text(text: string, x: number, baseline: number, style: Style): number {
    return this.#write(set(text, style.typeface), x, baseline, style);
  }

  /** Writes a text smaller where it would be wider than `width`. */
  textWithin(text: string, x: number, baseline: number, width: number, style: Style): number {
    const natural = measure(text, style.typeface, style.size);
    return this.text(text, x, baseline, { ...style, size: style.size * Math.min(1, width / natural) });
  }

  /** Ends a text at `right`; smaller where it would be wider than `width`. */
  textRight(
    text: string,
    baseline: number,
    style: Style,
    right = PAGE.right,
    width = right - PAGE.left,
  ): void {
    const natural = measure(text, style.typeface, style.size);
    const fits = Math.min(1, width / natural);
    this.text(text, right - natural * fits, baseline, { ...style, size: style.size * fits });
  }

  textCentred(text: string, baseline: number, style: Style): void {
    const spacing = (style.spacing ?? 0) * (set(text, style.typeface).length - 1);
    const width = measure(text, style.typeface, style.size) + spacing;
    this.text(text, (PAGE.width - width) / 2, baseline, style);
  }

  /** A justified paragraph whose first baseline is `y`; returns the baseline below its last line. */
  paragraph(
    text: string,
    x: number,
    y: number,
    width: number,
    leading: number,
    style: Style,
    indent = 0,
  ): number {
    const lines = breakLines(text, style.typeface, style.size, width, indent);
    for (const [index, line] of lines.entries()) {
      this.line(line, x + (index === 0 ? indent : 0), y + index * leading, style);
    }
    return y + lines.length * leading;
  }

  line(line: Line, x: number, baseline: number, style: Style): void {
    this.#write(line.characters, x, baseline, { ...style, spacing: line.spacing });
  }

  /** A label of a `labelFont`. */
  label(label: string, font: PdfFont, x: number, baseline: number, size: number): void {
    this.#draw(label, font, x, baseline, { typeface: "gothic", size });
  }

  rule(x1: number, y1: number, x2: number, y2: number, width = 0.5, color = INK): void {
    this.#doc.moveTo(x1, y1).lineTo(x2, y2).lineWidth(width).strokeColor(color).stroke();
  }

  frame(x: number, y: number, width: number, height: number, stroke = 1, color = INK): void {
    this.#doc.rect(x, y, width, height).lineWidth(stroke).strokeColor(color).stroke();
  }

  shade(x: number, y: number, width: number, height: number, color: string): void {
    this.#doc.rect(x, y, width, height).fillColor(color).fill();
  }

  qr(code: QrCode, x: number, y: number, side: number): void {
    const module = side / code.size;
    for (const run of code.runs) {
      // A hair taller than a module, lest viewers show seams between the rows.
      this.#doc.rect(x + run.x * module, y + run.y * module, run.width * module, module * 1.02);
    }
    this.#doc.fillColor("#000000").fill();
  }

  link(x: number, y: number, width: number, height: number, url: string): void {
    this.#doc.link(x, y, width, height, url);
  }

  /** Puts a JSON file inside the document. */
  attach(name: string, value: unknown): void {
    const dates = { creationDate: this.#at, modifiedDate: this.#at };
    const bytes = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
    // `relationship` (PDF 2.0 §14.13) says that the JSON is the data the page shows; the types do not know it.
    const options = { name, type: "application/json", ...dates, relationship: "Data" };
    this.#doc.file(bytes, options);
  }

  async finish(): Promise<Uint8Array> {
    this.#doc.end();
    const chunks: Buffer[] = [];
    for await (const chunk of this.#doc) chunks.push(Buffer.from(chunk));
    return new Uint8Array(Buffer.concat(chunks));
  }

  /** Writes characters in runs of one typeface each. */
  #write(characters: readonly Drawn[], x: number, baseline: number, style: Style): number {
    let at = x;
    for (let start = 0; start < characters.length; ) {
      const typeface = characters[start]?.typeface ?? style.typeface;
      let run = "";
      let width = 0;
      for (; characters[start]?.typeface === typeface; start++) {
        const { character = "", glyph } = characters[start] ?? {};
        run += character;
        width += ((glyph?.advanceWidth ?? 0) * style.size) / 1000 + (style.spacing ?? 0);
      }
      this.#draw(run, shared(typeface), at, baseline, style);
      at += width;
    }
    return at;
  }

  #draw(text: string, font: PdfFont, x: number, baseline: number, style: Style): void {
    const name = font.postscriptName;
    // pdfkit takes any object with a `layout` method for an opened font; the types know file names and bytes only.
    this.#doc.registerFont(name, font as unknown as Uint8Array);
    this.#doc.font(name, style.size).fillColor(style.color ?? INK);
    const spacing = style.spacing ? { characterSpacing: style.spacing } : {};
    this.#doc.text(text, x, baseline, { lineBreak: false, baseline: "alphabetic", ...spacing });
  }
}

/** pdfkit copies the title and the author into XML without escaping them, so that they must not need it. */
function xmpSafe(text: string): string {
  return text.replaceAll("&", "＆").replaceAll("<", "＜").replaceAll(">", "＞");
}
