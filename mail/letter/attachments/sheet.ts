/** Spreadsheets as lines of tab-parted cells: the only file that knows read-excel-file. Runs in the child process only. */
import readSheets from "read-excel-file/node";
import { ATTACHMENT_CHARS, ATTACHMENT_LINES } from "../../limits.ts";
import type { Extracted } from "./open-child.ts";
import { tidyWorkbook } from "./workbook.ts";

/** All shown sheets of an .xlsx, empty lines kept as such; a date cell becomes its day, a number its plain digits. */
export async function extractSheet(bytes: Uint8Array): Promise<Extracted> {
  const tidied = tidyWorkbook(Buffer.from(bytes));
  if (!tidied.ok) return { text: "", data: [], unread: tidied.unread };
  const workbook = await readSheets(tidied.bytes);
  const lines: string[] = [];
  const sheets = workbook.map(({ sheet, data }) => {
    const from = lines.length;
    for (const row of data) lines.push(lineOf(row));
    return { name: sheet, from };
  });
  const text = lines.join("\n");
  if (text.length > ATTACHMENT_CHARS || lines.length > ATTACHMENT_LINES)
    return { text: "", data: [], unread: "too_large" };
  return { text, data: [], sheets };
}

/** Empty cells in front keep the columns in line; a row with a single filled cell is a line of text. */
function lineOf(row: unknown[]): string {
  const cells = row.map(cellText);
  const filled = cells.filter((cell) => cell !== "" && cell !== "〃");
  return filled.length <= 1 ? (filled[0] ?? "") : cells.join("\t").replace(/\t+$/, "");
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return dayOf(cell);
  if (typeof cell === "boolean") return cell ? "☒" : "☐";
  if (typeof cell === "number")
    return Number.isInteger(cell) ? cell.toFixed(0) : String(Math.round(cell * 1e6) / 1e6);
  return String(cell)
    .replace(/[\t\r\n]+/g, " ")
    .trim();
}

/** Times of day count from the day before the first one; a number that is no day of the calendar shows as Excel shows it. */
const FIRST_YEAR = 1901;
const LAST_YEAR = 9999;

function dayOf(date: Date): string {
  if (!(date.getUTCFullYear() <= LAST_YEAR)) return "#####";
  return date.getUTCFullYear() < FIRST_YEAR
    ? date.toISOString().slice(11, 16)
    : date.toISOString().slice(0, 10);
}
