import { addDays, formatJapaneseDay } from "../../core/dates.ts";
import { formatYen } from "../../core/money.ts";
import {
  type CountedGroup,
  type Counts,
  DIMENSIONS,
  type Figures,
  type Span,
} from "../../core/rows/reports.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { timeText } from "./facts.ts";
import { heading, type Screen, screens, sections } from "./kit.ts";

/** From so many hours on a time is told in days. */
const DAYS_FROM_HOURS = 48;

/** Figures as lines of text: Slack has no table in plain text. */
export function statsScreens(
  { span, figures }: { span: Span; figures: Figures },
  words: BotWords,
  say: Say,
): Screen[] {
  const title = say("stats.heading", {
    from: formatJapaneseDay(span.from),
    until: formatJapaneseDay(addDays(span.until, -1)),
  });
  const parts = isEmpty(figures)
    ? [say("stats.none")]
    : [overall(figures, say), ...DIMENSIONS.map((dimension) => broken(dimension, figures, words, say))];
  const texts = [...parts, waiting(figures, say), say("stats.foot")];
  return screens(title, [...heading(title), ...texts.flatMap((text) => sections(text))]);
}

function isEmpty({ cases, all }: Figures): boolean {
  return cases === 0 && Object.values(all).every((count) => count === 0);
}

function overall({ cases, all, hoursToIssue }: Figures, say: Say): string {
  const times =
    hoursToIssue === null
      ? say("stats.notIssued")
      : say("stats.times", {
          median: timeSpan(hoursToIssue.median, say),
          most: timeSpan(hoursToIssue.p90, say),
        });
  return [
    say("stats.part.all"),
    say("stats.cases", { cases: String(cases), received: String(all.received) }),
    say("stats.issued", { issued: String(all.issued), yen: formatYen(all.issuedYen) }),
    say("stats.ended", ended(all)),
    times,
  ].join("\n");
}

function ended({ declined, withdrawn, cancelled }: Counts): Record<string, string> {
  return { declined: String(declined), withdrawn: String(withdrawn), cancelled: String(cancelled) };
}

function broken(
  dimension: (typeof DIMENSIONS)[number],
  { groups }: Figures,
  words: BotWords,
  say: Say,
): string {
  const lines = groups
    .filter((group) => group.dimension === dimension)
    .map((group) => {
      const { received, issued, issuedYen } = group;
      const counts = { received: String(received), issued: String(issued), yen: formatYen(issuedYen) };
      const some = group.declined + group.withdrawn + group.cancelled > 0;
      const more = some ? say("stats.groupEnded", ended(group)) : "";
      return say("stats.group", { name: groupName(group, words, say), ...counts, more });
    });
  return [say(`stats.part.${dimension}`), ...lines].join("\n");
}

function groupName({ dimension, name, rest }: CountedGroup, words: BotWords, say: Say): string {
  if (rest > 0) return say("stats.rest", { count: String(rest) });
  if (name === null) return say("stats.unnamed");
  return dimension === "product" || dimension === "medium" ? nameOf(words, dimension, name) : name;
}

/** What the desk has before it now, whatever span was asked for. */
function waiting({ waiting: states, oldestWaiting }: Figures, say: Say): string {
  const order = ["applied", "returned", "fee_awaited", "accepted", "awaiting_approval"] as const;
  const lines = order.flatMap((state) =>
    states
      .filter((one) => one.state === state)
      .map(({ count }) => say("stats.waiting", { state: say(`state.${state}`), count: String(count) })),
  );
  const oldest =
    oldestWaiting === null ? say("stats.noneWaiting") : say("stats.oldest", { at: timeText(oldestWaiting) });
  return [say("stats.part.waiting"), ...lines, oldest].join("\n");
}

function timeSpan(hours: number, say: Say): string {
  if (hours < 1) return say("stats.minutes", { minutes: String(Math.round(hours * 60)) });
  if (hours < DAYS_FROM_HOURS) return say("stats.hours", { hours: hours.toFixed(1) });
  return say("stats.days", { days: (hours / 24).toFixed(1) });
}
