/** Candidates for a value, and how they become one value or a problem. */
import type { Problem, ProblemCode } from "../terms.ts";
import { foldForComparison, squeeze } from "../text.ts";
import { noteEvidence, type Report } from "./evidence.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";

export type Finding<T> =
  /** `row`: where it was read; absent for what running text suggests. */
  | { ok: true; value: T; read: string; row?: Row }
  /** `sentence` names a sentence of problems.json that says more than the code. */
  | { ok: false; code: ProblemCode; read: string; sentence?: string };

/** Longest piece of a letter repeated in a problem. */
const QUOTE_LENGTH = 60;

export interface ProblemDetail {
  read?: string;
  need?: string;
  sentence?: string;
}

/** What a problem of this field asks for: each field has its own example, a product is asked for or not. */
function needOf(
  path: readonly string[],
  isProduct: boolean,
  fallback: string,
  needs: Record<string, string>,
) {
  const own = isProduct && path.length === 2 ? "product" : (path.at(-1) ?? "");
  return needs[own] ?? needs[fallback] ?? needs.text ?? "";
}

/** One problem with its Japanese sentence. `need` is a key of `needs` in problems.json, for a field without its own. */
export function makeProblem(
  labels: Labels,
  field: string,
  code: ProblemCode,
  detail: ProblemDetail = {},
): Problem {
  const path = field.split(".");
  const { names, products, needs } = labels.problems;
  const product =
    path[0] === "guarantees" ? Object.entries(products).find(([kind]) => kind === path[1])?.[1] : undefined;
  const name = names[path.at(-1) ?? ""] ?? names.application ?? "";
  const read = squeeze(detail.read ?? "").slice(0, QUOTE_LENGTH);
  const fallback = code === "unreadable" && read === "" ? "unreadableBlank" : code;
  const template = labels.problems[detail.sentence ?? fallback] ?? labels.problems[fallback];
  const text = String(template)
    .replaceAll("{label}", () =>
      product && path.length > 2 ? `${product}${labels.possessive}${name}` : (product ?? name),
    )
    .replaceAll("{read}", () => read)
    .replaceAll("{need}", () => needOf(path, product !== undefined, detail.need ?? "text", needs));
  return { field, code, text };
}

/**
 * One value out of several findings: equal values are one, different ones are `ambiguous`; findings without a value
 * count only where there is no value at all. `same` gives the form in which two values are compared.
 */
export function resolve<T>(
  findings: Finding<T>[],
  field: string,
  need: string,
  same: (value: T) => string,
  labels: Labels,
  report: Report,
): T | null {
  const { problems } = report;
  const values = findings.filter((f) => f.ok);
  const distinct = new Map(values.map((f) => [same(f.value), f]));
  if (distinct.size > 1) {
    const read = [...distinct.values()].map((f) => squeeze(f.read)).join(" / ");
    problems.push(makeProblem(labels, field, "ambiguous", { read, need }));
    return null;
  }
  const [first] = values;
  if (first) {
    noteEvidence(field, first, String(first.value), report);
    return first.value;
  }
  const failed = findings.find((f) => !f.ok);
  if (failed && !failed.ok) {
    const sentence = failed.sentence ?? (failed.code === "ambiguous" ? "ambiguousOne" : undefined);
    problems.push(
      makeProblem(labels, field, failed.code, { read: failed.read, need, ...(sentence ? { sentence } : {}) }),
    );
  }
  return null;
}

/** Names compare without regard to spaces, widths and variant characters. */
export const resolveText = (
  findings: Finding<string>[],
  field: string,
  labels: Labels,
  report: Report,
): string | null => resolve(findings, field, "text", foldForComparison, labels, report);

export const rowsOf = (rows: Row[], field: Row["field"]): Row[] => rows.filter((row) => row.field === field);
