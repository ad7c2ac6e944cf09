import { formatJapaneseDay } from "../core/dates.ts";
import { formatYen } from "../core/money.ts";
import type { Comparison, VerificationAnswer } from "../core/verification/answer.ts";
import { grid, labelled } from "./tables.ts";
import type { LetterView } from "./template.ts";
import type { Words } from "./words.ts";

/**
 * The answers of a verification letter. What is not confirmed shows the number as asked and one sentence, nothing
 * else: an unknown number, a wrong key and another orderer's guarantee cannot be told apart.
 */
export function verificationView(answers: readonly VerificationAnswer[], words: Words): LetterView {
  const matches = new Set(answers.flatMap((answer) => shown(answer).map((one) => one.match)));
  const legend = [
    ...(matches.has("price_changed_no_amendment_needed") ? ["priceChanged"] : []),
    ...(matches.has("different") ? ["different"] : []),
  ];
  return {
    answers: answers.map((answer, at) => answerView(answer, at + 1, words)),
    legend: legend.map((key) => ({ sentence: words.sentence("terms", `verification.${key}`) })),
  };
}

function answerView(answer: VerificationAnswer, position: number, words: Words): LetterView {
  const index = String(position);
  const compared = shown(answer);
  return {
    heading:
      answer.number === null
        ? words.sentence("terms", "verification.headingWithout", { index })
        : words.sentence("terms", "verification.heading", { index, number: answer.number }),
    verdict: verdict(answer, words),
    remarks:
      answer.outcome === "confirmed" && answer.asOf !== null
        ? [{ remark: words.sentence("terms", "verification.asOf", { day: formatJapaneseDay(answer.asOf) }) }]
        : [],
    contents: answer.outcome === "confirmed" ? contents(answer, words) : [],
    compared: compared.length === 0 ? [] : [{ table: comparisonTable(compared, words) }],
  };
}

/** Figures are compared in the letter only when number and key were confirmed. */
function shown(answer: VerificationAnswer): Comparison[] {
  return answer.outcome === "confirmed" ? answer.comparison : [];
}

function verdict(answer: VerificationAnswer, words: Words): string {
  if (answer.otherGuarantor !== null)
    return words.sentence("terms", "verification.otherGuarantor", {
      guarantor: quotable(answer.otherGuarantor),
    });
  if (answer.outcome !== "confirmed") return words.sentence("terms", `verification.${answer.outcome}`);
  const until = answer.certificate === null ? "" : formatJapaneseDay(answer.certificate.guaranteeUntil);
  return words.sentence("terms", `verification.${answer.status ?? "not_yet"}`, { until });
}

/** A name that came with a letter: one line, of a length that a name has. */
function quotable(name: string): string {
  return name.replace(/\s+/g, " ").trim().slice(0, 100);
}

function contents({ certificate, amendmentSerial }: VerificationAnswer, words: Words): LetterView[] {
  if (certificate === null) return [];
  const label = (key: string) => words.sentence("terms", `label.${key}`);
  const amended = amendmentSerial !== null && amendmentSerial > 0;
  const amendment = words.sentence("terms", "value.amendment", { serial: String(amendmentSerial) });
  const table = labelled([
    [label("product"), words.sentence("terms", `product.${certificate.kind}`)],
    ...(amended ? ([[label("amendment"), amendment]] as const) : []),
    [label("worksTitle"), certificate.worksTitle],
    [label("contractorName"), certificate.contractorName],
    [label("guaranteeUntil"), formatJapaneseDay(certificate.guaranteeUntil)],
  ]);
  return [{ table }];
}

function comparisonTable(comparison: readonly Comparison[], words: Words): string {
  const heads = ["mark", "field", "quoted", "ours"].map((key) =>
    words.sentence("terms", `verification.tableHead.${key}`),
  );
  const lines = comparison.map((one) => [
    words.sentence("terms", `verification.mark.${one.match}`),
    words.sentence("terms", `label.${one.field}`),
    figure(one.quoted, words),
    figure(one.ours, words),
  ]);
  return grid([heads, ...lines]);
}

function figure(value: string | number | null, words: Words): string {
  if (value === null) return words.sentence("terms", "value.none");
  if (typeof value === "number") return formatYen(value);
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatJapaneseDay(value) : value;
}
