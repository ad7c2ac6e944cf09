/**
 * Makes a workbook such that the library reads what its sender saw, before it reads it: hidden sheets, rows and columns
 * left out, numbers as their formats show them, and nothing that would need room without end. Child process only.
 */
import type { UnreadReason } from "../../../core/reader/source.ts";
import { WORKBOOK_AREA, WORKBOOK_BYTES, WORKBOOK_CELLS, WORKBOOK_SHEETS } from "../../limits.ts";
import { formatOf, shownNumber } from "./number-format.ts";
import { unpack, type ZipEntry, zipEntries, zipOf } from "./zip.ts";

export type Tidied = { ok: true; bytes: Buffer } | { ok: false; unread: UnreadReason };

/** What of a workbook is opened: texts of the book itself. Pictures, drawings, comments and settings are not. */
const OPENED =
  /^xl\/(?!media\/|drawings\/|comments|theme\/|printerSettings\/|externalLinks\/|charts\/|calcChain).*\.(?:xml|xml\.rels)$/iu;
const MACRO = /(?:^|\/)vbaProject[^/]*\.bin$|^xl\/macrosheets\//iu;

/** The workbook as it is given to the library, or why it is not. */
export function tidyWorkbook(bytes: Buffer): Tidied {
  const entries = zipEntries(bytes);
  if (entries === null) return refuse("broken");
  const refusal = refusalOf(entries);
  if (refusal !== null) return refuse(refusal);
  const files = unpackAll(entries.filter(({ name }) => OPENED.test(name)));
  if (files === null) return refuse("too_large");
  const book = files.get("xl/workbook.xml")?.toString("utf8") ?? "";
  const shown = withoutHiddenSheets(book);
  if ((shown.match(SHEET) ?? []).length > WORKBOOK_SHEETS) return refuse("too_large");
  files.set("xl/workbook.xml", Buffer.from(shown));
  const formats = formatsOf(files);
  const from1904 = /\bdate1904="1"/u.test(shown);
  let cells = 0;
  for (const [name, content] of files) {
    const xml = textOf(content);
    if (!/<(?:\w+:)?sheetData\b/u.test(xml.slice(0, SHEET_HEAD))) continue;
    cells += (xml.match(/<(?:\w+:)?c[\s>]/gu) ?? []).length;
    if (cells > WORKBOOK_CELLS) return refuse("too_large");
    const tidied = tidySheet(xml, { formats, from1904 });
    if (tidied === null) return refuse("too_large");
    files.set(name, Buffer.from(tidied));
  }
  return { ok: true, bytes: zipOf(files) };
}

const refuse = (unread: UnreadReason): Tidied => ({ ok: false, unread });

/** Where at the latest the rows of a sheet begin: behind views and columns, of which there are at most some thousands. */
const SHEET_HEAD = 1_000_000;

function refusalOf(entries: ZipEntry[]): UnreadReason | null {
  const has = (name: string) => entries.some((entry) => entry.name === name);
  if (entries.some(({ name }) => MACRO.test(name))) return "macro";
  if (entries.some(({ encrypted }) => encrypted)) return "encrypted";
  if (has("xl/workbook.xml")) return null;
  if (has("word/document.xml")) return "word";
  const isOffice = has("[Content_Types].xml") || has("mimetype");
  return isOffice ? "unsupported" : "archive";
}

function unpackAll(entries: ZipEntry[]): Map<string, Buffer> | null {
  const files = new Map<string, Buffer>();
  let room = WORKBOOK_BYTES;
  for (const entry of entries) {
    const content = unpack(entry, room);
    if (content === null) return null;
    room -= content.length;
    files.set(entry.name, content);
  }
  return files;
}

const textOf = (content: Buffer): string =>
  content[0] === 0xff && content[1] === 0xfe ? content.toString("utf16le") : content.toString("utf8");

const SHEET = /<(?:\w+:)?sheet\s[^>]*>/gu;

