import type { DeskEvent, RecoveryEvent, ThreadEvent } from "../../core/announcements.ts";
import { formatJapaneseDay } from "../../core/dates.ts";
import { formatYen } from "../../core/money.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { message, type Screen } from "./kit.ts";

/** The log of a case in its thread, one message an event. */
export function threadScreens(event: ThreadEvent, words: BotWords, say: Say): Screen[] {
  return message(threadText(event, words, say));
}

function threadText(event: ThreadEvent, words: BotWords, say: Say): string {
  const key = `thread.${event.event}`;
  switch (event.event) {
    case "opened":
      return event.problems === 0
        ? say("thread.opened")
        : say("thread.openedWithProblems", { count: String(event.problems) });
    case "letter_received":
      return say(key, { kind: say(`letter.${event.kind}`), from: event.from ?? say("unknown") });
    case "corrected": {
      const changes = event.changes
        .filter(({ field, before, after }) => before !== after && !field.endsWith(".kind"))
        .map(({ field, before, after }) =>
          say("thread.change", {
            field: fieldName(field, words, say),
            before: readableValue(field, before, say),
            after: readableValue(field, after, say),
          }),
        );
      return [say(key), ...changes].join("\n");
    }
    case "settled":
      return say(`thread.settled.${event.how}`, { by: event.by, products: products(event.kinds, say) });
    case "accepted":
    case "issue_requested":
    case "approved":
      return say(key, { by: event.by, products: products(event.kinds, say) });
    case "declined":
      return say(key, { by: event.by, products: products(event.kinds, say), reason: event.reason });
    case "issued":
      return say(event.electronic ? "thread.issued" : "thread.issuedOnPaper", {
        product: say(`product.${event.kind}`),
        number: event.number,
      });
    case "issue_failed":
      return say(key, { reason: nameOf(words, "reason", event.reason) });
    case "letter_sent":
      return say(key, { letter: nameOf(words, "template", event.template), to: event.to });
    case "letter_parked":
      return say(key, parkedLetter(event, words));
    case "verified":
      return say(key, { number: event.number, orderer: event.ordererName });
    case "letter_retried":
    case "letter_closed":
    case "outbound_retried":
    case "outbound_closed":
      return recoveryText(event, words, say);
  }
}

/** A value of the application as people write it: yen with commas, Japanese days, words for choices. */
function readableValue(field: string, value: string, say: Say): string {
  if (value === "") return say("unknown");
  if (field.endsWith("Yen") && /^\d+$/.test(value)) return formatYen(Number(value));
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return formatJapaneseDay(value);
  if (value === "electronic" || value === "paper") return say(`medium.${value}`);
  if (value === "true" || value === "false") return say(value === "true" ? "yes" : "no");
  return value;
}

/** What concerns no case, in the desk's own channel. */
export function deskScreens(event: DeskEvent, words: BotWords, say: Say): Screen[] {
  return message(deskText(event, words, say));
}

function deskText(event: DeskEvent, words: BotWords, say: Say): string {
  switch (event.event) {
    case "letter_for_staff": {
      const head = say("desk.letter_for_staff", {
        kind: say(`letter.${event.kind}`),
        from: event.from ?? say("desk.senderUnclear"),
        subject: event.subject ?? say("unknown"),
        reason: nameOf(words, "reason", event.reason),
      });
      const next = say(event.parked ? "desk.nextRecover" : "desk.nextReview");
      return [head, ...event.problems.map(({ text }) => say("bullet", { text })), next].join("\n");
    }
    case "letter_parked":
      return say("desk.letter_parked", parkedLetter(event, words));
    case "stranger_asked":
      return say("desk.stranger_asked", { from: event.from });
    case "number_paused":
      return say("desk.number_paused", {
        number: event.number,
        failures: String(event.failures),
        from: event.from,
      });
    case "engine_trouble":
      return troubleText(event, words, say);
    case "letter_retried":
    case "letter_closed":
    case "outbound_retried":
    case "outbound_closed":
      return recoveryText(event, words, say);
  }
}

/** Parts of the reconciliation that could not be looked at have no count. */
const UNCHECKED = {
  letters: "-",
  answers: "-",
  outbound: "-",
  slack: "-",
  mailbox: "-",
  journal: "-",
  unchecked: "-",
};

/** A code that this release has no words for, or words that ask for more than is known, must not stop the outbox. */
function troubleText(
  { code, detail }: Extract<DeskEvent, { event: "engine_trouble" }>,
  words: BotWords,
  say: Say,
): string {
  try {
    if (words.has("slack", `engine.${code}`)) return say(`engine.${code}`, { ...UNCHECKED, ...detail });
  } catch {
    // Said in general below.
  }
  const facts = Object.entries(detail).map(([name, value]) => `${name} ${value}`);
  return say("desk.engine_trouble", { code: [code, ...facts].join(say("list.comma")) });
}

function recoveryText(event: RecoveryEvent, words: BotWords, say: Say): string {
  const key = `recovered.${event.event}`;
  if ("to" in event)
    return say(key, { by: event.by, letter: nameOf(words, "template", event.template), to: event.to });
  return say(key, { by: event.by, from: event.from ?? say("unknown"), count: String(event.count) });
}

function parkedLetter(
  { template, to, reason }: { template: string; to: string; reason: string },
  words: BotWords,
) {
  return { letter: nameOf(words, "template", template), to, reason: nameOf(words, "reason", reason) };
}

function products(kinds: readonly GuaranteeKind[], say: Say): string {
  return kinds.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
}

/** `guarantees.performance.guaranteedYen` in words. */
function fieldName(path: string, words: BotWords, say: Say): string {
  const [, kind, name] = /^guarantees\.([a-z_]+)\.(\w+)$/.exec(path) ?? [];
  if (kind === undefined || name === undefined) return nameOf(words, "field", path);
  return say("thread.productField", { product: say(`product.${kind}`), field: nameOf(words, "field", name) });
}
