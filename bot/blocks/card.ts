import type { CaseCard } from "../../core/announcements.ts";
import { type BotWords, type Say, sayIn } from "../words.ts";
import { checkLine, contractorText, shortDay } from "./facts.ts";
import { type Block, context, fallback, heading, type Screen, sections } from "./kit.ts";
import { caseButtons, taskWords } from "./menu.ts";

/** A card stays one message: what is longer than this stands in full in the details only, and the card says so. */
const NAME_MAX = 300;
/** A rule as long as this stands on the card with its check. */
const RULE_MAX = 150;
/** Above this, rules stand in the details only: Slack takes a message somewhere above 13,000 bytes. */
const CARD_BYTES_MAX = 11_500;
/** A name from STAFF_FILE; longer ones are cut on the card. */
const PERSON_MAX = 20;
/** Things to be posted that the card names one by one. */
const TASKS_MAX = 6;

type CardProduct = CaseCard["products"][number];

/** Who has to do what next, each kind of step once, in the order of the products. */
export function nextSteps(
  products: readonly Pick<CardProduct, "state" | "approved" | "change">[],
  say: Say,
  asked = false,
): string {
  const steps = products
    .map((product) => (asked && product.state === "applied" ? say("next.asked") : nextStep(product, say)))
    .filter((step) => step !== say("next.none"));
  return [...new Set(steps)].join(say("list.comma")) || say("next.none");
}

function nextStep({ state, approved, change }: Parameters<typeof nextSteps>[0][number], say: Say): string {
  if (approved) return say("next.drawing");
  if (change !== null) return say("next.change", { change: say(`command.${change}.word`) });
  return say(`next.${state}`);
}

/** The same of the case as a whole: what goes by post, letters that did not arrive, and a case in which no product was asked for. */
export function nextOfCase(card: CaseCard, say: Say): string {
  const steps =
    card.products.length > 0
      ? nextSteps(card.products, say, card.asked)
      : say(card.ended !== null ? "next.none" : card.asked ? "next.asked" : "next.noProduct");
  const post = card.tasks.length === 0 ? [] : [say("next.post")];
  const letters = card.undelivered === 0 ? [] : [say("next.undelivered")];
  const wanted = [...(steps === say("next.none") ? [] : [steps]), ...post, ...letters];
  return wanted.join(say("list.comma")) || say("next.none");
}

/** `担当（引受の判断）　11月20日から`; without a day when nobody has to do anything. */
export function nextLine(card: CaseCard, say: Say): string {
  const next = nextOfCase(card, say);
  if (next === say("next.none")) return say("card.next", { next });
  return say("card.next", { next: say("card.since", { next, day: shortDay(card.since, say) }) });
}

/** `前払金保証（電子）：発行済（変更の承認待ち）` with number and amendment once there are. */
export function productLine(product: CardProduct, say: Say): string {
  const { number, serial } = product;
  return say(number === null ? "card.product" : "card.productNumbered", {
    product: say(`product.${product.kind}`),
    medium: say(`medium.${product.medium ?? "unknown"}`),
    state: stateText(product, say),
    number: number ?? "",
    serial: serial === 0 ? "" : say("card.serial", { serial: String(serial) }),
  });
}

function stateText({ state, approved, change }: CardProduct, say: Say): string {
  const word = say(`state.${state}`);
  if (change === null) return approved ? say("card.drawing", { state: word }) : word;
  const key = approved ? "card.changeDrawing" : "card.changeAsked";
  return say(key, { state: word, change: say(`command.${change}.word`) });
}

/** Products with their states; of a case without one how it ended. */
export function productLines(card: CaseCard, say: Say): string[] {
  if (card.products.length > 0) return card.products.map((product) => productLine(product, say));
  return [
    card.ended === null
      ? say("card.noProduct")
      : say("card.endedWithout", { state: say(`state.${card.ended}`) }),
  ];
}

/** What still goes by post. */
export function taskLines(tasks: CaseCard["tasks"], max: number, say: Say): string[] {
  const more = tasks.length - max;
  return [
    ...tasks.slice(0, max).map((task) => say("task.line", taskWords(task, say))),
    ...(more > 0 ? [say("task.more", { count: String(more) })] : []),
  ];
}

/** How many letters of the case did not arrive, and where they are dealt with. */
export function undeliveredLines({ undelivered }: Pick<CaseCard, "undelivered">, say: Say): string[] {
  return undelivered === 0 ? [] : [say("card.undelivered", { count: String(undelivered) })];
}

/** The root message of a case: what, who is next; no amounts, no personal data, never a key. */
export function cardScreen(card: CaseCard, words: BotWords): Screen {
  const whole = drawn(card, words, RULE_MAX);
  return Buffer.byteLength(JSON.stringify(whole)) <= CARD_BYTES_MAX ? whole : drawn(card, words, 0);
}

function drawn(card: CaseCard, words: BotWords, ruleMax: number): Screen {
  const say = sayIn(words);
  const tooLong = say("card.tooLong", { receiptNumber: card.receiptNumber });
  const [title = "", orderer = "", contractor = ""] = [
    card.worksTitle,
    card.ordererName,
    contractorText(card, say),
  ].map((text) => ((text ?? "").length > NAME_MAX ? tooLong : (text ?? say("unknown"))));
  const facts = [
    say("card.works", { title }),
    say("card.orderer", { name: orderer }),
    say("card.contractor", { name: contractor }),
    card.origin === "mail"
      ? say("card.sender", { trust: say(`sender.${card.trust}`) })
      : say("card.origin", { origin: say(`origin.${card.origin}`) }),
  ].join("\n");
  const products = productLines(card, say);
  const blocks: Block[] = [
    ...heading(say("card.heading", { receiptNumber: card.receiptNumber })),
    ...sections(facts),
    ...sections(
      [...products, ...taskLines(card.tasks, TASKS_MAX, say), ...undeliveredLines(card, say)].join("\n"),
    ),
    ...sections(checkLines(card, ruleMax, words, say)),
    ...context(nextLine(card, say)),
    // Slack keeps what a person chose in a menu for as long as its block has the same name.
    ...caseButtons(card, say, { blockId: `case:${card.version}` }),
  ];
  const text = say("card.text", {
    receiptNumber: card.receiptNumber,
    title,
    products: products.join(say("list.comma")),
  });
  return { text: fallback(text), blocks };
}

/** Every check with its rule, and who has settled it; a long rule stands in the details only, and the card says so. */
function checkLines({ checks, receiptNumber }: CaseCard, ruleMax: number, words: BotWords, say: Say): string {
  const tooLong = say("card.tooLong", { receiptNumber });
  const lines = checks.map(({ settledBy, ...check }) => {
    const fits = check.rule.length + check.source.length <= ruleMax;
    const rule = ruleMax === 0 ? "" : tooLong;
    const by = settledBy === null ? null : person(settledBy);
    return checkLine(fits ? check : { ...check, rule, source: "" }, words, say, by);
  });
  return [...lines, ...(ruleMax === 0 ? [say("card.rules", { where: tooLong })] : [])].join("\n");
}

function person(name: string): string {
  return name.length > PERSON_MAX ? `${name.slice(0, PERSON_MAX).toWellFormed()}…` : name;
}
