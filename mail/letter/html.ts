/** HTML bodies as lines of text: table rows become cells parted by tabs, quotations get quote marks. */
import { endOfUndisplayed, isClosed, startsStruck, withoutComments, withoutHidden } from "./html-hidden.ts";

const ENTITIES: Record<string, string> = {
  nbsp: " ",
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  yen: "¥",
  copy: "©",
  ensp: " ",
  emsp: "\u3000",
  thinsp: " ",
  middot: "·",
  bull: "•",
  hellip: "…",
  minus: "−",
  ndash: "–",
  mdash: "—",
  times: "×",
  rarr: "→",
};
/** How a cell says that the one above it goes on: what people write themselves; `core/reader/tables.ts` knows it. */
const DITTO = "〃";
/** Rows and columns of a table that one cell reaches over: people's tables have fewer. */
const MOST_SPANNED = 500;
/** Quotations in quotations beyond what any mail program writes: each line would carry all their marks. */
const QUOTE_DEPTH = 20;
const BLOCK =
  /^(?:p|div|h[1-6]|ul|ol|dl|pre|section|article|header|footer|form|center|dt|address|fieldset|hr)$/;

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,8}));?/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : null;
      if (code !== null) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
      return ENTITIES[(name ?? "").toLowerCase()] ?? whole;
    },
  );
}

/** Does the table row whose tag ends here hold at least two cells and no table of its own? Then it is a row of data. */
function isDataRow(html: string, from: number): boolean {
  const marks = /<(\/?)(tr|table|t[dh])\b/gi;
  marks.lastIndex = from;
  let cells = 0;
  for (let mark = marks.exec(html); mark !== null; mark = marks.exec(html)) {
    const name = (mark[2] ?? "").toLowerCase();
    if (name === "tr") break;
    if (name === "table") return mark[1] === "/" && cells >= 2;
    if (mark[1] === "") cells += 1;
  }
  return cells >= 2;
}

/** Lines as they are put together. */
interface Page {
  lines: string[];
  line: string;
  /** The line holds nothing but quote marks. */
  blank: boolean;
  quotes: number;
  inDataRow: boolean;
  cells: number;
  /** The element struck out that is being left out, and how many of its name are open. */
  struck: { name: string; open: number } | null;
  /** Of the row: something in it was struck out. */
  rowStruck: boolean;
  /** For each column, how many more rows a cell above reaches over. */
  spans: number[];
}

/**
 * Text of an HTML body. Never throws; unknown markup is dropped. Takes time in proportion to the markup's length,
 * whatever it is: letters are written by strangers.
 */
