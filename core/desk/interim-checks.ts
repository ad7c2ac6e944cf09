import type { Case, Check } from "../case.ts";
import { isIssued, latestCertificate } from "../guarantee/guarantee.ts";
import { foldForComparison } from "../text.ts";
import type { CheckInput } from "./checks.ts";

/**
 * 中間前払金保証 follows an advance payment guarantee of the same works, and the orderer's 認定 that half of the works is
 * done has to be seen: the desk can look up the one, only a person the other.
 */
export function interimChecks(input: CheckInput): Check[] {
  const requested = input.application.guarantees.find(({ kind }) => kind === "interim_advance_payment");
  if (requested === undefined) return [];
  const number = requested.advanceGuaranteeNumber;
  return [
    interim("interim_certified", ["unknown", "certification_wanted"], ""),
    interim("advance_guarantee", number === null ? unnamed(input) : followed(input, number), number ?? ""),
  ];
}

type Verdict = readonly [Check["verdict"], string];

function interim(code: Check["code"], [verdict, reason]: Verdict, measured: string): Check {
  return { code, kind: "interim_advance_payment", verdict, measured, reason, rule: "", source: "" };
}

function unnamed({ application }: CheckInput): Verdict {
  const together = application.guarantees.some(({ kind }) => kind === "advance_payment");
  return together ? ["pass", ""] : ["unknown", "advance_not_named"];
}

function followed(input: CheckInput, number: string): Verdict {
  const advance = input.followed?.guarantees.find(
    (one) => one.kind === "advance_payment" && isIssued(one) && one.number === number,
  );
  if (input.followed === null || advance === undefined || !isIssued(advance))
    return ["fail", "advance_not_found"];
  const alike = parties(input, input.followed);
  if (alike.includes(false)) return ["fail", "advance_of_other_works"];
  if (advance.status !== "in_force" || latestCertificate(advance).content.guaranteeUntil < input.today)
    return ["fail", "advance_not_in_force"];
  // A title is written in many ways: one that differs is a question, not proof of other works.
  const title = same(input.application.worksTitle, input.followed.application.worksTitle);
  return alike.includes(null) || title !== true ? ["unknown", "advance_works_unclear"] : ["pass", ""];
}

/** Whether orderer and contractor are the same ones; `null` where the application does not name them. */
function parties(
  { application, orderer, contractor }: CheckInput,
  { application: a, ...advance }: Case,
): (boolean | null)[] {
  return [
    entry(orderer, advance.orderer) ?? same(application.ordererName, a.ordererName),
    entry(contractor, advance.contractor) ?? same(application.contractorName, a.contractorName),
  ];
}

function entry(one: { id: string } | null, other: { id: string } | null): boolean | null {
  return one === null || other === null ? null : one.id === other.id;
}

function same(one: string | null, other: string | null): boolean | null {
  if (one === null || other === null) return null;
  return foldForComparison(one) === foldForComparison(other);
}
