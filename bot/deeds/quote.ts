import type { Case } from "../../core/case.ts";
import { parsePeriod } from "../../core/dates.ts";
import { findCase, foldReceiptNumber, type Target } from "../../core/desk/find.ts";
import { quote, quotesOfCase } from "../../core/desk/quote.ts";
import { parseUnit, parseYen } from "../../core/money.ts";
import { type Day, GUARANTEE_KINDS, type GuaranteeKind } from "../../core/terms.ts";
import { message } from "../blocks/kit.ts";
import { quoteScreens } from "../blocks/quote.ts";
import type { Act, Bot } from "../bot.ts";
import { list, type Typed } from "../grammar.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** 試算: what a guarantee would cost, for a case or for figures as typed. */

/** Products of one question; each kind once. */
const PRODUCTS_MAX = GUARANTEE_KINDS.length;
const GUARANTEE_NUMBER = /^\d{5}-?\d{6}$/;
/** What is no day, and no amount either. */
const MEANT_AS_DAY: readonly string[] = ["impossible", "two_digit_year", "no_year", "no_day", "relative"];
/** Longest piece of what was typed that an answer repeats. */
const REPEATED_MAX = 60;

/** 試算 of what stands behind the verb: a case, or products with their amounts and the period of the works. */
export async function quoteTyped(bot: Bot, act: Act, typed: Typed): Promise<Reply> {
  const { say } = bot;
  if (typed.unknownFlags.length > 0)
    return tell(say("notUnderstood.flag", { flag: typed.unknownFlags.join(" ") }));
  if (typed.reference === null) return tell(say("quote.usage"));
  if (foldReceiptNumber(typed.reference) !== null || GUARANTEE_NUMBER.test(typed.reference))
    return quoteNumbered(bot, act, typed.reference, typed);
  const read = readWords(bot, [typed.reference, ...typed.rest], typed.kinds);
  if (typeof read === "string") return tell(read);
  const { products, ...period } = read;
  const quotes = products.map(({ kind, guaranteedYen }) =>
    quote(bot.desk, { kind, guaranteedYen, ...period }),
  );
  return { kind: "tell", screens: quoteScreens(quotes, null, say) };
}

/** 試算 of a case: each of its products. */
export async function quoteCase(bot: Bot, _act: Act, found: Case, target: Target): Promise<Reply> {
  const quotes = quotesOfCase(bot.desk, found, target);
  return { kind: "tell", screens: quoteScreens(quotes, found.receiptNumber, bot.say) };
}

async function quoteNumbered(bot: Bot, act: Act, reference: string, typed: Typed): Promise<Reply> {
  const kinds = typed.rest.map((word) => productOf(bot, word));
  if (kinds.includes(null)) return tell(bot.say("notUnderstood.rest", { rest: repeated(typed.rest) }));
  const named = GUARANTEE_KINDS.filter((kind) => typed.kinds.includes(kind) || kinds.includes(kind));
  const found = await findCase(bot.desk, reference, named);
  if (!found.ok) return refused(bot, act, "quote", found.refusal);
  return quoteCase(bot, act, found.value.found, found.value.target);
}

interface ReadWords {
  products: { kind: GuaranteeKind; guaranteedYen: number }[];
  worksFrom: Day | null;
  worksUntil: Day | null;
}

/** Products, each with the amount behind it, and the days. @returns a sentence when something is missing or not sure. */
function readWords(bot: Bot, words: readonly string[], flags: readonly GuaranteeKind[]): ReadWords | string {
  const { say } = bot;
  const products: { kind: GuaranteeKind; amount: string[] }[] = [];
  const loose: string[] = [];
  const days: Day[] = [];
  for (const word of words) {
    const kind = productOf(bot, word);
    const found = daysIn(word);
    if (found === "not_a_day") return say("quote.badDay", { given: repeated([word]) });
    if (kind !== null) products.push({ kind, amount: [] });
    else if (found.length > 0) days.push(...found);
    else (products.at(-1)?.amount ?? loose).push(word);
  }
  for (const kind of flags) products.push({ kind, amount: [] });
  // An amount before its product, or beside a flag: sure only where there is one product without an amount.
  const [open, ...others] = products.filter(({ amount }) => amount.length === 0);
  if (open !== undefined && others.length === 0) open.amount.push(...loose.splice(0));
  if (products.length === 0) return say("quote.which", { given: repeated(words) });
  if (loose.length > 0) return say("quote.whose", { given: repeated(loose) });
  if (products.length > PRODUCTS_MAX || new Set(products.map(({ kind }) => kind)).size < products.length)
    return say("quote.twice");
  if (days.length > 2) return say("quote.days");
  if (days.length === 1) return say("quote.oneDay");
  const [worksFrom = null, worksUntil = null] = days;
  if (worksFrom !== null && worksUntil !== null && worksUntil < worksFrom) return say("quote.reversed");
  const read: ReadWords["products"] = [];
  for (const { kind, amount } of products) {
    const product = say(`product.${kind}`);
    if (amount.length === 0) return say("quote.amount.missing", { product });
    const yen = amountIn(amount);
    const given = repeated(amount);
    if (!yen.ok)
      return say(yen.reason === "unit_unknown" ? "quote.amount.unit" : "quote.amount.unreadable", {
        product,
        given,
      });
    read.push({ kind, guaranteedYen: yen.yen });
  }
  read.sort((a, b) => GUARANTEE_KINDS.indexOf(a.kind) - GUARANTEE_KINDS.indexOf(b.kind));
  return { products: read, worksFrom, worksUntil };
}

/** One word, or one and its unit apart from it; whatever else stands there is not passed over. */
function amountIn([first = "", unit, ...rest]: readonly string[]): ReturnType<typeof parseYen> {
  if (rest.length > 0 || (unit !== undefined && parseUnit(unit) === null))
    return { ok: false, reason: "unreadable" };
  return parseYen(`${first}${unit ?? ""}`);
}

/** The days in one word: one, or the two ends of a period. Eight bare digits are an amount, whatever else they may be. */
function daysIn(word: string): Day[] | "not_a_day" {
  if (/^[\d,]+$/.test(word)) return [];
  const ends = Object.values(parsePeriod(word)).filter((end) => end !== null);
  if (ends.some((end) => !end.ok && MEANT_AS_DAY.includes(end.reason))) return "not_a_day";
  return ends.flatMap((end) => (end.ok ? [end.day] : []));
}

function productOf({ say }: Bot, word: string): GuaranteeKind | null {
  const bare = word.replace(/^-/, "").toLowerCase();
  return (
    GUARANTEE_KINDS.find((kind) =>
      [...list(say(`flag.${kind}`)), ...list(say(`quote.word.${kind}`))].includes(bare),
    ) ?? null
  );
}

function repeated(words: readonly string[]): string {
  const text = words.join(" ");
  return text.length > REPEATED_MAX ? `${Array.from(text).slice(0, REPEATED_MAX).join("")}…` : text;
}

function tell(text: string): Reply {
  return { kind: "tell", screens: message(text) };
}
