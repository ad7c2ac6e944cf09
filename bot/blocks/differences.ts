import { CONTENT_FIELDS, type Difference, differences } from "../../core/guarantee/content.ts";
import type { CertificateContent } from "../../core/guarantee/guarantee.ts";
import { formatYen } from "../../core/money.ts";
import type { Say } from "../words.ts";
import { dayText } from "./facts.ts";

/** What two contents of a certificate say differently, for people. */

const DAYS: readonly Difference["field"][] = ["contractDate", "worksFrom", "worksUntil", "guaranteeUntil"];

/** One value of a certificate as people read it. */
function valueText(field: Difference["field"], value: string | number | null, say: Say): string {
  if (value === null || value === "") return say("modal.empty");
  if (typeof value === "number") return formatYen(value);
  if (field === "kind") return say(`product.${value}`);
  if (field === "medium") return say(`medium.${value}`);
  return DAYS.includes(field) ? dayText(value, say) : value;
}

/** One line each, in the order of the certificate; a sentence when there is no difference. */
export function differenceLines(before: CertificateContent, after: CertificateContent, say: Say): string {
  const lines = differences(before, after).map(({ field, before: was, after: is }) =>
    say("modal.difference", {
      field: say(`field.${field}`),
      before: valueText(field, was, say),
      after: valueText(field, is, say),
    }),
  );
  return lines.length === 0 ? say("modal.noDifference") : lines.join("\n");
}

/** The members that these contents do not all have alike, in words; empty when they agree. */
export function unlikeFields(
  contents: readonly CertificateContent[],
  among: readonly (typeof CONTENT_FIELDS)[number][],
  say: Say,
): string {
  const [first] = contents;
  if (first === undefined) return "";
  return CONTENT_FIELDS.filter((field) => among.includes(field))
    .filter((field) => contents.some((one) => one[field] !== first[field]))
    .map((field) => say(`field.${field}`))
    .join(say("list.comma"));
}
