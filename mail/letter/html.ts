/** HTML bodies as lines of text: table rows become cells parted by tabs, quotations get quote marks. */

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
/** Elements whose contents nobody sees. */
const HIDDEN = /<(script|style|head|title|template|noscript)\b/gi;
const HIDDEN_STYLE = /\bstyle\s*=\s*["'][^"']*display\s*:\s*none/i;
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

/** Without comments. One that is never closed stays: what follows it is not lost. */
function withoutComments(html: string): string {
  let out = "";
  let at = 0;
  for (let open = html.indexOf("<!--"); open >= 0; open = html.indexOf("<!--", at)) {
    const close = html.indexOf("-->", open + 4);
    if (close < 0) break;
    out += html.slice(at, open);
    at = close + 3;
  }
  return out + html.slice(at);
}

/** Without elements nobody sees. An end that was looked for and not found is not looked for again. */
function withoutHidden(html: string): string {
  const unclosed = new Set<string>();
  let out = "";
  let at = 0;
  for (const open of html.matchAll(HIDDEN)) {
    const name = (open[1] ?? "").toLowerCase();
    if (open.index < at || unclosed.has(name)) continue;
    const end = new RegExp(`</${name}\\s*>`, "gi");
    end.lastIndex = open.index;
    if (end.exec(html) === null) {
      unclosed.add(name);
      continue;
    }
    out += html.slice(at, open.index);
    at = end.lastIndex;
  }
  return out + html.slice(at);
}

/** Where an element that is not displayed ends, when it holds text alone; else where its tag ends. */
function endOfUndisplayed(html: string, tag: string, name: string, from: number): number {
  if (!HIDDEN_STYLE.test(tag)) return from;
  const next = html.indexOf("<", from);
  const close = next < 0 ? null : new RegExp(`^</${name}\\s*>`, "i").exec(html.slice(next, next + 40));
  return close ? next + close[0].length : from;
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
}

/**
 * Text of an HTML body. Never throws; unknown markup is dropped. Takes time in proportion to the markup's length,
 * whatever it is: letters are written by strangers.
 */
export function htmlToText(source: string): string {
  const html = withoutHidden(withoutComments(source));
  const page: Page = { lines: [], line: "", blank: false, quotes: 0, inDataRow: false, cells: 0 };
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
    if (isShown) take(page, name, closes, tag[0], () => isDataRow(html, at));
  }
  write(page, textBetween(html.slice(at)));
  return [...page.lines, page.line]
    .map(withoutIdleTabs)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function write(page: Page, text: string): void {
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

/** What a tag does to the text. */
function take(page: Page, name: string, closes: boolean, tag: string, startsData: () => boolean): void {
  if (name === "tr") {
    page.inDataRow = false;
    if (!page.blank) breakLine(page);
    page.cells = 0;
    page.inDataRow = !closes && startsData();
  } else if ((name === "td" || name === "th") && !closes) {
    if (page.inDataRow && page.cells > 0) write(page, "\t");
    else if (!page.inDataRow) breakLine(page);
    page.cells += 1;
  } else if (name === "table") {
    page.inDataRow = false;
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
  const filled = cells.filter((cell) => cell !== "");
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
