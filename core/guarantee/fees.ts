import { LARGEST_YEN } from "../amount-runs.ts";
import { addDays } from "../dates.ts";
import type { Day, GuaranteeKind, Yen } from "../terms.ts";
import { begunMonths, PERCENT_UNITS, percentUnits, plainYen } from "./fee-arithmetic.ts";
import type { FeeTable } from "./fee-tables.ts";

/** What a guarantee costs by an effective-dated table; exact throughout, rounded once, always downwards. */

/** One line of how a fee came about. Amounts are yen; `exactYen` may have decimals. */
export type FeeStep =
  /** A part of the amount (`wholly`: the whole of it) at the rate of its band. `rate` is percent. */
  | { step: "band"; baseYen: Yen; rate: string; wholly: boolean; exactYen: string }
  /** The sum so far, times `percent` for so many begun months. */
  | { step: "period"; months: number; percent: string; exactYen: string }
  | { step: "rounded"; unitYen: Yen; feeYen: Yen }
  | { step: "minimum"; feeYen: Yen };

/** What is to be priced. `day` picks the table that holds on it; days of the works as in the works contract. */
export interface FeeQuestion {
  kind: GuaranteeKind;
  guaranteedYen: Yen | null;
  worksFrom: Day | null;
  worksUntil: Day | null;
  day: Day;
}

export type NoFee =
  | "no_table"
  | "amount_missing"
  | "amount_out_of_range"
  | "period_missing"
  | "period_reversed"
  | "period_out_of_range";
export type FeeAnswer =
  | { ok: true; feeYen: Yen; steps: FeeStep[]; table: FeeTable }
  /** `table`: the one that would hold, where there is one. */
  | { ok: false; reason: NoFee; table: FeeTable | null };

/**
 * The only rate that guarantors publish: 0.065 % of an interim advance payment guarantee. Known without any file; a
 * table of the operator's own for the same product and day goes before it.
 */
export const PUBLISHED_INTERIM: FeeTable = {
  ...{ products: ["interim_advance_payment"], from: null, until: null, sample: false },
  ...{ minimumYen: 0, roundDownYen: 1, method: "whole", periods: null },
  bands: [{ upToYen: null, rate: "0.065" }],
  source: "https://wjcs.net/chukan, https://www2.hokkaido-cs.co.jp/wa/chukan",
};

/** The table of a product on a day; tables of a file never overlap (`readFeeTables`). */
export function tableFor(tables: readonly FeeTable[], kind: GuaranteeKind, day: Day): FeeTable | null {
  return [...tables, PUBLISHED_INTERIM].find((table) => holdsOn(table, kind, day)) ?? null;
}

function holdsOn({ products, from, until }: FeeTable, kind: GuaranteeKind, day: Day): boolean {
  return products.includes(kind) && (from === null || from <= day) && (until === null || day <= until);
}

/**
 * The fee in whole yen, with every step and the table it rests on.
 * @returns why there is none: nothing is assumed for what was not said.
 */
export function feeOf(tables: readonly FeeTable[], asked: FeeQuestion): FeeAnswer {
  const table = tableFor(tables, asked.kind, asked.day);
  const none = (reason: NoFee): FeeAnswer => ({ ok: false, reason, table });
  if (table === null) return none("no_table");
  const { guaranteedYen } = asked;
  if (guaranteedYen === null) return none("amount_missing");
  if (!Number.isSafeInteger(guaranteedYen) || guaranteedYen < 1 || guaranteedYen > LARGEST_YEN)
    return none("amount_out_of_range");
  const bands = bandSteps(table, guaranteedYen);
  if (bands === null) return none("amount_out_of_range");
  const period = periodStep(table, asked, bands.units);
  if (typeof period === "string") return none(period);
  const units = period?.units ?? bands.units;
  const perYen = period === null ? PERCENT_UNITS : PERCENT_UNITS * PERCENT_UNITS;
  const step = BigInt(table.roundDownYen);
  const rounded = Number((units / perYen / step) * step);
  const steps: FeeStep[] = [...bands.steps, ...(period === null ? [] : [period.step])];
  if (units !== BigInt(rounded) * perYen)
    steps.push({ step: "rounded", unitYen: table.roundDownYen, feeYen: rounded });
  if (rounded < table.minimumYen) steps.push({ step: "minimum", feeYen: table.minimumYen });
  return { ok: true, feeYen: Math.max(rounded, table.minimumYen), steps, table };
}

/** Yen times rate, summed in units of a yen / `PERCENT_UNITS`; null where the table ends below the amount. */
function bandSteps({ bands, method }: FeeTable, amount: Yen): { steps: FeeStep[]; units: bigint } | null {
  const at = bands.findIndex(({ upToYen }) => upToYen === null || amount <= upToYen);
  if (at === -1) return null;
  let below = 0;
  let sum = 0n;
  const steps: FeeStep[] = [];
  for (const { upToYen, rate } of method === "whole" ? bands.slice(at, at + 1) : bands.slice(0, at + 1)) {
    const baseYen = (method === "whole" || upToYen === null ? amount : Math.min(amount, upToYen)) - below;
    const units = BigInt(baseYen) * percentUnits(rate);
    const wholly = baseYen === amount;
    steps.push({ step: "band", baseYen, rate, wholly, exactYen: plainYen(units, PERCENT_UNITS) });
    below += baseYen;
    sum += units;
  }
  return { steps, units: sum };
}

function periodStep({ periods }: FeeTable, { worksFrom, worksUntil }: FeeQuestion, units: bigint) {
  if (periods === null) return null;
  if (worksFrom === null || worksUntil === null) return "period_missing";
  if (worksUntil < worksFrom) return "period_reversed";
  const months = begunMonths(worksFrom, addDays(worksUntil, 1));
  const band = periods.find(({ upToMonths }) => upToMonths === null || months <= upToMonths);
  if (band === undefined) return "period_out_of_range";
  const { percent } = band;
  const product = units * percentUnits(percent);
  const exactYen = plainYen(product, PERCENT_UNITS * PERCENT_UNITS);
  return { units: product, step: { step: "period" as const, months, percent, exactYen } };
}
