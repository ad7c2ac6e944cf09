import type { ThreadEvent } from "../../core/announcements.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { type BotWords, nameOf, type Say } from "../words.ts";
import { checkLine } from "./facts.ts";
import { fieldName, readableValue } from "./reading.ts";

/** What the thread says of a case's life after it opened: what people decided, and what became of it. */

const LIFE = [
  "declined",
  "returned",
  "sent_back",
  "withdrawn",
  "reviewed",
  "entered",
  "change_requested",
  "change_approved",
  "change_refused",
  "changed",
  "price_noted",
  "key_resent",
  "contractor_not_told",
  "orderer_not_told",
  "task_done",
  "reminded",
  "expiring",
] as const;

type LifeEvent = Extract<ThreadEvent, { event: (typeof LIFE)[number] }>;

export function lifeText(event: LifeEvent, words: BotWords, say: Say): string {
  const key = `thread.${event.event}`;
  switch (event.event) {
    case "declined":
    case "returned":
    case "sent_back":
    case "withdrawn":
      return say(key, { by: event.by, products: products(event.kinds, say), reason: event.reason });
    case "reviewed":
      return reviewText(event, words, say);
    case "entered":
      return say(`${key}.${event.origin}`, {
        by: event.by,
        problems: event.problems === 0 ? "" : say(`${key}.problems`, { count: String(event.problems) }),
      });
    case "change_requested":
    case "change_approved":
    case "change_refused":
      return changeStep(event, say);
    case "changed":
      return changedText(event, say);
    case "price_noted":
      return [
        say(key, { by: event.by, product: say(`product.${event.kind}`) }),
        checkLine(event.check, words, say),
        say(`${key}Next.${event.check.verdict}`),
      ].join("\n");
    case "key_resent":
      return say(key, { by: event.by, to: event.to, products: products(event.kinds, say) });
    case "contractor_not_told":
      return say(key, { number: event.number });
    case "orderer_not_told":
      return say(key, { orderer: event.ordererName, number: event.number });
    case "task_done":
      return say(key, {
        ...{ by: event.by, product: say(`product.${event.kind}`) },
        task: nameOf(words, "thread.task", event.task),
      });
    case "reminded":
      return say(`${key}.${event.waitsFor}`, { days: String(event.days) });
    case "expiring":
      return say(key, {
        product: say(`product.${event.kind}`),
        number: event.number,
        until: readableValue("guaranteeUntil", event.until, say),
      });
  }
}

function changeStep(
  event: Extract<ThreadEvent, { event: "change_requested" | "change_approved" | "change_refused" }>,
  say: Say,
): string {
  const facts = {
    by: event.by,
    change: say(`command.${event.change}.word`),
    products: products(event.kinds, say),
  };
  const alone = event.event === "change_requested" && event.alone === true;
  const head = say(alone ? "thread.change_requestedAlone" : `thread.${event.event}`, facts);
  if (event.event === "change_approved") return head;
  return [head, say("thread.because", { reason: event.reason })].join("\n");
}

/** Which certificate holds now is said by its serial; on paper somebody has to post it. */
function changedText(
  { change, kind, number, serial, electronic }: Extract<ThreadEvent, { event: "changed" }>,
  say: Say,
): string {
  const facts = {
    product: say(`product.${kind}`),
    number,
    version: serial === 0 ? say("thread.firstVersion") : say("thread.version", { serial: String(serial) }),
  };
  const drawn = change === "amend" || change === "rectify";
  const kept = electronic ? say("thread.kept") : say("thread.toBePosted");
  return `${say(`thread.changed.${change}`, facts)}${drawn ? kept : ""}`;
}

/** What was put right, which checks and which questions were settled; what there was none of is not said. */
function reviewText(event: Extract<ThreadEvent, { event: "reviewed" }>, words: BotWords, say: Say): string {
  const changed = event.changes.length === 0 ? [] : changeLines(event.changes, words, say);
  const settled = event.settled.map(({ code, kind, note }) =>
    say("thread.settledCheck", {
      check: words.sentence("checks", `name.${code}`),
      product: kind === null ? "" : say("check.product", { product: say(`product.${kind}`) }),
      note,
    }),
  );
  const answered = event.answered.map((field) =>
    say("thread.answeredQuestion", { field: fieldName(field, words, say) }),
  );
  const voided =
    event.voided.length === 0 ? [] : [say("review.thread.voided", { products: products(event.voided, say) })];
  const lines = [...changed, ...settled, ...answered, ...voided];
  const head = say("thread.reviewed", { by: event.by });
  return [head, ...(lines.length === 0 ? [say("thread.noChange")] : lines)].join("\n");
}

/** Whom to call or write to, and what somebody wrote freely: not for everybody who reads the channel. */
const PERSONAL = /^(?:contact\.|completionEmail$|message$)/;

/** What was corrected, from what to what; of personal data only that it was. The kind of a product that was added shows in its values. */
export function changeLines(
  changes: Extract<ThreadEvent, { event: "corrected" }>["changes"],
  words: BotWords,
  say: Say,
): string[] {
  const lines = changes
    .filter(({ field, before, after }) => before !== after && !field.endsWith(".kind"))
    .map(({ field, before, after }) =>
      PERSONAL.test(field)
        ? say("thread.changeUnshown", { field: fieldName(field, words, say) })
        : say("thread.change", {
            field: fieldName(field, words, say),
            before: readableValue(field, before, say),
            after: readableValue(field, after, say),
          }),
    );
  return lines.length === 0 ? [say("thread.noChange")] : lines;
}

/** Products by name; a case in which none was asked for is spoken of as a whole. */
export function products(kinds: readonly GuaranteeKind[], say: Say): string {
  if (kinds.length === 0) return say("thread.wholeCase");
  return kinds.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
}
