import { isDay } from "../dates.ts";
import type { Refusal } from "../refusals.ts";
import type { Day } from "../terms.ts";
import type { CertificateContent } from "./guarantee.ts";

/** Members of a certificate's content in the order in which they are printed and compared. */
export const CONTENT_FIELDS = [
  "kind",
  "medium",
  "ordererName",
  "contractorName",
  "contractorAddress",
  "contractorRepresentative",
  "jointVentureName",
  "worksTitle",
  "worksNumber",
  "contractPriceYen",
  "fiscalYearYen",
  "guaranteedYen",
  "contractDate",
  "worksFrom",
  "worksUntil",
  "guaranteeUntil",
  "depositBank",
  "handlingBranch",
] as const satisfies readonly (keyof CertificateContent)[];

/** Printed lines have a bound; longer ones are a pasted mistake. */
export const PRINTED_LINE_MAX = 200;

/** One member that two contents have differently. */
export interface Difference {
  field: (typeof CONTENT_FIELDS)[number];
  before: string | number | null;
  after: string | number | null;
}

/** What differs, in the order of the certificate; empty when both print the same. */
export function differences(before: CertificateContent, after: CertificateContent): Difference[] {
  return CONTENT_FIELDS.flatMap((field) =>
    before[field] === after[field] ? [] : [{ field, before: before[field], after: after[field] }],
  );
}

/**
 * The last wall before two people sign: what cannot stand together on one certificate, whoever entered it.
 * @param today a certificate whose 保証期限 has passed promises nothing.
 */
export function impossibleContent(content: CertificateContent, today: Day): Refusal | null {
  const { kind, guaranteedYen, contractPriceYen, fiscalYearYen, worksFrom, worksUntil, guaranteeUntil } =
    content;
  const contradict: Refusal = { code: "figures_contradict", detail: { kind } };
  // What is no day could be stored, and never be read again.
  if (![worksFrom, worksUntil, guaranteeUntil, content.contractDate].every(isDay)) return contradict;
  if (guaranteedYen < 1 || guaranteedYen > contractPriceYen || worksUntil < worksFrom) return contradict;
  if (fiscalYearYen !== null && (fiscalYearYen > contractPriceYen || guaranteedYen > fiscalYearYen))
    return contradict;
  if (guaranteeUntil < today) return { code: "already_ended", detail: { kind } };
  // 保証期限 covers the works to their end (certificate: 保証期限 is at least the end of 工期).
  if (guaranteeUntil < worksUntil)
    return { code: "guarantee_until_before_works_end", detail: { kind, worksUntil } };
  return null;
}
