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
const HIDDEN = /<(script|style|head|title|template|noscript)\b[\s\S]*?<\/\1\s*>/gi;
const INVISIBLE = /<(\w+)\b[^>]*\bstyle\s*=\s*["'][^"']*display\s*:\s*none[^"']*["'][^>]*>[^<]*<\/\1\s*>/gi;
/** Characters at the end that tell whether a line, with its quote marks, is still empty. */
const QUOTE_TAIL = 40;
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

/** Does the table row that starts here hold at least two cells and no table of its own? Then it is a row of data. */
function isDataRow(html: string, from: number): boolean {
  const end = html.slice(from + 1).search(/<\/?tr\b|<table\b|<\/table\b/i);
  const row = html.slice(from, end < 0 ? undefined : from + 1 + end);
  const stopsAtTable = end >= 0 && /^<table\b/i.test(html.slice(from + 1 + end, from + 8 + end));
  return !stopsAtTable && (row.match(/<t[dh]\b/gi)?.length ?? 0) >= 2;
}

/** Text of an HTML body. Never throws; unknown markup is dropped. */
export function htmlToText(source: string): string {
  const html = source
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(HIDDEN, "")
    .replace(INVISIBLE, "");
  let out = "";
  let quotes = 0;
  let inDataRow = false;
  let cells = 0;
  const breakLine = () => {
    if (inDataRow) out += " ";
    else out += `\n${"> ".repeat(quotes)}`;
  };
  let at = 0;
  for (const tag of html.matchAll(/<(\/?)([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>/g)) {
    out += textBetween(html.slice(at, tag.index));
    at = tag.index + tag[0].length;
    const closes = tag[1] === "/";
    const name = (tag[2] ?? "").toLowerCase();
    if (name === "tr") {
      inDataRow = false;
      if (!/\n[> ]*$/.test(out.slice(-QUOTE_TAIL))) breakLine();
      cells = 0;
      inDataRow = !closes && isDataRow(html, tag.index);
    } else if ((name === "td" || name === "th") && !closes) {
      if (inDataRow && cells > 0) out += "\t";
      else if (!inDataRow) breakLine();
      cells += 1;
    } else if (name === "table") {
      inDataRow = false;
      breakLine();
    } else if (name === "blockquote") {
      inDataRow = false;
      quotes = Math.max(0, quotes + (closes ? -1 : 1));
      breakLine();
    } else if (name === "br" || name === "li" || BLOCK.test(name)) breakLine();
    else if (name === "dd" && !closes) out += " ";
    else if (name === "input") out += checkbox(tag[0]);
  }
  out += textBetween(html.slice(at));
  return out
    .split("\n")
    .map(withoutIdleTabs)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** Empty cells in front keep the columns in line; a row with a single filled cell is a line of text. */
function withoutIdleTabs(line: string): string {
  const cells = line.split("\t").map((cell) => cell.replace(/^ +| +$/g, ""));
  const filled = cells.filter((cell) => cell !== "");
  if (cells.length === 1) return line.replace(/[ \t]+$/, "");
  return filled.length <= 1 ? (filled[0] ?? "") : cells.join("\t").replace(/\t+$/, "");
}

const textBetween = (text: string): string => decodeEntities(text.replace(/[\r\n\t ]+/g, " "));

function checkbox(tag: string): string {
  if (!/type\s*=\s*["']?(?:checkbox|radio)/i.test(tag)) return "";
  return /\bchecked\b/i.test(tag) ? "☒" : "☐";
}
