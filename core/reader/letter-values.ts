/** How much of an application a letter holds: what tells a filled-in form from a letter that only speaks of one. */
import { type FieldName, isProductField, type Labels } from "./labels.ts";
import type { PairSource } from "./queries.ts";
import type { Row } from "./source.ts";

export const WORKS_FIELDS: Row["field"][] = [
  "ordererName",
  "contractorName",
  "jointVentureName",
  "worksTitle",
  "worksNumber",
  "contractPriceYen",
  "contractDate",
  "period",
  "worksFrom",
  "worksUntil",
  "handlingBranch",
  "completionNotice",
  "completionEmail",
  "directSubmission",
];

/** What a sentence may state in words alone. */
const PROSE_FIELDS: Row["field"][] = [
  "worksTitle",
  "ordererName",
  "contractorName",
  "depositBank",
  "form",
  "redeposit",
  "handlingBranch",
  "completionNotice",
  "completionEmail",
  "directSubmission",
  "paperFeeStatement",
  "feeBillTo",
  "feePayment",
  "jointVentureName",
  "leadMember",
];

/** Different fields of an application that rows give a value to. */
export function valuesIn(sources: PairSource[], labels: Labels): number {
  const rows = sources.filter((s) => !s.isNotice).flatMap((s) => s.rows);
  const filled = rows.filter((row) => {
    if (row.value === "" || labels.tokens.noiseLine.test(row.value)) return false;
    if (row.prose && !/\d/u.test(row.value)) return PROSE_FIELDS.includes(row.field);
    return (
      WORKS_FIELDS.includes(row.field) ||
      isProductField(row.field) ||
      (row.field === "product" && /\d/u.test(row.value))
    );
  });
  return new Set(
    filled.map(
      (row) => `${row.field} ${isProductField(row.field) || row.field === "product" ? row.product : ""}`,
    ),
  ).size;
}

/**
 * What an applicant decides and no orderer quotes, nor any certificate or notice prints: the choices of the
 * application form.
 */
const FORM_ONLY_FIELDS: FieldName[] = [
  "form",
  "redeposit",
  "completionNotice",
  "completionEmail",
  "directSubmission",
  "feePayment",
  "feeBillTo",
  "paperFeeStatement",
];

/** Different choices of the application form that rows state. */
export const formOnlyIn = (rows: Row[], labels: Labels): number =>
  new Set(
    rows
      .filter((row) => !row.prose && row.value !== "" && !labels.tokens.noiseLine.test(row.value))
      .map((row) => row.field)
      .filter((field) => FORM_ONLY_FIELDS.includes(field)),
  ).size;
