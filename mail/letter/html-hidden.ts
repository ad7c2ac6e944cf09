/** What of an HTML body nobody sees, or its sender has struck out. */

/** Elements whose contents nobody sees. */
const HIDDEN = /<(script|style|head|title|template|noscript)\b/gi;
const HIDDEN_STYLE = /\bstyle\s*=\s*["'][^"']*display\s*:\s*none/i;
/** Text struck out is withdrawn: its sender shows that it no longer holds. */
const STRUCK = /^(?:s|strike|del)$/;
const STRUCK_STYLE = /\bstyle\s*=\s*(?:"[^"]*|'[^']*)text-decoration(?:-line)?\s*:[^;"']*line-through/i;
const EMPTY_ELEMENT = /^(?:br|hr|img|input|meta|link|col|wbr|area|base)$/;
/** Without comments. One that is never closed stays: what follows it is not lost. */
export function withoutComments(html: string): string {
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
export function withoutHidden(html: string): string {
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
export function endOfUndisplayed(html: string, tag: string, name: string, from: number): number {
  if (!HIDDEN_STYLE.test(tag)) return from;
  const next = html.indexOf("<", from);
  const close = next < 0 ? null : new RegExp(`^</${name}\\s*>`, "i").exec(html.slice(next, next + 40));
  return close ? next + close[0].length : from;
}

/** An end that was looked for and not found is not looked for again. */
export function isClosed(html: string, name: string, from: number, unclosed: Set<string>): boolean {
  if (unclosed.has(name)) return false;
  const end = new RegExp(`</${name}\\s*>`, "gi");
  end.lastIndex = from;
  const found = end.test(html);
  if (!found) unclosed.add(name);
  return found;
}

/** Does an element begin here that is struck out? */
export const startsStruck = (name: string, tag: string): boolean =>
  (STRUCK.test(name) || STRUCK_STYLE.test(tag)) && !EMPTY_ELEMENT.test(name);
