import { dayInTokyo, formatJapaneseDay } from "../core/dates.ts";
import type { Instant } from "../core/terms.ts";
import type { Words } from "./words.ts";

/** Values that several letters print in one way. */

/** 令和8年4月10日 10時02分, Tokyo time. */
export function japaneseTime(instant: Instant, words: Words): string {
  const tokyo = new Date(Date.parse(instant) + 9 * 3_600_000).toISOString();
  const day = formatJapaneseDay(dayInTokyo(instant));
  return words.sentence("terms", "value.time", {
    day,
    hour: tokyo.slice(11, 13),
    minute: tokyo.slice(14, 16),
  });
}

/** Whom a letter is written to; nobody by name where the name is not known. */
export function addressee(name: string | null, words: Words): string {
  if (name === null || name === "") return words.sentence("terms", "value.addresseeUnknown");
  return words.sentence("terms", "value.addressee", { name });
}
