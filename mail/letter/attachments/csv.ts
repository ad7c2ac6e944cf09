/** Comma-separated files as lines of tab-parted cells. */

/** RFC 4180 records as lines of tab-parted cells; a file parted by tabs or semicolons is taken as such. */
export function csvToLines(source: string): string {
  // Excel's own first line that names the separator.
  const named = /^sep=(.)\r?\n/u.exec(source);
  const text = named ? source.slice(named[0].length) : source;
  const comma = named?.[1] ?? separatorOf(text);
  const out: string[] = [];
  let quoted = false;
  let isCellStart = true;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] ?? "";
    if (quoted && c === '"' && text[i + 1] === '"') {
      out.push(c);
      i += 1;
    } else if (c === '"' && (quoted || isCellStart)) {
      quoted = !quoted;
      isCellStart = false;
    } else if (quoted && (c === "\t" || c === "\r" || c === "\n")) {
      if (c !== "\r") out.push(" ");
    } else if (!quoted && c === comma) {
      out.push("\t");
      isCellStart = true;
    } else if (c === "\n" || (c === "\r" && text[i + 1] !== "\n")) {
      out.push("\n");
      isCellStart = true;
    } else if (c !== "\r") {
      out.push(c);
      isCellStart = false;
    }
  }
  return out.join("");
}

/** The sign that parts the first lines: outside quotes, most frequent; a comma inside an amount counts for less than a tab. */
function separatorOf(text: string): string {
  const head = text.slice(0, HEAD_CHARS).replace(/"(?:[^"]|"")*"/gu, "");
  const count = (sign: string) => head.split(sign).length - 1;
  if (count("\t") > 0) return "\t";
  return count(";") > count(",") ? ";" : ",";
}

/** Enough for the first dozen records. */
const HEAD_CHARS = 2_000;
