import type { Quote } from "../../core/desk/quote.ts";
import type { FeeTable } from "../../core/guarantee/fee-tables.ts";
import type { FeeStep, NoFee } from "../../core/guarantee/fees.ts";
import { formatYen } from "../../core/money.ts";
import type { Say } from "../words.ts";
import { dayText } from "./facts.ts";
import { context, divider, grouped, heading, type Screen, sections } from "./kit.ts";

/** What a quote looks like: the fee, how it came about, the table it rests on, and that it is a quote. */

/** `receiptNumber`: of the case that is priced; null for figures as typed. */
export function quoteScreens(quotes: readonly Quote[], receiptNumber: string | null, say: Say): Screen[] {
  const title = receiptNumber === null ? say("quote.title") : say("quote.titleOf", { receiptNumber });
  const fees = quotes.flatMap(({ answer }) => (answer.ok ? [answer.feeYen] : []));
  const total =
    fees.length > 1 && fees.length === quotes.length ? fees.reduce((sum, fee) => sum + fee, 0) : null;
  const sample = quotes.some(({ answer }) => answer.ok && answer.table.sample);
  return grouped(title, [
    heading(title),
    ...quotes.map((one) => [...sections(quoteText(one, say)), divider]),
    ...(total === null ? [] : [sections(say("quote.total", { fee: formatYen(total) }))]),
    ...(sample ? [sections(say("quote.sample"))] : []),
    context(say("quote.note")),
  ]);
}

function quoteText({ asked, answer }: Quote, say: Say): string {
  const product = say(`product.${asked.kind}`);
  const amount = asked.guaranteedYen === null ? say("unknown") : formatYen(asked.guaranteedYen);
  const period =
    asked.worksFrom === null && asked.worksUntil === null
      ? []
      : [say("quote.period", { from: dayText(asked.worksFrom, say), until: dayText(asked.worksUntil, say) })];
  const head = [say("quote.asked", { product, amount }), ...period];
  if (!answer.ok) return [...head, whyNone(answer.reason, asked.day, answer.table, say)].join("\n");
  return [
    ...head,
    say("quote.fee", { fee: formatYen(answer.feeYen) }),
    ...answer.steps.map((step) => stepText(step, say)),
    tableText(answer.table, say),
  ].join("\n");
}

function stepText(step: FeeStep, say: Say): string {
  switch (step.step) {
    case "band":
      return say(step.wholly ? "quote.step.whole" : "quote.step.part", {
        ...{ base: formatYen(step.baseYen), rate: step.rate, exact: exactText(step.exactYen) },
      });
    case "period":
      return say("quote.step.period", {
        ...{ months: String(step.months), percent: step.percent, exact: exactText(step.exactYen) },
      });
    case "rounded":
      return say("quote.step.rounded", { unit: formatYen(step.unitYen), fee: formatYen(step.feeYen) });
    case "minimum":
      return say("quote.step.minimum", { fee: formatYen(step.feeYen) });
  }
}

/** Whole yen grouped by thousands, decimals as they are. */
function exactText(exact: string): string {
  const [whole = "", decimals] = exact.split(".");
  const grouping = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return decimals === undefined ? grouping : `${grouping}.${decimals}`;
}

/** Since when and until when a table holds, and where it comes from. */
export function tableText({ from, until, source, sample }: FeeTable, say: Say): string {
  const dates = say("quote.table.dates", {
    from: from === null ? say("quote.table.open") : dayText(from, say),
    until: until === null ? say("quote.table.open") : dayText(until, say),
  });
  return say(sample ? "quote.table.sample" : "quote.table.line", { dates, source });
}

function whyNone(reason: NoFee, day: string, table: FeeTable | null, say: Say): string {
  const why = say(`quote.none.${reason}`, { day: dayText(day, say) });
  return table === null ? why : `${why}\n${tableText(table, say)}`;
}
