import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { type FeeAnswer, type FeeQuestion, feeOf } from "../guarantee/fees.ts";
import { type Guarantee, isIssued, latestCertificate } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import type { Yen } from "../terms.ts";
import { type Target, targeted } from "./find.ts";

/** 試算: what a guarantee would cost by the table of today. It decides nothing and is kept nowhere. */

/** What was asked and what it costs, or why that cannot be said. */
export interface Quote {
  asked: FeeQuestion;
  answer: FeeAnswer;
}

/** A fee by the table that holds today, in Tokyo. */
export function quote(desk: Pick<Desk, "now" | "policy">, asked: Omit<FeeQuestion, "day">): Quote {
  const question = { ...asked, day: dayInTokyo(desk.now()) };
  return { asked: question, answer: feeOf(desk.policy.fees(), question) };
}

/** One for each targeted product of a case. Issued ones are priced by what their certificate says now. */
export function quotesOfCase(desk: Pick<Desk, "now" | "policy">, found: Case, target: Target): Quote[] {
  return targeted(found, target).map((guarantee) => quoteOf(desk, found, guarantee));
}

export function quoteOf(
  desk: Pick<Desk, "now" | "policy">,
  { application }: Pick<Case, "application">,
  guarantee: Guarantee,
): Quote {
  const { worksFrom, worksUntil } = application;
  const { kind, requested } = guarantee;
  if (!isIssued(guarantee))
    return quote(desk, { kind, guaranteedYen: requested.guaranteedYen, worksFrom, worksUntil });
  const { content } = latestCertificate(guarantee);
  return quote(desk, {
    ...{ kind, guaranteedYen: content.guaranteedYen },
    ...{ worksFrom: content.worksFrom, worksUntil: content.worksUntil },
  });
}

/** The fee that may be filled in for staff to confirm; null where there is none, or only an invented table's. */
export function suggestedFee(
  desk: Pick<Desk, "now" | "policy">,
  found: Pick<Case, "application">,
  guarantee: Guarantee,
): Yen | null {
  return reliableFee(quoteOf(desk, found, guarantee));
}

/** The fee of a quote that rests on a table of real rates, else null: a sample is told as a sample and nowhere else. */
export function reliableFee({ answer }: Quote): Yen | null {
  return answer.ok && !answer.table.sample ? answer.feeYen : null;
}
