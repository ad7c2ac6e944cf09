import type { AmountRule, Orderer, WorkKind } from "../registry.ts";
import type { Application, Day, RequestedGuarantee, Yen } from "../terms.ts";
import { checkAmount, millionths, ratioBase } from "./amounts.ts";

const MILLION = 1_000_000n;

/**
 * The amount nearest to the one that breaks the orderer's rule and keeps it: the smallest one above a floor, the
 * greatest one below a ceiling, rounded down as the rule says (advances only, as in `checkAmount`).
 * @returns `null` where nothing is broken, no rule is known, or no amount can keep it.
 */
export function fittingAmount(
  orderer: Pick<Orderer, "amounts"> | null,
  application: Application,
  requested: RequestedGuarantee,
  workKind: WorkKind | null,
  day: Day,
): Yen | null {
  const finding = checkAmount(orderer, application, requested, workKind, day);
  const base = ratioBase(application, requested);
  if (finding.verdict !== "fail" || finding.rule === null || base === null) return null;
  const { rule, reason } = finding;
  const amount =
    reason === "under_floor" ? floorOf(rule, base) : ceilingOf(rule, base, application, requested);
  if (amount === null || amount < 1) return null;
  const tried = { ...requested, guaranteedYen: amount };
  const guarantees = application.guarantees.map((one) => (one.kind === requested.kind ? tried : one));
  const again = checkAmount(orderer, { ...application, guarantees }, tried, workKind, day);
  return again.verdict === "pass" ? amount : null;
}

function floorOf({ ratioMin }: AmountRule, base: Yen): Yen | null {
  if (ratioMin === null) return null;
  return Number((BigInt(base) * millionths(ratioMin) + MILLION - 1n) / MILLION);
}

function ceilingOf(
  rule: AmountRule,
  base: Yen,
  application: Application,
  { kind, guaranteedYen }: RequestedGuarantee,
): Yen | null {
  const advance = kind !== "performance";
  const others = application.guarantees
    .filter((one) => one.kind !== "performance" && one.kind !== kind)
    .reduce((sum, one) => sum + (one.guaranteedYen ?? 0), 0);
  const bounds = [
    ...(guaranteedYen === null ? [] : [guaranteedYen]),
    ...(rule.ratioMax === null ? [] : [part(base, rule.ratioMax)]),
    ...(rule.totalRatioMax === null || !advance ? [] : [part(base, rule.totalRatioMax) - others]),
  ];
  if (bounds.length === 0) return null;
  const most = Math.min(...bounds);
  const unit = advance ? (rule.roundDownYen ?? 1) : 1;
  return most - (most % unit);
}

function part(base: Yen, ratio: number): Yen {
  return Number((BigInt(base) * millionths(ratio)) / MILLION);
}
