import type { Check } from "../../core/case.ts";
import { dayInTokyo, formatJapaneseDay } from "../../core/dates.ts";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import { formatYen } from "../../core/money.ts";
import type { Day, Instant, Yen } from "../../core/terms.ts";
import type { BotWords, Say } from "../words.ts";

/** Values and lines that several screens share. */

export function yenText(yen: Yen | null, say: Say): string {
  return yen === null ? say("unknown") : formatYen(yen);
}

export function dayText(day: Day | null, say: Say): string {
  return day === null ? say("unknown") : formatJapaneseDay(day);
}

const TOKYO = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Tokyo",
  dateStyle: "short",
  timeStyle: "short",
});

/** `2026-04-10 10:02` in Tokyo. */
export function timeText(at: Instant): string {
  return TOKYO.format(Date.parse(at));
}

/** Month and day in Tokyo. */
export function shortDay(at: Instant, say: Say): string {
  const [, month = "", day = ""] = dayInTokyo(at).split("-");
  return say("card.day", { month: String(Number(month)), day: String(Number(day)) });
}

/** `label: value`, one line. */
export function line(say: Say, label: string, value: string | null): string {
  return say("line", { label: say(label), value: value ?? say("unknown") });
}

/** The contractor; of a joint venture its lead member, with the name of the venture. */
export function contractorText(
  of: { contractorName: string | null; jointVentureName: string | null },
  say: Say,
): string | null {
  const { contractorName: lead, jointVentureName: name } = of;
  if (name === null) return lead;
  return say("card.jointVenture", { lead: lead ?? say("unknown"), name });
}

/**
 * A check as one or two lines: verdict and measure, then the rule with its source.
 * @param settledBy who has settled it, which then stands in the place of the verdict's mark.
 */
export function checkLine(check: Check, words: BotWords, say: Say, settledBy: string | null = null): string {
  const verdict = words.sentence("checks", `${check.code}.${check.verdict}`);
  const product = check.kind === null ? "" : say("check.product", { product: say(`product.${check.kind}`) });
  const measured =
    check.measured === "" ? "" : say("check.measured", { measured: measuredText(check.measured, say) });
  const known = check.reason !== "" && words.has("checks", `reason.${check.reason}`);
  const reason = known
    ? say("check.reason", { reason: words.sentence("checks", `reason.${check.reason}`) })
    : "";
  const text = `${product}${verdict}${measured}${reason}`;
  const head =
    settledBy === null
      ? say(`check.${check.verdict}`, { text })
      : say("check.settled", { by: settledBy, text });
  if (check.rule === "" && check.source === "") return head;
  const source = check.source === "" ? "" : say("check.source", { source: check.source });
  return `${head}\n${say("check.rule", { rule: ruleText(check.rule, say), source })}`;
}

/** Bounds of a ratio as people write them: `40 %以下`. Rules in words stay as they are. */
function ruleText(rule: string, say: Say): string {
  return rule.replace(/([≤≥]) ([\d.]+ %)/g, (_, sign: string, value: string) =>
    say(sign === "≤" ? "check.atMost" : "check.atLeast", { value }),
  );
}

/** `40.0 %`, or `40.0 % / fiscalYearYen` where the base is not the price of the works. */
export function measuredText(measured: string, say: Say): string {
  const [value = "", base] = measured.split(" / ");
  return base === undefined ? value : say("check.ofBase", { base: say(`field.${base}`), value });
}

/** Everything that will stand on a certificate, but for the members in `without`. */
export function certificateLines(
  content: CertificateContent,
  say: Say,
  without: readonly (keyof CertificateContent)[] = [],
): string {
  const values: [keyof CertificateContent, string | null][] = [
    ["medium", say(`medium.${content.medium}`)],
    ["ordererName", content.ordererName],
    ["contractorName", content.contractorName],
    ["contractorAddress", content.contractorAddress],
    ["contractorRepresentative", content.contractorRepresentative],
    ["jointVentureName", content.jointVentureName],
    ["worksTitle", content.worksTitle],
    ["worksNumber", content.worksNumber],
    ["contractPriceYen", formatYen(content.contractPriceYen)],
    ["fiscalYearYen", content.fiscalYearYen === null ? null : formatYen(content.fiscalYearYen)],
    ["guaranteedYen", formatYen(content.guaranteedYen)],
    ["contractDate", formatJapaneseDay(content.contractDate)],
    ["worksFrom", formatJapaneseDay(content.worksFrom)],
    ["worksUntil", formatJapaneseDay(content.worksUntil)],
    ["guaranteeUntil", formatJapaneseDay(content.guaranteeUntil)],
    ["depositBank", content.depositBank],
    ["handlingBranch", content.handlingBranch],
  ];
  return values
    .filter(([name, value]) => value !== null && !without.includes(name))
    .map(([name, value]) => line(say, `field.${name}`, value))
    .join("\n");
}
