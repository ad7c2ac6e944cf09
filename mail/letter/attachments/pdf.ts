/** Text, form fields and embedded JSON of a PDF: the only file that knows unpdf. Runs in the child process only. */
import { getDocumentProxy } from "unpdf";
import { ATTACHMENT_CHARS, PDF_FILES, PDF_PAGES } from "../../limits.ts";
import type { Extracted } from "./open-child.ts";

interface Piece {
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Reads the first pages. Rejects on a file that is encrypted or broken. */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  const document = await getDocumentProxy(bytes, { verbosity: 0 });
  const lines: string[] = [];
  for (let n = 1; n <= Math.min(document.numPages, PDF_PAGES); n += 1) {
    const page = await document.getPage(n);
    const content = await page.getTextContent();
    lines.push(...linesOf(content.items.flatMap(toPiece)), ...fieldsOf(await page.getAnnotations()));
    page.cleanup();
  }
  return {
    text: lines.join("\n").slice(0, ATTACHMENT_CHARS),
    data: await embeddedJson(document),
  };
}

function toPiece(item: unknown): Piece[] {
  const { str, transform, width, height } = item as {
    str?: string;
    transform?: number[];
    width?: number;
    height?: number;
  };
  if (str === undefined || str.trim() === "") return [];
  return [
    { text: str, x: transform?.[4] ?? 0, y: transform?.[5] ?? 0, width: width ?? 0, height: height || 10 },
  ];
}

/** Pieces on one height make a line, left to right; a gap wider than a character becomes spaces. */
function linesOf(pieces: Piece[]): string[] {
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

/** Filled form fields as lines of label and value; the label is the field's tooltip, else its name. */
function fieldsOf(annotations: unknown[]): string[] {
  return annotations.flatMap((annotation) => {
    const field = annotation as {
      fieldName?: string;
      alternativeText?: string;
      fieldValue?: unknown;
      checkBox?: boolean;
    };
    const name = field.alternativeText || field.fieldName;
    if (!name || typeof field.fieldValue !== "string" || field.fieldValue === "") return [];
    if (field.checkBox === true) return field.fieldValue === "Off" ? [`${name}\t☐`] : [`${name}\t☒`];
    return [`${name}\t${field.fieldValue.replace(/\s*[\r\n]+\s*/g, " ")}`];
  });
}

/** Embedded files that are JSON, parsed. A listing names the files; each one's bytes are asked for by its id. */
async function embeddedJson(document: Awaited<ReturnType<typeof getDocumentProxy>>): Promise<unknown[]> {
  const files = (await document.getAttachments()) as Map<string, { filename?: string }> | null;
  const found: unknown[] = [];
  for (const [id, file] of [...(files ?? [])].slice(0, PDF_FILES)) {
    if (!/\.json$/i.test(file.filename ?? id)) continue;
    try {
      const content: unknown = await document.getAttachmentContent(id);
      if (content instanceof Uint8Array) found.push(JSON.parse(new TextDecoder().decode(content)) as unknown);
    } catch {
      // A file that is no JSON after all says nothing.
    }
  }
  return found;
}
