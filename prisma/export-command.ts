import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { type Options, stringify } from "csv-stringify";
import {
  EXPORT_FIELDS,
  type ExportedGuarantee,
  type ExportField,
  exportGuarantees,
} from "../core/desk/export.ts";
import type { Settings } from "../core/settings.ts";
import { openDatabase } from "./open.ts";

/** `guarantees export`: the download of guarantee contract data, written as it is read. */

/** What the command is given of the world around it. */
export interface ExportTerminal {
  database: Settings["database"];
  say(key: string, params?: Record<string, string>): string;
  words: { sentence(file: "export", key: string): string };
  output: Writable;
  complain(line: string): 1;
}

/** A word of `templates/ja/export.json`. */
type Word = (key: string) => string;

const FORMATS = ["csv", "json"] as const;
type Format = (typeof FORMATS)[number];
const OPTIONS = { format: { type: "string", default: "csv" } } as const;

/** @returns the exit code. */
export async function runExport(
  [verb, ...args]: readonly string[],
  { database: settings, say, words, output, complain }: ExportTerminal,
): Promise<number> {
  if (verb !== "export")
    return complain(say("error.unknown_command", { command: `guarantees ${verb ?? ""}`.trim() }));
  const format = formatOf(args);
  if (format === null) return complain(say("error.format"));
  const word: Word = (key) => words.sentence("export", key);
  const database = await openDatabase(settings);
  try {
    const rows = exportGuarantees({ store: database.store, now: database.now }, format);
    const text = format === "csv" ? asCsv(rows, word) : Readable.from(asJson(rows));
    await pipeline(text, output, { end: false });
    return 0;
  } catch (error) {
    // `… export | head`: whoever read it has seen enough.
    if (error instanceof Error && "code" in error && error.code === "EPIPE")
      return complain(say("error.broken_pipe"));
    throw error;
  } finally {
    await database.close();
  }
}

function formatOf(args: string[]): Format | null {
  try {
    const { format } = parseArgs({ args, options: OPTIONS }).values;
    return FORMATS.find((one) => one === format) ?? null;
  } catch {
    return null;
  }
}

/**
 * As Excel in Japan opens it with a double click: a byte order mark, CRLF (RFC 4180 §2), and no value of a letter that is
 * taken for a formula.
 */
const EXCEL: Options = { bom: true, record_delimiter: "windows", escape_formulas: true, header: true };

function asCsv(rows: AsyncIterable<ExportedGuarantee>, word: Word): Readable {
  const columns = EXPORT_FIELDS.map((field) => ({ key: field, header: word(`heading.${field}`) }));
  const stringifier = stringify({ ...EXCEL, columns });
  const source = Readable.from(worded(rows, word));
  source.on("error", (error) => stringifier.destroy(error));
  return source.pipe(stringifier);
}

async function* worded(rows: AsyncIterable<ExportedGuarantee>, word: Word) {
  for await (const row of rows)
    yield Object.fromEntries(EXPORT_FIELDS.map((field) => [field, cell(field, row[field], word)]));
}

/** Codes that have words; moments are told in Tokyo's time, the rest stays as it is. */
const CODED: readonly ExportField[] = ["product", "medium", "status", "feeSettlement"];

function cell(field: ExportField, value: ExportedGuarantee[ExportField], word: Word): string | number {
  if (value === null) return "";
  if (CODED.includes(field)) return word(`${field}.${value}`);
  return typeof value === "string" && field.endsWith("At") ? tokyoTime(value) : value;
}

const TOKYO = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Tokyo",
  dateStyle: "short",
  timeStyle: "medium",
});

function tokyoTime(at: string): string {
  return TOKYO.format(Date.parse(at));
}

/** One array, an object a line; values as they are kept. */
async function* asJson(rows: AsyncIterable<ExportedGuarantee>) {
  let first = true;
  for await (const row of rows) {
    yield `${first ? "[" : ","}\n${JSON.stringify(inOrder(row))}`;
    first = false;
  }
  yield first ? "[]\n" : "\n]\n";
}

function inOrder(row: ExportedGuarantee): object {
  return Object.fromEntries(EXPORT_FIELDS.map((field) => [field, row[field]]));
}
