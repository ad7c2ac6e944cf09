import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buttons,
  context,
  fallback,
  grouped,
  heading,
  message,
  screens,
  sections,
} from "../../bot/blocks/kit.ts";
import { judgeMessage } from "../sandbox/slack/limits.ts";
import { readable } from "../sandbox/slack/readable.ts";

/** The worst that letters can hold: characters of three and four bytes, selectors, controls, markup, in any length. */

const UNITS = [
  "甲",
  "𠮷",
  "葛\u{e0100}",
  "辻\ufe00",
  "ｶﾞ",
  "が",
  "\u3000",
  "\n",
  "<",
  "&amp;",
  "a ",
  "👨",
  '"',
  "\\",
];
const unit = fc.constantFrom(...UNITS);
/** Runs of one unit to just around the limits, and a mixture. */
const text = fc.oneof(
  fc
    .tuple(unit, fc.constantFrom(1, 74, 149, 150, 299, 1499, 2998, 3000, 9001), fc.nat(3))
    .map(([one, length, more]) => one.repeat(Math.ceil(length / one.length) + more)),
  fc.array(unit, { minLength: 1, maxLength: 4000 }).map((units) => units.join("")),
);
/** Line ends fall away where a text is cut, as they do on paper. */
const flat = (value: string) => value.replaceAll("\n", "");
const wordsOf = (pages: readonly { blocks: Parameters<typeof readable>[0]["blocks"] }[]) =>
  flat(
    pages.map(({ blocks }) => blocks.map((block) => flat(readable({ blocks: [block] }))).join("")).join(""),
  );

describe("the building blocks of screens", () => {
  it("show nothing for control characters, which are six bytes each on the way", () => {
    for (const page of message("\u0001".repeat(9000))) expect(judgeMessage(page.blocks)).toBeNull();
    expect(readable({ blocks: message("甲\u0007乙\t丙")[0]?.blocks ?? [] })).toBe("甲 乙\t丙");
  });

  it("keep every text within Slack's limits, whole, and cut no character in two", () => {
    fc.assert(
      fc.property(text, (value) => {
        const pages = message(value);
        for (const page of pages) {
          expect(judgeMessage(page.blocks)).toBeNull();
          expect(page.text.isWellFormed()).toBe(true);
          for (const block of page.blocks) expect(readable({ blocks: [block] }).isWellFormed()).toBe(true);
        }
        expect(wordsOf(pages)).toBe(flat(value));
      }),
      { numRuns: 150 },
    );
  });

  it("spread many blocks over as many messages as it takes, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 12 }), (rows) => {
        const groups = rows.map(([value, pressed], n) => [
          ...(pressed ? heading(value) : [...sections(value), ...context(value)]),
          ...buttons(`row:${n}`, [{ action: "a", label: "押す", value: `${n}` }]),
        ]);
        const pages = [...grouped("一覧", groups), ...screens("一覧", groups.flat())];
        for (const page of pages) if (page.blocks.length > 0) expect(judgeMessage(page.blocks)).toBeNull();
        const ids = grouped("一覧", groups).flatMap(({ blocks }) => blocks.map(({ block_id }) => block_id));
        expect(ids.filter((id) => id !== undefined)).toEqual(rows.map((_, n) => `row:${n}`));
      }),
      { numRuns: 80 },
    );
  });

  it("leave no markup in what notifications say", () => {
    fc.assert(
      fc.property(text, (value) => {
        const said = fallback(value);
        expect(said).not.toMatch(/[<>]/);
        expect(said.isWellFormed()).toBe(true);
      }),
    );
  });
});
