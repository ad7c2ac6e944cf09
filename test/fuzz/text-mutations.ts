/** Changes to what a letter says: lines, labels, values, characters. */
import type { Chance } from "../crash/chance.ts";
import { lines, seeds, words } from "./seeds.ts";

type TextMutation = (text: string, chance: Chance) => string;

const EXTREMES = [
  "0",
  "-1",
  "00000000000000000000",
  "9007199254740993",
  "99999999999999999999999999999",
  "1e308",
  "１２３４５６７８９０１２３４５６７８９０",
  "九千九百九十九兆九千九百九十九億円",
  "億億億円",
  "千千千",
  "1,2,3,4,5",
  "0.0000001",
  "約二千万円也",
  "令和99年99月99日",
  "令和0年0月0日",
  "R8.13.45",
  "9999/12/31",
  "0000-00-00",
  "2026-02-30",
  "明治元年1月1日",
  "1/1",
  "令和8年4月10日から令和8年4月9日まで",
  "～～～～",
  "-20%",
  "1000%",
  "NaN",
  "undefined",
  "__proto__",
  "constructor",
  "00000-000000",
  "99999-999999",
  "A-000000",
  "A-999999",
];
/** Controls, marks of direction, unassigned and private signs, half of a pair, what combines and what is of no width. */
const ODD = [
  ..."\u0000\u0001\u0007\b\v\f\u001b\u007f\u0085\u00ad\u200b\u200d\u200e\u202e\u2028\u2029\u2066\ufeff\ufffe\uffff\u0378\ue000\ud800\udc00",
  ..."\u3099\u309a\u0301\ufe00\u{e0100}\u{10ffff}\u{1f468}ｶﾞ㌔㍻㋿㊤\ufa11\u{2f81a}",
];
const BREAKS = ["\n", "\r", "\r\n", "\n\n", "\u2028", "\t", "　", " ", ""];

const places = (text: string, chance: Chance): [number, number] => {
  const [a, b] = [chance.below(text.length + 1), chance.below(text.length + 1)];
  return a < b ? [a, b] : [b, a];
};
const insert = (text: string, at: number, what: string): string => text.slice(0, at) + what + text.slice(at);
const byLine = (text: string, change: (all: string[]) => string[]): string =>
  change(text.split("\n")).join("\n");
/** Small numbers often, large ones seldom. */
const count = (chance: Chance, most: number): number => Math.floor(most ** (chance.below(1000) / 1000));

export const textMutations: Readonly<Record<string, TextMutation>> = {
  "lines cut": (text, chance) => byLine(text, (all) => all.filter(() => !chance.happens(0.15))),
  "lines doubled": (text, chance) =>
    byLine(text, (all) => all.flatMap((line) => (chance.happens(0.2) ? [line, line] : [line]))),
  "lines shuffled": (text, chance) => byLine(text, (all) => chance.shuffled(all)),
  "lines joined": (text, chance) => {
    const glue = chance.pick(["", " ", "　", "、", "\t"]);
    return text.replace(/\n/g, (end) => (chance.happens(0.3) ? glue : end));
  },
  "lines broken": (text, chance) =>
    byLine(text, (all) =>
      all.map((line) =>
        chance.happens(0.25) ? insert(line, chance.below(line.length + 1), chance.pick(BREAKS)) : line,
      ),
    ),
  "lines of another letter": (text, chance) =>
    byLine(text, (all) => all.flatMap((line) => (chance.happens(0.2) ? [line, chance.pick(lines)] : [line]))),
  "whole letters in a row": (text, chance) =>
    [text, ...Array.from({ length: count(chance, 60) }, () => chance.pick(seeds).text)].join("\n"),
  "values swapped": (text, chance) =>
    byLine(text, (all) =>
      all.map((line) => {
        const label = /^[^：:\t]{1,30}[：:\t]/u.exec(line)?.[0];
        if (label === undefined || !chance.happens(0.4)) return line;
        return label + chance.pick(lines).replace(/^[^：:\t]{1,30}[：:\t]/u, "");
      }),
    ),
  "labels swapped": (text, chance) =>
    byLine(text, (all) =>
      all.map((line) =>
        chance.happens(0.3) ? line.replace(/^[^：:\t]{1,30}(?=[：:\t])/u, () => chance.pick(words)) : line,
      ),
    ),
  "words put in": (text, chance) => {
    let out = text;
    for (let n = count(chance, 40); n > 0; n--)
      out = insert(out, chance.below(out.length + 1), chance.pick(words));
    return out;
  },
  "labels with odd values": (text, chance) => {
    const added = Array.from(
      { length: count(chance, 30) },
      () => `${chance.pick(words)}${chance.pick(["：", ":", "\t", "　", "\n"])}${chance.pick(EXTREMES)}`,
    );
    return byLine(text, (all) => chance.shuffled([all.join("\n"), ...added]));
  },
  "numbers without reason": (text, chance) =>
    text.replace(/[0-9０-９][0-9０-９,，.]*/gu, (number) =>
      chance.happens(0.3) ? chance.pick(EXTREMES) : number,
    ),
  "one piece repeated": (text, chance) => {
    const [from, to] = places(text, chance);
    const piece = text.slice(from, Math.min(to, from + count(chance, 200))) || "、";
    return insert(text, to, piece.repeat(Math.ceil(count(chance, 150_000) / piece.length)));
  },
  "one word repeated": (text, chance) => {
    const word = chance.pick([
      chance.pick(words),
      chance.pick(EXTREMES),
      chance.pick(ODD),
      "http://",
      "<",
      "(",
      "[",
    ]);
    return insert(
      text,
      chance.below(text.length + 1),
      word.repeat(Math.ceil(count(chance, 150_000) / word.length)),
    );
  },
  "odd characters": (text, chance) => {
    let out = text;
    for (let n = count(chance, 60); n > 0; n--)
      out = insert(out, chance.below(out.length + 1), chance.pick(ODD).repeat(count(chance, 300)));
    return out;
  },
  "one endless line": (text, chance) => text.replaceAll("\n", chance.pick([" ", "", "　", "\t"])),
  "quoted in parts": (text, chance) =>
    byLine(text, (all) => {
      let depth = 0;
      return all.map((line) => {
        if (chance.happens(0.2)) depth = chance.below(4);
        return chance.pick([">", "> ", "＞", "| "]).repeat(depth * (chance.happens(0.02) ? 300 : 1)) + line;
      });
    }),
  "other widths": (text, chance) =>
    chance.happens(0.5)
      ? text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
      : text.normalize(chance.pick(["NFD", "NFKC", "NFKD"])),
  "other spaces": (text, chance) =>
    text.replace(/[ 　\t：:]/g, (c) =>
      chance.happens(0.4) ? chance.pick([" ", "　　　", "\t", "：", "\u00a0", "…"]) : c,
    ),
  "brackets opened": (text, chance) =>
    text.replace(/\n/g, (end) => (chance.happens(0.3) ? end + chance.pick([..."（(【「『[<■・※①"]) : end)),
};
