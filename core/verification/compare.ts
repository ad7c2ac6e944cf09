import type { CertificateContent } from "../guarantee/guarantee.ts";
import type { QuotedFigures } from "../terms.ts";
import { foldForComparison } from "../text.ts";
import type { Comparison, Match } from "./answer.ts";

const FIELDS = [
  "worksTitle",
  "contractorName",
  "contractPriceYen",
  "guaranteedYen",
  "worksFrom",
  "worksUntil",
  "contractDate",
] as const satisfies readonly (keyof QuotedFigures)[];

/**
 * Compares the figures an orderer quotes with the certificate. A price that differs alone is no ×: a change of the
 * price alone needs no amended certificate (certificate note 2).
 */
export function compareFigures(figures: QuotedFigures, content: CertificateContent): Comparison[] {
  const compared = FIELDS.flatMap((field): Comparison[] => {
    const quoted = figures[field];
    if (quoted === null) return [];
    const ours = content[field];
    return [{ field, quoted, ours, match: matchOf(quoted, ours) }];
  });
  const onlyPriceDiffers = compared.every((c) => c.match !== "different" || c.field === "contractPriceYen");
  if (!onlyPriceDiffers) return compared;
  return compared.map((c) =>
    c.match === "different" ? { ...c, match: "price_changed_no_amendment_needed" } : c,
  );
}

function matchOf(quoted: string | number, ours: string | number | null): Match {
  if (ours === null) return "not_ours_to_say";
  if (quoted === ours) return "same";
  if (
    typeof quoted === "string" &&
    typeof ours === "string" &&
    foldForComparison(quoted) === foldForComparison(ours)
  )
    return "written_differently";
  return "different";
}
