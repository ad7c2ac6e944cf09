import { maskKeys } from "../../core/guarantee/mask.ts";
import { formatYen } from "../../core/money.ts";
import type { Application, Day, GuaranteeKind, RequestedGuarantee, Yen } from "../../core/terms.ts";
import type { BotWords, Say } from "../words.ts";
import { dayText } from "./facts.ts";
import { type Block, divider, heading, input, type Json, plain, sections } from "./kit.ts";
import { fieldName } from "./reading.ts";

/**
 * The whole application as inputs of a modal (審査, 新規). A block's id is the path of its value; everything but the wish
 * for a product may stay empty, which is "not stated".
 */

/** Most that Slack takes in one field; a line of a letter is shorter. */
const TEXT_MAX = 3000;
/** An amount in any notation, a number or an address; longer ones are a pasted mistake. */
const SHORT_MAX = 254;

/** What is chosen of a product: `open` is asked for without saying whether electronic or on paper. */
export const WISHES = ["none", "electronic", "paper", "open"] as const;
export const CHOICES = ["yes", "no"] as const;

/** The block ids of a product's values. */
export function productPath(kind: GuaranteeKind, name: keyof RequestedGuarantee | "wish"): string {
  return `guarantees.${kind}.${name}`;
}

/** Whether a value can stand in an input and come back as it is; one that cannot stays as it was. */
export function isShowable(text: string): boolean {
  return text.length <= TEXT_MAX && maskKeys(text) === text;
}

/** An amount as the form shows it; sent back unchanged, it is the same amount. */
export function amountText(yen: Yen | null): string {
  return yen === null ? "" : formatYen(yen);
}

/** Paths of values that are shown and cannot be changed, and of those that may not stay empty. */
export interface FormRules {
  fixed?: ReadonlySet<string>;
  required?: ReadonlySet<string>;
}

/**
 * The inputs, filled in from `standing`.
 * @param kinds the products that can be changed here.
 */
export function formBlocks(
  standing: Application,
  kinds: readonly GuaranteeKind[],
  words: BotWords,
  say: Say,
  rules: FormRules = {},
): Block[] {
  const make = maker(words, say, rules);
  const { contact } = standing;
  return [
    ...heading(say("form.heading")),
    make.text("ordererName", standing.ordererName),
    make.text("contractorName", standing.contractorName),
    make.text("jointVentureName", standing.jointVentureName),
    make.text("worksTitle", standing.worksTitle),
    make.text("worksNumber", standing.worksNumber),
    make.yen("contractPriceYen", standing.contractPriceYen),
    make.day("contractDate", standing.contractDate),
    make.day("worksFrom", standing.worksFrom),
    make.day("worksUntil", standing.worksUntil),
    make.text("handlingBranch", standing.handlingBranch),
    make.choice("completionNotice", standing.completionNotice),
    make.short("completionEmail", standing.completionEmail),
    make.choice("directSubmission", standing.directSubmission),
    make.text("contact.department", contact.department),
    make.text("contact.title", contact.title),
    make.text("contact.name", contact.name),
    make.short("contact.phone", contact.phone),
    ...kinds.flatMap((kind) => productBlocks(kind, standing, make, say)),
  ];
}

function productBlocks(
  kind: GuaranteeKind,
  { guarantees }: Application,
  make: ReturnType<typeof maker>,
  say: Say,
): Block[] {
  const asked = guarantees.find((one) => one.kind === kind);
  const path = (name: keyof RequestedGuarantee) => productPath(kind, name);
  const wish = asked === undefined ? "none" : (asked.form ?? "open");
  return [
    divider,
    ...heading(say("modal.product", { product: say(`product.${kind}`) })),
    // The one thing that must be said: it decides whether there is a product at all.
    required(
      make.select(productPath(kind, "wish"), say("form.wish.label", { product: say(`product.${kind}`) }), {
        options: WISHES.map((value) => ({ value, text: say(`form.wish.${value}`) })),
        chosen: wish,
      }),
    ),
    make.yen(path("guaranteedYen"), asked?.guaranteedYen ?? null),
    make.yen(path("fiscalYearYen"), asked?.fiscalYearYen ?? null),
    ...(kind === "performance"
      ? []
      : [
          make.text(path("depositBank"), asked?.depositBank ?? null),
          make.choice(path("redeposit"), asked?.redeposit ?? null),
        ]),
    ...(kind === "interim_advance_payment"
      ? [make.short(path("advanceGuaranteeNumber"), asked?.advanceGuaranteeNumber ?? null)]
      : []),
    make.text(path("feePayment"), asked?.feePayment ?? null),
  ];
}

interface Options {
  options: readonly { value: string; text: string }[];
  chosen: string;
}

/** Makes the inputs of each kind of value; all of them may stay empty. */
function maker(words: BotWords, say: Say, { fixed, required: needed }: FormRules) {
  // The number is another product's: its label says which.
  const label = (path: string) =>
    path.endsWith(".advanceGuaranteeNumber")
      ? say("field.advanceGuaranteeNumber")
      : fieldName(path, words, say);
  const asInput = (path: string, block: Block): Block =>
    needed?.has(path) ? required(block) : optional(block);
  /** A value as text: it is there to be read. */
  const shown = (path: string, value: string): Block => {
    const text = say("line", { label: label(path), value: value === "" ? say("unknown") : value });
    const [block, more] = sections(text);
    return block === undefined || more !== undefined ? kept(path) : block;
  };
  const typed = (path: string, value: string | null, max: number, hint?: string): Block => {
    if (value !== null && (!isShowable(value) || value.length > max)) return kept(path);
    if (fixed?.has(path)) return shown(path, value ?? "");
    const element: { [key: string]: Json } = { type: "plain_text_input", max_length: max };
    if (value !== null && value !== "") element.initial_value = value;
    return asInput(path, input(path, label(path), element, hint));
  };
  const kept = (path: string): Block => {
    const [block] = sections(say("form.kept", { field: label(path) }));
    return block ?? divider;
  };
  const select = (path: string, text: string, { options, chosen }: Options): Block => {
    const entries = options.map((one) => ({ text: plain(one.text), value: one.value }));
    const initial = entries.find(({ value }) => value === chosen);
    const element = { type: "static_select", options: entries };
    return optional(
      input(path, text, initial === undefined ? element : { ...element, initial_option: initial }),
    );
  };
  return {
    select,
    text: (path: string, value: string | null) => typed(path, value, TEXT_MAX),
    short: (path: string, value: string | null) => typed(path, value, SHORT_MAX),
    yen: (path: string, value: Yen | null) =>
      typed(path, amountText(value), SHORT_MAX, say("form.hint.amount")),
    day: (path: string, value: Day | null) => {
      if (fixed?.has(path)) return shown(path, value === null ? "" : dayText(value, say));
      const element = { type: "datepicker", ...(value === null ? {} : { initial_date: value }) };
      return asInput(path, input(path, label(path), element));
    },
    choice: (path: string, value: boolean | null) => {
      const group = path.endsWith("redeposit") ? "form.use" : "form.choice";
      const chosen = value === null ? "" : value ? "yes" : "no";
      if (fixed?.has(path)) return shown(path, chosen === "" ? "" : say(`${group}.${chosen}`));
      const options = CHOICES.map((one) => ({ value: one, text: say(`${group}.${one}`) }));
      return select(path, label(path), { options, chosen });
    },
  };
}

function optional(block: Block): Block {
  return { ...block, optional: true };
}

function required(block: Block): Block {
  return { ...block, optional: false };
}
