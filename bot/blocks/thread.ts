import type { DeskEvent, RecoveryEvent, ThreadEvent } from "../../core/announcements.ts";
import type { CaseLetter } from "../../core/rows/letters.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { timeText } from "./facts.ts";
import { type Block, type Screen, screens, sections } from "./kit.ts";
import { registryText } from "./registry.ts";
import { auditHeadText } from "./story.ts";
import { buttonsAt, deedButtons } from "./thread-buttons.ts";
import { changeLines, lifeText, products } from "./thread-life.ts";

/**
 * The log of a case in its thread, one message an event. `letter` is the one that caused it, where that is known.
 * @param caseId for buttons that act on the case; null: none.
 */
export function threadScreens(
  event: ThreadEvent,
  letter: CaseLetter | null,
  words: BotWords,
  say: Say,
  caseId: string | null = null,
): Screen[] {
  const foot = [...buttonsAt(event, say), ...deedButtons(event, caseId, say)];
  return withButtons(threadText(event, letter, words, say), foot);
}

function withButtons(text: string, foot: readonly Block[]): Screen[] {
  return screens(text, [...sections(text), ...foot]);
}

function threadText(event: ThreadEvent, letter: CaseLetter | null, words: BotWords, say: Say): string {
  const key = `thread.${event.event}`;
  switch (event.event) {
    case "opened":
      return event.problems === 0
        ? say("thread.opened")
        : say("thread.openedWithProblems", { count: String(event.problems) });
    case "letter_received":
      return [
        say(key, {
          kind: say(`letter.${event.kind}`),
          from: event.from ?? say("unknown"),
          reason: nameOf(words, "reason", event.reason),
        }),
        say(event.answered ? "thread.answered" : "thread.notAnswered"),
      ].join("\n");
    case "corrected":
      return [
        letter === null
          ? say("thread.corrected")
          : say("thread.correctedBy", {
              at: timeText(letter.receivedAt),
              from: letter.from ?? say("unknown"),
            }),
        ...changeLines(event.changes, words, say),
      ].join("\n");
    case "settled":
      return say(`thread.settled.${event.how}`, { by: event.by, products: products(event.kinds, say) });
    case "issue_requested":
      return say(event.alone === true ? `${key}Alone` : key, {
        by: event.by,
        products: products(event.kinds, say),
      });
    case "accepted":
    case "approved":
      return say(key, { by: event.by, products: products(event.kinds, say) });
    case "issued":
      return say(event.electronic ? "thread.issued" : "thread.issuedOnPaper", {
        product: say(`product.${event.kind}`),
        number: event.number,
      });
    case "fee_not_told":
      return say(key);
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
    default:
      return lifeText(event, words, say);
  }
}

/** What concerns no case, in the desk's own channel. */
export function deskScreens(event: DeskEvent, words: BotWords, say: Say): Screen[] {
  return withButtons(deskText(event, words, say), buttonsAt(event, say));
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
      const next = say(nextStep(event));
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
    case "registry_requested":
    case "registry_decided":
    case "mailbox_unconfirmed":
      return registryText(event, say);
    case "audit_head":
      return auditHeadText(event, say);
    case "letter_retried":
    case "letter_closed":
    case "outbound_retried":
    case "outbound_closed":
      return recoveryText(event, words, say);
  }
}

function nextStep({ parked, answered }: Extract<DeskEvent, { event: "letter_for_staff" }>): string {
  if (answered) return "desk.nextAnswered";
  return parked ? "desk.nextRecover" : "desk.nextReview";
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
