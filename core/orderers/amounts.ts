import { type AmountRule, isValidOn, type Orderer, type WorkKind } from "../registry.ts";
import type { Application, Day, GuaranteeKind, RequestedGuarantee, Yen } from "../terms.ts";

/**
 * Ratios of the guaranteed amount. Ceilings and floors are the orderer's parameters, never constants here
 * (usual: advance 4/10 of works, 3/10 of design and survey; performance at least 1/10).
 */
export interface AmountFinding {
  kind: GuaranteeKind;
  verdict: "pass" | "fail" | "unknown";
  /** Hundredths of a percent of the base, cut: 40.00 % is 4000. `null` when it cannot be computed. */
  ratioBasisPoints: number | null;
  /** What was broken, or why it is unknown. */
  reason:
    | "within"
    | "no_rule"
    | "over_ceiling"
    | "under_floor"
    | "over_total_ceiling"
    | "not_rounded"
    | "price_too_low"
    | "no_figures";
  rule: AmountRule | null;
}

/** The base of the ratio: 今年度対象額 when given, else the price of the works contract. */
export function ratioBase(application: Application, requested: RequestedGuarantee): Yen | null {
  return requested.fiscalYearYen ?? application.contractPriceYen;
}

/** Checks one product against the orderer's amount rules in force on `day`. */
export function checkAmount(
  orderer: Pick<Orderer, "amounts"> | null,
  application: Application,
  requested: RequestedGuarantee,
  workKind: WorkKind | null,
  day: Day,
): AmountFinding {
  const base = ratioBase(application, requested);
  const { guaranteedYen, kind } = requested;
  if (base === null || guaranteedYen === null || base <= 0)
    return { kind, verdict: "unknown", ratioBasisPoints: null, reason: "no_figures", rule: null };
  const ratioBasisPoints = Number((BigInt(guaranteedYen) * 10_000n) / BigInt(base));
  const rule = workKind === null ? undefined : orderer?.amounts.find((r) => matches(r, kind, workKind, day));
  if (rule === undefined)
    return { kind, verdict: "unknown", ratioBasisPoints, reason: "no_rule", rule: null };
  const reason = firstBreach(rule, application, requested, guaranteedYen, base);
  return { kind, verdict: reason === "within" ? "pass" : "fail", ratioBasisPoints, reason, rule };
}

function matches(rule: AmountRule, kind: GuaranteeKind, workKind: WorkKind, day: Day): boolean {
  return rule.products.includes(kind) && rule.workKinds.includes(workKind) && isValidOn(rule, day);
}

function firstBreach(
  rule: AmountRule,
  application: Application,
  requested: RequestedGuarantee,
  guaranteedYen: Yen,
  base: Yen,
): AmountFinding["reason"] {
  if (rule.ratioMax !== null && exceeds(guaranteedYen, base, rule.ratioMax)) return "over_ceiling";
  if (rule.ratioMin !== null && fallsShort(guaranteedYen, base, rule.ratioMin)) return "under_floor";
  if (rule.totalRatioMax !== null && exceeds(advancesTogether(application), base, rule.totalRatioMax))
    return "over_total_ceiling";
  const advance = requested.kind !== "performance";
  if (advance && rule.roundDownYen !== null && guaranteedYen % rule.roundDownYen !== 0) return "not_rounded";
  if (rule.contractMinYen !== null && (application.contractPriceYen ?? 0) < rule.contractMinYen)
    return "price_too_low";
  return "within";
}

const MILLION = 1_000_000n;

/** A ratio as registered (0.4), exact to a millionth: 4/10, not its binary neighbour. */
export function millionths(ratio: number): bigint {
  return BigInt(Math.round(ratio * 1_000_000));
}

function exceeds(amount: Yen, base: Yen, ratio: number): boolean {
  return BigInt(amount) * MILLION > BigInt(base) * millionths(ratio);
}

function fallsShort(amount: Yen, base: Yen, ratio: number): boolean {
  return BigInt(amount) * MILLION < BigInt(base) * millionths(ratio);
}

function advancesTogether(application: Application): Yen {
  return application.guarantees
    .filter((g) => g.kind !== "performance")
    .reduce((sum, g) => sum + (g.guaranteedYen ?? 0), 0);
}
