/** Spreadsheets as lines of tab-parted cells: the only file that knows read-excel-file. Runs in the child process only. */
import readSheets from "read-excel-file/node";
import { ATTACHMENT_CHARS } from "../../limits.ts";
import type { Extracted } from "./open-child.ts";

/** All sheets of an .xlsx, empty lines kept as such; a date cell becomes its day, a number its plain digits. */
export async function extractSheet(bytes: Uint8Array): Promise<Extracted> {
  const workbook = await readSheets(Buffer.from(bytes));
  const lines: string[] = [];
  const sheets = workbook.map(({ sheet, data }) => {
    const from = lines.length;
    for (const row of data) lines.push(lineOf(row));
    return { name: sheet, from };
  });
  return { text: lines.join("\n").slice(0, ATTACHMENT_CHARS), data: [], sheets };
}

/** Empty cells in front keep the columns in line; a row with a single filled cell is a line of text. */
function lineOf(row: unknown[]): string {
  const cells = row.map(cellText);
  const filled = cells.filter((cell) => cell !== "");
  return filled.length <= 1 ? (filled[0] ?? "") : cells.join("\t").replace(/\t+$/, "");
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  if (typeof cell === "boolean") return cell ? "☒" : "☐";
  if (typeof cell === "number")
    return Number.isInteger(cell) ? cell.toFixed(0) : String(Math.round(cell * 1e6) / 1e6);
  return String(cell)
    .replace(/[\t\r\n]+/g, " ")
    .trim();
}
