/** HTML as nobody writes it. */
import type { Chance } from "../crash/chance.ts";

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A text as markup of some depth, whole or broken. */
export function markup(text: string, chance: Chance): string {
  const rows = escaped(text).split("\n");
  const deep = 1 + chance.below(chance.pick([3, 40, 3000]));
  const [open, close] = chance.pick([
    ["<table><tr><td>", "</td></tr></table>"],
    ["<div>", "</div>"],
    ["<blockquote>", "</blockquote>"],
    ["<p>", ""],
    ["<!--", "-->"],
    ["<style>", ""],
    ["<tr><td>", ""],
    ["<span style='display:none'>", "</span>"],
  ]);
  const inner = rows
    .map((row) => {
      const cells = row.split(/[：:\t]/u);
      return chance.happens(0.6) ? `<tr><td>${cells.join("</td><td>")}</td></tr>` : `${row}<br>`;
    })
    .join("\n");
  const storm = chance.happens(0.2)
    ? chance.pick(["&#0;", "&nbsp;", "&", "<", "<a ", "&#x110000;"]).repeat(chance.below(20_000))
    : "";
  return `<html><body>${open.repeat(deep)}<table>${inner}</table>${storm}${close.repeat(chance.below(deep + 1))}`;
}
