import type { Case, Check } from "../case.ts";
import { accepts } from "../orderers/acceptance.ts";
import { checkAmount } from "../orderers/amounts.ts";
import type { Contractor, Orderer, Registered, WorkKind } from "../registry.ts";
import { WORK_KINDS } from "../registry.ts";
import type { Application, Day, GuaranteeKind, Problem } from "../terms.ts";
import { interimChecks } from "./interim-checks.ts";

/** What the checks look at. `workKind` is null when the title does not tell what the works are. */
export interface CheckInput {
  application: Application;
  problems: readonly Problem[];
  senderAddress: string;
  orderer: Registered<Orderer> | null;
  contractor: Registered<Contractor> | null;
  workKind: WorkKind | null;
  /** The case of the advance guarantee whose number an interim application names. */
  followed: Case | null;
  today: Day;
}

/** Every check of an application, made once when the case opens and again after each correction. */
export function checkApplication(input: CheckInput): Check[] {
  const { application } = input;
  return [
    desk("complete", input.problems.length === 0),
    unlessUnnamed(desk("orderer_registered", input.orderer !== null), application.ordererName),
    unlessUnnamed(desk("contractor_registered", input.contractor !== null), application.contractorName),
    unlessUnnamed(desk("sender_registered", isRegisteredSender(input)), application.contractorName),
    ...application.guarantees.flatMap((g) => [
      ...(g.form === "electronic" ? [acceptanceCheck(input, g.kind)] : []),
      amountCheckOf(input, g.kind),
    ]),
    ...advanceCheck(application),
    ...interimChecks(input),
  ];
}

function desk(code: Check["code"], passed: boolean): Check {
  return {
    code,
    kind: null,
    verdict: passed ? "pass" : "fail",
    measured: "",
    reason: "",
    rule: "",
    source: "",
  };
}

/** Whom the letter does not name cannot be looked up: that is not the same as not registered. */
function unlessUnnamed(check: Check, name: string | null): Check {
  return name === null ? { ...check, verdict: "unknown" } : check;
}

/** An application by telephone or on paper may come without an address: its letters go to a registered one anyway. */
function isRegisteredSender({ contractor, senderAddress }: CheckInput): boolean {
  if (senderAddress === "") return (contractor?.addresses.length ?? 0) > 0;
  return contractor?.addresses.some((a) => a.toLowerCase() === senderAddress.toLowerCase()) ?? false;
}

/** The orderer must accept electronic guarantees; a title that does not tell the kind of works is asked for every kind. */
function acceptanceCheck(input: CheckInput, kind: GuaranteeKind): Check {
  const facts = {
    today: input.today,
    contractDate: input.application.contractDate,
    announced: null,
    designated: null,
    bid: null,
    plannedNotice: null,
    procurementStart: null,
    approved: false,
    amendment: false,
  };
  const kinds = input.workKind === null ? WORK_KINDS : [input.workKind];
  const { orderer } = input;
  const answers = orderer === null ? [] : kinds.map((workKind) => accepts(orderer, kind, workKind, facts));
  const [first] = answers;
  const agreed = first !== undefined && answers.every((a) => a.answer === first.answer);
  const verdict = { yes: "pass", no: "fail", unknown: "unknown" } as const;
  return {
    code: "electronic_accepted",
    kind,
    verdict: agreed ? verdict[first.answer] : "unknown",
    measured: "",
    reason: agreed && first.answer !== "yes" ? first.reason : agreed ? "" : "rules_differ_by_work_kind",
    rule: agreed ? (first.rule?.summary ?? "") : "",
    source: agreed ? (first.rule?.source ?? "") : "",
  };
}

/** The ratio of one product against the orderer's rule of the day of the contract. */
export function amountCheckOf(
  input: Pick<CheckInput, "application" | "orderer" | "workKind" | "today">,
  kind: GuaranteeKind,
): Check {
  const requested = input.application.guarantees.find((g) => g.kind === kind);
  if (requested === undefined) throw new Error(`no ${kind} in the application`);
  const day = input.application.contractDate ?? input.today;
  const finding = checkAmount(input.orderer, input.application, requested, input.workKind, day);
  const ratio = finding.ratioBasisPoints;
  return {
    code: "ratio_within",
    kind,
    verdict: finding.verdict,
    measured:
      ratio === null ? "" : `${percentOf(ratio)}${requested.fiscalYearYen === null ? "" : OF_FISCAL_YEAR}`,
    reason: finding.reason === "within" ? "" : finding.reason,
    rule: limitsOf(finding.rule),
    source: "",
  };
}

/** Which base a ratio was measured by, when that is not the price (domain rule: 今年度対象額); screens put it in words. */
const OF_FISCAL_YEAR = " / fiscalYearYen";

function percentOf(basisPoints: number): string {
  return `${(basisPoints / 100).toFixed(basisPoints % 10 === 0 ? 1 : 2)} %`;
}

function limitsOf(rule: { ratioMax: number | null; ratioMin: number | null } | null): string {
  if (rule === null) return "";
  const percent = (ratio: number) => `${Number((ratio * 100).toFixed(4))} %`;
  return [
    rule.ratioMax === null ? "" : `≤ ${percent(rule.ratioMax)}`,
    rule.ratioMin === null ? "" : `≥ ${percent(rule.ratioMin)}`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** 契約保証 is offered for works whose advance payment is (to be) guaranteed: staff are warned otherwise. */
function advanceCheck(application: Application): Check[] {
  if (!application.guarantees.some((g) => g.kind === "performance")) return [];
  const withAdvance = application.guarantees.some((g) => g.kind === "advance_payment");
  return [{ ...desk("performance_with_advance", withAdvance), kind: "performance" }];
}

/** Title words that tell the kind of works, in the order in which they are looked for. */
export type WorkKindWords = readonly { word: string; kind: WorkKind }[];

/** Kind of works by the last telling word of the title; `null` when no word tells. */
export function workKindOf(worksTitle: string | null, words: WorkKindWords): WorkKind | null {
  if (worksTitle === null) return null;
  let found: { at: number; kind: WorkKind } | null = null;
  for (const { word, kind } of words) {
    const at = worksTitle.lastIndexOf(word);
    if (at >= 0 && (found === null || at > found.at)) found = { at, kind };
  }
  return found?.kind ?? null;
}
