import type { Application, Problem } from "../terms.ts";
import { contradictions, missingFields } from "./application.ts";
import type { Labels } from "./labels.ts";

/**
 * Looks at an application again after a correction was merged into it: what is still missing, and what cannot be true
 * together now although each letter by itself was consistent.
 * @param known problems that stay open anyway; nothing is reported twice.
 */
export function recheckApplication(
  application: Application,
  known: readonly Problem[],
  labels: Labels,
): Problem[] {
  const found = [...missingFields(application, [...known], labels), ...contradictions(application, labels)];
  return found.filter(({ field, code }) => !known.some((k) => k.field === field && k.code === code));
}
