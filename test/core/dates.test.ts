import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  dayFromSerial,
  dayInTokyo,
  formatJapaneseDay,
  parseDay,
  parsePeriod,
} from "../../core/dates.ts";

const day = fc.integer({ min: 0, max: 20_000 }).map((n) => addDays("2019-05-01", n));
const wide = (text: string) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const parts = (d: string) => d.split("-").map(Number) as [number, number, number];
const KANJI = "〇一二三四五六七八九";
const kanji = (n: number): string =>
  n < 10 ? (KANJI[n] ?? "") : `${n >= 20 ? KANJI[Math.floor(n / 10)] : ""}十${n % 10 ? KANJI[n % 10] : ""}`;

const NOTATIONS: Record<string, (d: string) => string> = {
  "by era": formatJapaneseDay,
  "by era, full width": (d) => wide(formatJapaneseDay(d)),
  "by era, in kanji": (d) =>
    `令和${kanji(parts(d)[0] - 2018)}年${kanji(parts(d)[1])}月${kanji(parts(d)[2])}日`,
  "by the era's letter": (d) => `R${parts(d)[0] - 2018}.${parts(d)[1]}.${parts(d)[2]}`,
  "with slashes": (d) => parts(d).join("/"),
  "with hyphens": (d) => d,
  "with weekday": (d) => `${parts(d)[0]}年${parts(d)[1]}月${parts(d)[2]}日（金）`,
  "as a plan": (d) => `${formatJapaneseDay(d)}（予定）`,
};

describe("days", () => {
  it.each(Object.entries(NOTATIONS))("written %s read back the same", (_, write) => {
    fc.assert(
      fc.property(day, (d) => {
        expect(parseDay(write(d))).toEqual({ ok: true, day: d });
      }),
    );
  });

  it("make a period in every notation and with every separator", () => {
    const notation = fc.constantFrom(...Object.values(NOTATIONS).slice(0, 6));
    fc.assert(
      fc.property(
        day,
        day,
        notation,
        fc.constantFrom("～", "〜", "~", "から", "至", " ー ", " 至 "),
        (a, b, write, separator) => {
          expect(parsePeriod(`${write(a)}${separator}${write(b)}`)).toEqual({
            from: { ok: true, day: a },
            until: { ok: true, day: b },
          });
        },
      ),
    );
  });

  it.each([
    ["4月10日", "no_year"],
    ["令和8年4月", "no_day"],
    ["令和8年2月30日", "impossible"],
    ["8.4.10", "two_digit_year"],
    ["26/4/10", "two_digit_year"],
    ["契約日から120日間", "relative"],
    ["令和8年4月1日又は令和8年4月2日", "several"],
    ["平成31年5月1日", "impossible"],
    ["近日中", "unreadable"],
  ])("refuses %s as %s", (text, reason) => expect(parseDay(text)).toEqual({ ok: false, reason }));

  it("reads one end of a period without guessing the other", () => {
    expect(parsePeriod("令和8年6月6日～12月25日").until).toEqual({ ok: false, reason: "no_year" });
    expect(parsePeriod("契約締結日の翌日から令和8年12月25日まで")).toEqual({
      from: { ok: false, reason: "relative" },
      until: { ok: true, day: "2026-12-25" },
    });
    expect(parsePeriod("至　令和8年12月25日")).toEqual({
      from: null,
      until: { ok: true, day: "2026-12-25" },
    });
    expect(parsePeriod("令和8年6月6日から翌年3月19日まで").until).toEqual({ ok: true, day: "2027-03-19" });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        parseDay(text);
        parsePeriod(text);
        return true;
      }),
    );
  });

  it("are those of Tokyo, and of spreadsheets", () => {
    expect(dayInTokyo("2026-04-09T15:00:00.000Z")).toBe("2026-04-10");
    expect(dayInTokyo("2026-04-09T14:59:59.999Z")).toBe("2026-04-09");
    expect(dayFromSerial(46155)).toBe("2026-05-13");
    expect(formatJapaneseDay("2019-05-01")).toBe("令和元年5月1日");
    expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  });
});
