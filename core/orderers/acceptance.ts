import type { AcceptanceRule, Orderer, WorkKind } from "../registry.ts";
import type { Day, GuaranteeKind } from "../terms.ts";

/**
 * Does an orderer accept an electronic guarantee for this product and these works? The rules are data of the orderer
 * (registry); here they are only read. A day that is not known never counts as fulfilled.
 */

/** What is known of a procurement. Days in Asia/Tokyo; `null` is unknown. */
export interface ProcurementFacts {
  today: Day;
  contractDate: Day | null;
  announced: Day | null;
  designated: Day | null;
  bid: Day | null;
  plannedNotice: Day | null;
  procurementStart: Day | null;
  /** The orderer has approved electronic guarantees for this procurement by name. */
  approved: boolean;
  /** The question concerns an amended works contract. */
  amendment: boolean;
}

export type FactName =
  | "contractDate"
  | "announced"
  | "designated"
  | "bid"
  | "plannedNotice"
  | "procurementStart";

export type AcceptanceReason =
  | "no_rule"
  | "on_or_after_start"
  | "before_start"
  | "after_end"
  | "start_unknown"
  | "inside_start_month"
  | "day_missing"
  | "approved"
  | "approval_needed"
  | "amendment_excluded"
  | "amendment_unknown"
  | "rules_differ_by_work_kind";

export interface AcceptanceAnswer {
  answer: "yes" | "no" | "unknown";
  rule: AcceptanceRule | null;
  reason: AcceptanceReason;
  /** Facts that would decide it. */
  missing: FactName[];
}

/** Which facts a basis looks at; `calendar` looks at today, `orderer_approved` at the approval. */
const FACTS_OF: Readonly<Record<AcceptanceRule["basis"], readonly FactName[]>> = {
  contract: ["contractDate"],
  initial_contract: ["contractDate"],
  announcement: ["announced"],
  designation: ["designated"],
  announcement_or_designation: ["announced", "designated"],
  bid: ["bid"],
  planned_notice: ["plannedNotice"],
  procurement_start: ["procurementStart"],
  orderer_approved: [],
  calendar: [],
};

/**
 * Rules combine: of those for this product, work kind and a surety company any `yes` decides, else any `unknown`,
 * else `no`; without a matching rule the answer is unknown.
 */
export function accepts(
  orderer: Pick<Orderer, "acceptance">,
  product: GuaranteeKind,
  workKind: WorkKind,
  facts: ProcurementFacts,
): AcceptanceAnswer {
  const answers = orderer.acceptance
    .filter(
      (rule) =>
        rule.products.includes(product) &&
        rule.workKinds.includes(workKind) &&
        rule.guarantorKinds.includes("surety_company"),
    )
    .map((rule) => applyRule(rule, facts));
  const yes = answers.find((a) => a.answer === "yes");
  if (yes) return yes;
  const unknown = answers.filter((a) => a.answer === "unknown");
  const [firstUnknown] = unknown;
  if (firstUnknown) return { ...firstUnknown, missing: [...new Set(unknown.flatMap((a) => a.missing))] };
  return answers[0] ?? { answer: "unknown", rule: null, reason: "no_rule", missing: [] };
}

function applyRule(rule: AcceptanceRule, facts: ProcurementFacts): AcceptanceAnswer {
  const answer = byDay(rule, facts);
  if (facts.amendment && answer.answer !== "no") {
    if (rule.appliesToAmendments === "no")
      return { answer: "no", rule, reason: "amendment_excluded", missing: [] };
    if (rule.appliesToAmendments === "unknown")
      return { answer: "unknown", rule, reason: "amendment_unknown", missing: [] };
  }
  if (answer.answer === "yes" && rule.needsNamedApproval && !facts.approved)
    return { answer: "unknown", rule, reason: "approval_needed", missing: [] };
  return answer;
}

function byDay(rule: AcceptanceRule, facts: ProcurementFacts): AcceptanceAnswer {
  if (rule.basis === "orderer_approved") return byApproval(rule, facts);
  const names = FACTS_OF[rule.basis];
  const days =
    rule.basis === "calendar" ? [facts.today] : names.map((name) => facts[name]).filter((d) => d !== null);
  if (days.length === 0) return { answer: "unknown", rule, reason: "day_missing", missing: [...names] };
  const answers = days.map((day) => compareDay(rule, day));
  return (
    answers.find((a) => a.answer === "yes") ??
    answers.find((a) => a.answer === "unknown") ??
    (answers[0] as AcceptanceAnswer)
  );
}

/** Yes only with the orderer's approval; without it unknown from the start on, no before it. */
function byApproval(rule: AcceptanceRule, facts: ProcurementFacts): AcceptanceAnswer {
  const started = compareDay(rule, facts.contractDate ?? facts.today);
  if (started.reason === "after_end") return started;
  if (facts.approved) return { answer: "yes", rule, reason: "approved", missing: [] };
  if (started.reason === "before_start") return started;
  return { answer: "unknown", rule, reason: "approval_needed", missing: [] };
}

/** `from` is a day, a month whose day is unknown, or unknown altogether. */
function compareDay(rule: AcceptanceRule, day: Day): AcceptanceAnswer {
  const { from, until } = rule;
  if (until !== null && day > until) return { answer: "no", rule, reason: "after_end", missing: [] };
  if (from === null) return { answer: "unknown", rule, reason: "start_unknown", missing: [] };
  if (from.length === 7) {
    const month = day.slice(0, 7);
    if (month === from) return { answer: "unknown", rule, reason: "inside_start_month", missing: [] };
    return month > from
      ? { answer: "yes", rule, reason: "on_or_after_start", missing: [] }
      : { answer: "no", rule, reason: "before_start", missing: [] };
  }
  return day >= from
    ? { answer: "yes", rule, reason: "on_or_after_start", missing: [] }
    : { answer: "no", rule, reason: "before_start", missing: [] };
}
