/** Text, form fields and embedded JSON of a PDF: the only file that knows unpdf. Runs in the child process only. */
import { getDocumentProxy } from "unpdf";
import { ATTACHMENT_CHARS, PDF_FIELDS, PDF_FILES, PDF_PAGE_CHARS, PDF_PAGES } from "../../limits.ts";
import type { Extracted } from "./open-child.ts";
import { type Field, fieldLines, placedFields } from "./pdf-fields.ts";
import { linesOf, toPiece } from "./pdf-lines.ts";

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

/** pdf.js tells its warnings only to the console. Level 1: warnings. */
const WARNINGS = 1;
/** A font in an encoding of old (90ms-RKSJ-H, UniJIS-UCS2-H) whose table the library does not bring. */
const NO_TABLE = /translateFont failed.*(?:cMapUrl|CMap)/i;
let fontsLost = 0;
console.warn = (message: unknown) => {
  if (NO_TABLE.test(String(message))) fontsLost += 1;
};

/** Reads the first pages. Rejects on a file that is broken. */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  let document: Document;
  fontsLost = 0;
  try {
    document = await getDocumentProxy(bytes, { verbosity: WARNINGS });
  } catch (error) {
    const isLocked = error instanceof Error && error.name === "PasswordException";
    return { text: "", data: [], unread: isLocked ? "encrypted" : "broken" };
  }
  try {
    return await readDocument(document);
  } finally {
    await document.loadingTask.destroy();
  }
}

async function readDocument(document: Document): Promise<Extracted> {
  const pages = Math.min(document.numPages, PDF_PAGES);
  const lines: string[] = [];
  let fields = 0;
  for (let n = 1; n <= pages; n += 1) {
    const page = await document.getPage(n);
    const content = await page.getTextContent();
    const printed = content.items.flatMap((item) => toPiece(item, content.styles));
    const widgets = ((await page.getAnnotations()) as Field[]).slice(0, Math.max(0, PDF_FIELDS - fields));
    fields += widgets.length;
    lines.push(...linesOf([...printed, ...placedFields(widgets, printed)]), ...fieldLines(widgets, printed));
    page.cleanup();
  }
  const whole = lines.join("\n");
  const text = whole.slice(0, ATTACHMENT_CHARS);
  const data = await embeddedJson(document);
  // Words in a font that could not be read are missing: what is left would be read without its labels. A form in XFA
  // shows one page that asks for another program.
  if (fontsLost > 0 || document.isPureXfa) return { text: "", data, unread: "unsupported" };
  const isStamp =
    text.replace(/\s/g, "").length < PDF_PAGE_CHARS * pages && data.length === 0 && fields === 0;
  if (isStamp) return { text, data, unread: "image_only" };
  const isCut = document.numPages > pages || whole.length > text.length;
  return { text, data, ...(isCut ? { unread: "too_large" } : {}) };
}

/** Embedded files that are JSON, parsed. A listing names the files; each one's bytes are asked for by its id. */
async function embeddedJson(document: Document): Promise<unknown[]> {
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
