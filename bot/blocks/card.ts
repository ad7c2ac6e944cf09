import type { CaseCard } from "../../core/announcements.ts";
import type { CaseStateWord } from "../../core/case-state.ts";
import { packButton } from "../modal-meta.ts";
import { type BotWords, type Say, sayIn } from "../words.ts";
import { checkLine } from "./facts.ts";
import {
  type Block,
  type ButtonSpec,
  buttons,
  context,
  fallback,
  heading,
  type Screen,
  sections,
} from "./kit.ts";

/** A card stays one message: what is longer than this stands in full in the details only, and the card says so. */
const NAME_MAX = 300;
/** Up to nine checks must fit into a message of about 12,000 bytes beside everything else. */
const RULE_MAX = 150;
/** Most buttons on a card. */
const BUTTONS_MAX = 5;

/** The next steps in the order in which a case takes them; the last one that fits is the most advanced. */
const STEPS = [
  { state: "awaiting_approval", deed: "approve" },
  { state: "accepted", deed: "issue" },
  { state: "fee_awaited", deed: "paid" },
  { state: "applied", deed: "accept" },
] as const;
const DECLINABLE: readonly CaseStateWord[] = [
  "applied",
  "returned",
  "fee_awaited",
  "accepted",
  "awaiting_approval",
];

/** `case.approve` and so on: the action ids of a card's buttons. */
export function actionId(deed: string): string {
  return `case.${deed}`;
}

/** Who has to do what next, each kind of step once, in the order of the products. */
export function nextSteps(
  products: readonly { state: CaseStateWord; approved: boolean }[],
  say: Say,
): string {
  const steps = products
    .map(({ state, approved }) => say(approved ? "next.drawing" : `next.${state}`))
    .filter((step) => step !== say("next.none"));
  return [...new Set(steps)].join(say("list.comma")) || say("next.none");
}

/** `前払金保証（電子）：承認待ち` with the number once there is one. */
export function productLine(product: CaseCard["products"][number], say: Say): string {
  return say(product.number === null ? "card.product" : "card.productNumbered", {
    product: say(`product.${product.kind}`),
    medium: say(`medium.${product.medium ?? "unknown"}`),
    state: say(`state.${product.state}`),
    number: product.number ?? "",
  });
}

/** The root message of a case: what, who is next; no amounts, no personal data, never a key. */
export function cardScreen(card: CaseCard, words: BotWords): Screen {
  const say = sayIn(words);
  const [title, orderer, contractor] = [card.worksTitle, card.ordererName, card.contractorName].map((text) =>
    (text ?? "").length > NAME_MAX
      ? say("card.tooLong", { receiptNumber: card.receiptNumber })
      : (text ?? say("unknown")),
  );
  const facts = [
    say("card.works", { title: title ?? "" }),
    say("card.orderer", { name: orderer ?? "" }),
    say("card.contractor", { name: contractor ?? "" }),
    say("card.sender", { trust: say(`sender.${card.trust}`) }),
  ].join("\n");
  const products = card.products.map((product) => productLine(product, say));
  const blocks: Block[] = [
    ...heading(say("card.heading", { receiptNumber: card.receiptNumber })),
    ...sections(facts),
    ...sections(products.join("\n") || say("card.noProduct")),
    ...sections(checkLines(card, words, say)),
    ...context(say("card.next", { next: nextSteps(card.products, say) })),
    ...buttons("case", cardButtons(card, say)),
  ];
  const text = say("card.text", {
    receiptNumber: card.receiptNumber,
    title: title ?? "",
    products: products.join(say("list.comma")),
  });
  return { text: fallback(text), blocks };
}

/** Every check with its rule; a long rule stands in the details only, and the card says so. */
function checkLines({ checks, receiptNumber }: CaseCard, words: BotWords, say: Say): string {
  return checks
    .map((check) => {
      if (check.rule.length + check.source.length <= RULE_MAX) return checkLine(check, words, say);
      return checkLine({ ...check, rule: say("card.tooLong", { receiptNumber }), source: "" }, words, say);
    })
    .join("\n");
}

function cardButtons(card: CaseCard, say: Say): ButtonSpec[] {
  const value = packButton(card.caseId, card.version);
  const states = card.products.filter(({ approved }) => !approved).map(({ state }) => state);
  const steps = STEPS.filter(({ state }) => states.includes(state)).map(({ deed }, i): ButtonSpec => {
    const spec = { action: actionId(deed), label: say(`button.${deed}`), value };
    return i === 0 ? { ...spec, style: "primary" } : spec;
  });
  const specs: ButtonSpec[] = [...steps, { action: actionId("show"), label: say("button.show"), value }];
  if (states.some((state) => DECLINABLE.includes(state)) && specs.length < BUTTONS_MAX)
    specs.push({ action: actionId("decline"), label: say("button.decline"), value, style: "danger" });
  return specs;
}