/** A sheet that the sender has hidden is a sample or a list to choose from. Dates count from 1904 in either spelling. */
const withoutHiddenSheets = (book: string): string =>
  book
    .replace(SHEET, (tag) => (/^(?:h|veryH)idden$/u.test(attribute(tag, "state")) ? "" : tag))
    .replace(/\bdate1904\s*=\s*["'](?:true|1|on)["']/u, 'date1904="1"');

function attribute(tag: string, name: string): string {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "u").exec(tag);
  return match?.[1] ?? match?.[2] ?? "";
}

const isSet = (tag: string, name: string): boolean => /^(?:1|true|on)$/u.test(attribute(tag, name));

const ENTITIES: Record<string, string> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/giu, (whole, hex, decimal, name) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    if (name) return ENTITIES[name] ?? whole;
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
const coded = (text: string): string =>
  text.replace(/[<>&]/gu, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&amp;"));

/** Format of each cell style, by its place in `cellXfs`; `null` where it shows the number as it is. */
function formatsOf(files: Map<string, Buffer>): (string | null)[] {
  const xml = textOf([...files].find(([name]) => /^xl\/styles\.xml$/iu.test(name))?.[1] ?? Buffer.alloc(0));
  const custom = new Map<number, string>();
  for (const [tag] of xml.matchAll(/<(?:\w+:)?numFmt\s[^>]*>/gu))
    custom.set(Number(attribute(tag, "numFmtId")), decoded(attribute(tag, "formatCode")));
  const from = xml.search(/<(?:\w+:)?cellXfs\b/u);
  const until = xml.search(/<\/(?:\w+:)?cellXfs\b/u);
  const styles = from < 0 || until < from ? "" : xml.slice(from, until);
  return [...styles.matchAll(/<(?:\w+:)?xf\b[^>]*>/gu)].map(([tag]) =>
    formatOf(Number(attribute(tag, "numFmtId")), custom),
  );
}

/** What the cells of all sheets share. */
interface Book {
  formats: (string | null)[];
  from1904: boolean;
}

interface Hidden {
  from: number;
  until: number;
}

/** A sheet as its sender saw it, or `null` when its cells lie too far apart to be laid out. */
function tidySheet(xml: string, book: Book): string | null {
  const columns: Hidden[] = [...xml.slice(0, SHEET_HEAD).matchAll(/<(?:\w+:)?col\s[^>]*>/gu)]
    .filter(([tag]) => isSet(tag, "hidden"))
    .map(([tag]) => ({ from: Number(attribute(tag, "min")), until: Number(attribute(tag, "max")) }));
  let [row, column, right, below] = [0, 0, 0, 0];
  let rowIsHidden = false;
  const tidied = xml.replace(CELL_OR_ROW, (whole: string, prefix?: string, attributes = "", inside = "") => {
    if (prefix === undefined) {
      rowIsHidden = isSet(whole, "hidden");
      row = Number(attribute(whole, "r")) || row + 1;
      column = 0;
      return whole;
    }
    const place = placeOf(attribute(attributes, "r")) ?? { row, column: column + 1 };
    column = place.column;
    const isHidden = rowIsHidden || columns.some(({ from, until }) => column >= from && column <= until);
    const cell = isHidden ? null : tidyCell(inside, attributes, book);
    // A cell that only has a colour would stretch the table to wherever it stands.
    if (cell === null) return "";
    right = Math.max(right, column);
    below = Math.max(below, place.row);
    const address = `${columnName(column)}${place.row}`;
    if (cell.text !== undefined) return textCell(prefix, address, cell.text);
    return `<${prefix}c r="${address}"${cell.kept}>${inside}</${prefix}c>`;
  });
  return right * below > WORKBOOK_AREA ? null : withMergedCells(tidied, right);
}

/** How a cell says that the one above it goes on; `core/reader/tables.ts` knows it. */
const DITTO = "〃";
/** Merged ranges of a sheet, and rows of one, that are followed: people's lists have fewer. */
const MOST_MERGES = 2_000;
const MOST_MERGED_ROWS = 500;
const MERGED = /<(?:\w+:)?mergeCell\s[^>]*\bref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"/gu;
const WHOLE_ROW = /(<((?:\w+:)?)row\s[^>]*?(?<!\/)>)([\s\S]*?)(<\/\2row\s*>)/gu;

/** The rows that a merged cell reaches over say so, where they say anything at all. */
function withMergedCells(xml: string, right: number): string {
  const columns = new Map<number, Set<number>>();
  for (const [, first = "", last = ""] of [...xml.matchAll(MERGED)].slice(0, MOST_MERGES)) {
    const [from, until] = [placeOf(first), placeOf(last)];
    if (from === null || until === null || from.column > right) continue;
    for (let row = from.row + 1; row <= Math.min(until.row, from.row + MOST_MERGED_ROWS); row += 1)
      columns.set(row, (columns.get(row) ?? new Set()).add(from.column));
  }
  if (columns.size === 0) return xml;
  return xml.replace(WHOLE_ROW, (whole, open: string, prefix: string, inside: string, close: string) => {
    const row = Number(attribute(open, "r"));
    if (!inside.includes(`<${prefix}c `) || isSet(open, "hidden")) return whole;
    const cells = new Map<number, string>();
    for (const column of columns.get(row) ?? [])
      cells.set(column, textCell(prefix, `${columnName(column)}${row}`, DITTO));
    for (const [cell, letters = ""] of inside.matchAll(ONE_CELL))
      cells.set(placeOf(`${letters}1`)?.column ?? 0, cell);
    // The library wants the cells of a row from left to right.
    const sorted = [...cells].sort(([a], [b]) => a - b).map(([, cell]) => cell);
    return `${open}${sorted.join("")}${close}`;
  });
}

const ONE_CELL = /<(?:\w+:)?c r="([A-Z]+)\d+"[\s\S]*?<\/(?:\w+:)?c>/gu;

const textCell = (prefix: string, address: string, text: string): string =>
  `<${prefix}c r="${address}" t="inlineStr"><${prefix}is><${prefix}t>${coded(text)}</${prefix}t></${prefix}is></${prefix}c>`;

const CELL_OR_ROW = /<(?:\w+:)?row(?:\s[^>]*)?>|<((?:\w+:)?)c(\s[^>]*?)?(?:\/>|>([\s\S]*?)<\/\1c\s*>)/gu;

const columnName = (column: number): string =>
  column <= 0
    ? ""
    : columnName(Math.floor((column - 1) / 26)) + String.fromCharCode(65 + ((column - 1) % 26));

/** `BC12` → column 55, row 12. */
function placeOf(address: string): { column: number; row: number } | null {
  const [, letters = "", row] = /^([A-Z]{1,3})(\d{1,7})$/u.exec(address) ?? [];
  if (row === undefined) return null;
  return { column: [...letters].reduce((sum, c) => sum * 26 + c.charCodeAt(0) - 64, 0), row: Number(row) };
}

/** A cell that says something: its own attributes, or the text that it shows. `null` for one that says nothing. */
function tidyCell(inside: string, attributes: string, book: Book): { kept: string; text?: string } | null {
  const type = attribute(attributes, "t") || "n";
  const kept = attributes.replace(/\sr\s*=\s*(?:"[^"]*"|'[^']*')/u, "");
  if (type === "inlineStr") return /<(?:\w+:)?is\b/u.test(inside) ? { kept } : null;
  const value = /<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)</u.exec(inside)?.[1]?.trim() ?? "";
  if (value === "") return null;
  const text = type === "e" ? decoded(value) : type === "n" ? shownCell(value, attributes, book) : null;
  return text === null ? { kept } : { kept, text };
}

function shownCell(value: string, attributes: string, { formats, from1904 }: Book): string | null {
  const number = Number(value);
  const format = formats[Number(attribute(attributes, "s") || 0)] ?? null;
  return format === null || !Number.isFinite(number) ? null : shownNumber(number, format, from1904);
}