export function htmlToText(source: string): string {
  const html = withoutHidden(withoutComments(source));
  const page: Page = {
    lines: [],
    line: "",
    blank: false,
    quotes: 0,
    inDataRow: false,
    cells: 0,
    ...OPEN_TABLE,
    spans: [],
  };
  const unclosed = new Set<string>();
  // A tag that never ends is text; behind the last `>` every tag is one.
  const last = html.lastIndexOf(">") + 1;
  const tags = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>/g;
  const markup = html.slice(0, last);
  let at = 0;
  for (let tag = tags.exec(markup); tag !== null; tag = tags.exec(markup)) {
    write(page, textBetween(html.slice(at, tag.index)));
    const name = (tag[2] ?? "").toLowerCase();
    const closes = tag[1] === "/";
    at = closes ? tags.lastIndex : endOfUndisplayed(html, tag[0], name, tags.lastIndex);
    const isShown = at === tags.lastIndex;
    tags.lastIndex = at;
    if (isShown) strike(page, name, closes, tag[0], () => isClosed(html, name, at, unclosed));
    if (isShown) take(page, name, closes, tag[0], () => isDataRow(html, at));
  }
  write(page, textBetween(html.slice(at)));
  return [...page.lines, page.line]
    .map(withoutIdleTabs)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const OPEN_TABLE = { struck: null, rowStruck: false };

/** Follows elements that are struck out from their tag to their end; one that never ends strikes nothing out. */
function strike(page: Page, name: string, closes: boolean, tag: string, ends: () => boolean): void {
  if (page.struck === null) {
    const starts = !closes && startsStruck(name, tag);
    if (starts && ends()) page.struck = { name, open: 1 };
  } else if (page.struck.name === name) {
    page.struck.open += closes ? -1 : 1;
    if (page.struck.open === 0) page.struck = null;
  }
}

function write(page: Page, text: string): void {
  if (page.struck !== null && text.trim() !== "") {
    page.rowStruck = true;
    return;
  }
  page.line += text;
  page.blank &&= text.trim() === "" && !text.includes("\t");
}

function breakLine(page: Page): void {
  if (page.inDataRow) page.line += " ";
  else {
    page.lines.push(page.line);
    page.line = "> ".repeat(page.quotes);
    page.blank = true;
  }
}

function emptyLine(page: Page): void {
  page.line = "> ".repeat(page.quotes);
  page.blank = true;
}

/** Columns that cells above reach into get a ditto mark, so that the cells behind them stay in theirs. */
function skipSpanned(page: Page): void {
  while ((page.spans[page.cells] ?? 0) > 0) {
    write(page, page.cells > 0 ? `\t${DITTO}` : DITTO);
    page.spans[page.cells] = (page.spans[page.cells] ?? 0) - 1;
    page.cells += 1;
  }
}

const rowsBelow = (tag: string): number =>
  Math.min(MOST_SPANNED, Number(/\browspan\s*=\s*["']?(\d{1,4})/i.exec(tag)?.[1] ?? 1)) - 1;

/** What a tag does to the text. */
function take(page: Page, name: string, closes: boolean, tag: string, startsData: () => boolean): void {
  if (name === "tr") {
    page.inDataRow = false;
    // A row that is struck out from end to end is gone, and no empty line is left in its place.
    if (page.rowStruck && page.line.replace(/[\s>\u3003]/gu, "") === "") emptyLine(page);
    if (!page.blank) breakLine(page);
    page.cells = 0;
    page.rowStruck = false;
    page.inDataRow = !closes && (startsData() || page.spans.some((rows) => rows > 0));
  } else if ((name === "td" || name === "th") && !closes) {
    if (page.inDataRow) skipSpanned(page);
    if (page.inDataRow && page.cells > 0) write(page, "\t");
    else if (!page.inDataRow) breakLine(page);
    if (page.inDataRow) page.spans[page.cells] = rowsBelow(tag);
    page.cells += 1;
  } else if (name === "table") {
    page.inDataRow = false;
    page.spans = [];
    breakLine(page);
  } else if (name === "blockquote") {
    page.inDataRow = false;
    page.quotes = Math.min(QUOTE_DEPTH, Math.max(0, page.quotes + (closes ? -1 : 1)));
    breakLine(page);
  } else if (name === "br" || name === "li" || BLOCK.test(name)) breakLine(page);
  else if (name === "dd" && !closes) write(page, " ");
  else if (name === "input") write(page, checkbox(tag));
}

/** Empty cells in front keep the columns in line; a row with a single filled cell is a line of text. */
function withoutIdleTabs(line: string): string {
  if (!line.includes("\t")) return cutEnd(line, " \t");
  const cells = line.split("\t").map((cell) => cutStart(cutEnd(cell, " "), " "));
  const filled = cells.filter((cell) => cell !== "" && cell !== DITTO);
  return filled.length <= 1 ? (filled[0] ?? "") : cutEnd(cells.join("\t"), "\t");
}

/** Patterns that look for spaces at an end try every space before it. */
function cutEnd(text: string, what: string): string {
  let end = text.length;
  while (end > 0 && what.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function cutStart(text: string, what: string): string {
  let start = 0;
  while (start < text.length && what.includes(text.charAt(start))) start += 1;
  return text.slice(start);
}

const textBetween = (text: string): string =>
  text === "" ? "" : decodeEntities(text.replace(/[\r\n\t ]+/g, " "));

function checkbox(tag: string): string {
  if (!/type\s*=\s*["']?(?:checkbox|radio)/i.test(tag)) return "";
  return /\bchecked\b/i.test(tag) ? "☒" : "☐";
}
