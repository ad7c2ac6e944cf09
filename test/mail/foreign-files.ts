/** Files of strangers, made for tests: workbooks from their XML, PDFs, compound files, and letters that carry them. */
import PDFDocument from "pdfkit";
import { zipOf } from "../../mail/letter/attachments/zip.ts";

export interface SheetParts {
  name: string;
  /** Rows as XML. */
  rows: string;
  state?: "hidden" | "veryHidden";
  /** Column definitions as XML. */
  columns?: string;
}

interface WorkbookParts {
  sheets: SheetParts[];
  /** Number formats of the cell styles 1, 2, …; a number is the id of a built-in one. */
  formats?: (string | number)[];
  sharedStrings?: string[];
  /** Attributes of workbookPr. */
  settings?: string;
  /** Further files of the archive. */
  files?: Record<string, string | Buffer>;
}

const SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships";
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The files of a workbook as Excel writes them. */
export function workbookFiles(parts: WorkbookParts): Map<string, Buffer> {
  const { sheets, formats = [], sharedStrings = [], settings = "", files = {} } = parts;
  const custom = formats.map((format, i) =>
    typeof format === "number" ? "" : `<numFmt numFmtId="${164 + i}" formatCode="${escaped(format)}"/>`,
  );
  const styles = formats.map(
    (format, i) => `<xf numFmtId="${typeof format === "number" ? format : 164 + i}" xfId="0"/>`,
  );
  const texts: Record<string, string | Buffer> = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    "xl/workbook.xml": `<workbook xmlns="${SPREADSHEET}" xmlns:r="${RELATIONS}"><workbookPr ${settings}/><sheets>${sheets
      .map(
        ({ name, state }, i) =>
          `<sheet name="${name}" sheetId="${i + 1}"${state ? ` state="${state}"` : ""} r:id="rId${i + 1}"/>`,
      )
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${PACKAGE}">${sheets
      .map(
        (_, i) =>
          `<Relationship Id="rId${i + 1}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
      )
      .join(
        "",
      )}<Relationship Id="s" Type="${RELATIONS}/styles" Target="styles.xml"/><Relationship Id="t" Type="${RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    "xl/styles.xml": `<styleSheet xmlns="${SPREADSHEET}"><numFmts>${custom.join("")}</numFmts><cellXfs><xf numFmtId="0"/>${styles.join("")}</cellXfs></styleSheet>`,
    "xl/sharedStrings.xml": `<sst xmlns="${SPREADSHEET}">${sharedStrings.map((s) => `<si>${s}</si>`).join("")}</sst>`,
    ...Object.fromEntries(
      sheets.map(({ rows, columns = "" }, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `<worksheet xmlns="${SPREADSHEET}">${columns}<sheetData>${rows}</sheetData></worksheet>`,
      ]),
    ),
    ...files,
  };
  return new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
}

export const workbook = (parts: WorkbookParts): Buffer => zipOf(workbookFiles(parts));

/** Rows of a label and a value as XML; the value is the inside of the second cell. */
export const labelled = (...rows: [label: string, cell: string][]): string =>
  rows
    .map(
      ([label, cell], i) =>
        `<row r="${i + 1}"><c r="A${i + 1}" t="inlineStr"><is><t>${label}</t></is></c>${cell.replace("<c", `<c r="B${i + 1}"`)}</row>`,
    )
    .join("");

export const words = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;

const FONT = new URL(
  "../../node_modules/@expo-google-fonts/biz-udgothic/400Regular/BIZUDGothic_400Regular.ttf",
  import.meta.url,
).pathname;

export function pdf(
  draw: (page: PDFKit.PDFDocument) => void,
  options: PDFKit.PDFDocumentOptions = {},
): Promise<Buffer> {
  return new Promise((settle) => {
    const document = new PDFDocument({ size: "A4", ...options });
    const chunks: Buffer[] = [];
    document.on("data", (chunk: Buffer) => chunks.push(chunk));
    document.on("end", () => settle(Buffer.concat(chunks)));
    document.font(FONT).fontSize(11);
    draw(document);
    document.end();
  });
}

/** A compound file (MS-CFB) with a stream of this name in its directory. */
export const compound = (stream: string): Buffer =>
  Buffer.concat([
    Buffer.from("d0cf11e0a1b11ae1", "hex"),
    Buffer.alloc(504),
    Buffer.from("Root Entry\0", "utf16le"),
    Buffer.from(`${stream}\0`, "utf16le"),
    Buffer.alloc(512),
  ]);

export interface Attached {
  name: string;
  content: Buffer | string;
  type?: string;
  /** `inline` for a picture in a signature. */
  disposition?: "attachment" | "inline";
}

/** A letter with these words and files. */
export function letterWith(body: string, files: Attached[], subject = "電子保証のお申込み"): Buffer {
  const parts = files.map(
    ({ name, content, type = "application/octet-stream", disposition = "attachment" }) =>
      [
        `--b\r\nContent-Type: ${type}`,
        `Content-Disposition: ${disposition}; filename*=utf-8''${encodeURIComponent(name)}`,
        ...(disposition === "inline" ? ["Content-ID: <x@y>"] : []),
        `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content).toString("base64").replace(/.{76}/g, "$&\r\n")}`,
      ].join("\r\n"),
  );
  return Buffer.from(
    [
      `From: a@b.example\r\nSubject: =?UTF-8?B?${Buffer.from(subject).toString("base64")}?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n`,
      `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body.replaceAll("\n", "\r\n")}`,
      ...parts,
      "--b--\r\n",
    ].join("\r\n"),
  );
}
