/** What the kind of a letter is decided from. */
import { foldWidth } from "../text.ts";
import { askedProducts, productsIn } from "./asked-products.ts";
import { isPassedOn } from "./forwarded.ts";
import type { Clues } from "./kind.ts";
import { type Labels, withoutSlips } from "./labels.ts";
import { formOnlyIn, valuesIn, WORKS_FIELDS } from "./letter-values.ts";
import { type Parts, TITLE_LINES, textOf } from "./parts.ts";
import { proseHints } from "./prose.ts";
import type { QueryGroup } from "./queries.ts";
import type { LetterText, Row } from "./source.ts";

const NO_VALUES: Row["field"][] = ["ignored", "receiptNumber", "guaranteeNumber", "message"];

/** A row as forms have them; a label that a sentence happens to begin with is none. */
const isFormRow = ({ prose, value, field }: Row, { tokens }: Labels): boolean =>
  !prose && value !== "" && !NO_VALUES.includes(field) && !tokens.sentenceLine.test(value);

/** So many rows make the remarks of a form remarks: a question there does not make the letter a question. */
const FORM_ROWS = 5;

function withoutRemarks(text: string, rows: Row[], labels: Labels): string {
  if (rows.filter((row) => isFormRow(row, labels)).length < FORM_ROWS) return text;
  const remarks = rows
    .filter((row) => row.field === "message" && !row.prose)
    .flatMap(({ value }) => value.split("\n"));
  return remarks.filter((remark) => remark !== "").reduce((rest, remark) => rest.replace(remark, ""), text);
}

/** What sentences change without any label: the medium, who submits, who is called, the title as it should be. */
function saidIn(fresh: string, labels: Labels): number {
  if (!labels.kinds.correctionWords.test(fresh)) return 0;
  const { saidForm, forms, directSubmission, contact, worksTitle, requested, bankMoved } = proseHints(
    fresh,
    labels,
  );
  const isCorrected = labels.kinds.corrected.test(fresh);
  return [
    saidForm !== null || forms.length > 0,
    directSubmission !== null,
    contact.length > 0 && isCorrected,
    worksTitle.length > 0 && isCorrected,
    requested.length > 0,
    bankMoved.length > 0,
  ].filter(Boolean).length;
}

const isPast = ({ found }: QueryGroup): boolean => found.length > 0 && found.every(({ pair }) => pair.isPast);

/** Gathers them; understood values are not needed for it, only that there are some. */
export function gatherClues(
  letter: LetterText,
  parts: Parts,
  pairs: QueryGroup[],
  hasReference: boolean,
  labels: Labels,
): Clues {
  const own = [...parts.bodyRows, ...parts.attached.filter((s) => !s.isNotice)];
  const rows = own.flatMap((s) => s.rows);
  const fresh = withoutRemarks(withoutSlips(foldWidth(textOf(parts.body)), labels), rows, labels);
  const sheets = parts.attached.filter((s) => !s.isNotice);
  const heads = sheets.flatMap((s) => [
    s.source.name.replace(/\.[A-Za-z0-9]+$/u, ""),
    ...s.source.lines.slice(0, TITLE_LINES),
  ]);
  const values = valuesIn(own, labels);
  const titles = foldWidth(heads.join("\n")).replace(/\t/gu, " ");
  const subject = withoutSlips(letter.subject, labels);
  const asked = askedProducts(rows, `${subject}\n${titles}\n${fresh}`, labels).kinds;
  // A pair of an earlier job, beside a filled-in form, asks nothing.
  const asking = values >= FORM_ROWS ? pairs.filter((group) => !isPast(group)) : pairs;
  const passedOn = !hasReference && isPassedOn(letter, own, parts.quoted, labels);
  const quotedValues = passedOn ? valuesIn(parts.quotedRows, labels) : 0;
  return {
    letter: { ...letter, subject },
    fresh,
    quoted: foldWidth(textOf(parts.quoted)),
    titles,
    hasReference,
    hasKey: asking.some((pair) => pair.key !== null),
    hasNumber: asking.some((pair) => pair.number !== null) && !asked.includes("interim_advance_payment"),
    values: values + quotedValues + (hasReference ? saidIn(fresh, labels) : 0),
    own: values,
    formOnly: formOnlyIn(rows, labels),
    stated: rows.filter(
      (row) => row.prose && (WORKS_FIELDS.includes(row.field) || row.field === "guaranteedYen"),
    ).length,
    labelled: rows.filter((row) => isFormRow(row, labels)).length,
    hasPair: asking.some((pair) => pair.key !== null && pair.number !== null),
    onlyQuoted: pairs.every((group) => group.found.every(({ from }) => from.source.origin === "quoted")),
    hasProduct:
      asked.length > 0 ||
      // A form asks for a guarantee, also where the choice of which was left open.
      rows.some((row) => row.field === "productName" && !row.prose) ||
      (passedOn &&
        askedProducts(
          parts.quotedRows.flatMap((s) => s.rows),
          "",
          labels,
        ).kinds.length > 0) ||
      productsIn(subject, labels).length > 0,
  };
}
