import { z } from "zod";
import { LARGEST_YEN } from "../amount-runs.ts";
import { GUARANTEE_KINDS } from "../terms.ts";
import { PERCENT } from "./fee-arithmetic.ts";

/** FEES_FILE: the operator's fee tables. Rates are set by each guarantor's terms; none but one is public. */

/** Tables, bands and periods that a file may have: decades of rates, and a bound for one that is no fee file. */
const TABLES_MAX = 200;
const BANDS_MAX = 50;

const percent = z.string().regex(PERCENT);
/** A rate of more than the amount itself is a misplaced point. */
const rate = percent.refine((text) => Number(text) <= 100);
const yen = z.int().min(0).max(LARGEST_YEN);
const limit = z.int().min(1).max(LARGEST_YEN);

/** Limits go up; only the last one may be open (null). */
const climbing = (limits: readonly (number | null)[]): boolean =>
  limits.every((one, at) => at === 0 || isBelow(limits[at - 1] ?? null, one));
const isBelow = (one: number | null, next: number | null) => one !== null && (next === null || one < next);

const feeTable = z
  .strictObject({
    products: z.array(z.enum(GUARANTEE_KINDS)).min(1),
    /** First and last day on which it holds, both included; null is open. Days in Asia/Tokyo. */
    from: z.iso.date().nullable(),
    until: z.iso.date().nullable(),
    /** The least a guarantee costs, and the unit that the fee is rounded down to; yen. */
    minimumYen: yen,
    roundDownYen: limit,
    /** marginal: each part of the amount at its own band's rate. whole: all of it at the rate of the band it is in. */
    method: z.enum(["marginal", "whole"]),
    /** Up to and including so many yen of guaranteed amount; `rate` in percent, as text: a decimal number is exact there. */
    bands: z
      .array(z.strictObject({ upToYen: limit.nullable(), rate }))
      .min(1)
      .max(BANDS_MAX)
      .refine((bands) => climbing(bands.map(({ upToYen }) => upToYen))),
    /** Where the period of the works counts: so many begun months, and the percentage of the fee it makes. */
    periods: z
      .array(z.strictObject({ upToMonths: z.int().min(1).max(1200).nullable(), percent }))
      .min(1)
      .max(BANDS_MAX)
      .refine((periods) => climbing(periods.map(({ upToMonths }) => upToMonths)))
      .nullable()
      .default(null),
    /** Where the rates come from, for staff and auditors. */
    source: z.string().trim().min(1).max(500),
    /** An invented table to try things with: never told to a contractor, never filled in for staff. */
    sample: z.boolean(),
  })
  .refine(({ from, until }) => from === null || until === null || from <= until, { path: ["until"] });
export type FeeTable = z.infer<typeof feeTable>;

/** What is wrong with the file, and where (`0.bands.1.rate`; empty for the file as a whole). */
export interface FeeFileFault {
  place: string;
  code: "malformed" | "overlapping";
}
export type ReadFeeTables = { ok: true; tables: FeeTable[] } | { ok: false; faults: FeeFileFault[] };

/** Checks a fee file whole: form, order of its bands, and that no product has two tables on one day. */
export function readFeeTables(json: unknown): ReadFeeTables {
  const parsed = z.array(feeTable).max(TABLES_MAX).safeParse(json);
  if (!parsed.success) {
    const places = new Set(parsed.error.issues.map(({ path }) => path.join(".")));
    return { ok: false, faults: [...places].map((place) => ({ place, code: "malformed" })) };
  }
  const tables = parsed.data;
  const overlapping = tables.flatMap((table, at) =>
    tables.slice(0, at).some((earlier) => overlaps(earlier, table)) ? [String(at)] : [],
  );
  if (overlapping.length === 0) return { ok: true, tables };
  return { ok: false, faults: overlapping.map((place) => ({ place, code: "overlapping" })) };
}

function overlaps(one: FeeTable, other: FeeTable): boolean {
  const begins = (table: FeeTable) => table.from ?? "";
  const ends = (table: FeeTable) => table.until ?? "9999-12-31";
  return (
    one.products.some((kind) => other.products.includes(kind)) &&
    begins(one) <= ends(other) &&
    begins(other) <= ends(one)
  );
}
