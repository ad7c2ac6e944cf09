/** Recognises authentication key notices, and the guarantor that one names. */
import { foldText, foldWidth } from "../text.ts";
import { matchLabel } from "./label-match.ts";
import type { Labels } from "./labels.ts";
import type { PairSource } from "./queries.ts";
import type { Source } from "./source.ts";

/** A guarantor's mail that the guarantee was issued names number and key within so many lines of its title. */
const ISSUED_MAIL_LINES = 40;

/**
 * Line of a notice's title, or -1. A sentence that mentions the notice is no title. The title of the mail that brings
 * number and key counts as one where both stand below it: an applicant's form has the same words as a label.
 */
export function noticeTitleLine(source: Source, labels: Labels): number {
  return source.lines.findIndex((line, at) => {
    const text = foldWidth(line).replace(/[「」『』"“”\s]/gu, "");
    const match = matchLabel(foldWidth(line), 0, labels);
    const isAsked = match?.target.field === "completionNotice";
    if (isAsked || labels.notice.issued.test(text))
      return bringsPair(source.lines.slice(at, at + ISSUED_MAIL_LINES), labels);
    return (
      labels.notice.title.test(text) && !labels.notice.sentence.test(text.replace(labels.notice.title, ""))
    );
  });
}

const bringsPair = (lines: string[], labels: Labels): boolean => pairEnd(lines, labels) >= 0;

/** The line by which both a number and a key were named by their labels, or -1. */
export function pairEnd(lines: string[], labels: Labels): number {
  const fields = lines.map((line) => matchLabel(foldWidth(line), 0, labels)?.target.field);
  const [key, number] = [fields.indexOf("authKey"), fields.indexOf("guaranteeNumber")];
  return key < 0 || number < 0 ? -1 : Math.max(key, number);
}

/** The guarantor a notice names: in its machine-readable part, beside a label, or as a company's name on a line of its own. */
export function noticeGuarantor(sources: PairSource[], labels: Labels): string | null {
  for (const { notice, isNotice, source, rows } of sources) {
    if (notice?.guarantor) return foldText(notice.guarantor);
    if (!isNotice) continue;
    const labelled = rows.find((row) => row.field === "guarantor" && row.value !== "");
    if (labelled) return foldText(labelled.value);
    const values = new Set(
      rows.filter((row) => row.field === "contractorName").map((row) => foldText(row.value)),
    );
    const companies = companiesIn(source.lines, labels).filter((name) => !values.has(name));
    const start = Math.max(0, noticeTitleLine(source, labels));
    const below = companiesIn(source.lines.slice(start), labels).filter((name) => !values.has(name));
    const told = companies.find((name) => labels.notice.guarantor.test(name)) ?? below.at(-1);
    if (told) return told;
  }
  return null;
}

/** Companies that stand on a line of their own, perhaps with their branch; the branch is left off. */
function companiesIn(lines: string[], labels: Labels): string[] {
  return lines.flatMap((line) => {
    const text = foldText(line).replace(labels.tokens.copula, "");
    const name = labels.notice.company.exec(text)?.[1] ?? labels.notice.inBrackets.exec(text)?.[1];
    return name && matchLabel(foldWidth(line), 0, labels) === null ? [name] : [];
  });
}
