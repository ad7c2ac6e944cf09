/**
 * The fields of the blank form, from `templates/ja/form.json`. A label is printed only if the reader reads it as exactly
 * the field and product it stands for, and every field of an application has its place: checked when it is loaded.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { matchLabel } from "../../core/reader/label-match.ts";
import { compactLabel, type Labels, type LabelTarget } from "../../core/reader/labels.ts";
import { GUARANTEE_KINDS, type GuaranteeKind } from "../../core/terms.ts";
import { foldWidth } from "../../core/text.ts";
import { loadLabels } from "../reading.ts";

/** Excel takes no more in a list or a message typed into a cell's rule (ECMA-376 part 1, §18.3.1.32). */
const RULE_CHARS = 255;
/** Columns of small type that fit below a label: beyond them a hint is cut. Kanji and kana take two. */
const HINT_COLUMNS = 56;
/** Lines of one answer that still leave the form on two pages. */
const MOST_LINES = 6;

const words = z.string().min(1);
const entrySchema = z.strictObject({
  /** Path of the field in the application (contract section 3). */
  field: words,
  /** One of the reader's labels for it; without one, the reader's first. */
  label: words.optional(),
  /** Printed in brackets behind the label. */
  note: words.optional(),
  kind: z.enum(["text", "yen", "day", "choice"]),
  required: z.boolean().default(false),
  options: z
    .array(words.regex(/^[^,"]*$/))
    .refine((options) => options.join().length <= RULE_CHARS - 2)
    .default([]),
  /** Answers beside the options are taken too. */
  otherAllowed: z.boolean().default(false),
  /** Height of the answer, in lines. */
  lines: z.int().min(1).max(MOST_LINES).default(1),
  /** Printed below the label of the workbook, in brackets. */
  hint: words.nullable(),
});
const formSchema = z.strictObject({
  files: z.strictObject({ workbook: words, text: words }),
  sheet: words,
  title: words,
  typeface: words,
  required: words,
  /** In front of the labels of the workbook: signs the reader takes for decoration. */
  marks: z.strictObject({ required: words, optional: words }),
  yen: words,
  /** Behind options that are only examples. */
  others: words,
  /** At the foot of each page: in brackets, or a printout would add it to the last answer. */
  page: z.string().regex(/^〈.*〉$/),
  guide: z.strictObject({ workbook: z.array(words), text: z.array(words) }),
  /** Shown by the spreadsheet when an answer is none of the options. */
  wrongOption: words.max(RULE_CHARS),
  sections: z.array(
    z.strictObject({
      /** Words, or the product whose section it is: its own line is the wish for it. */
      heading: z.union([words, entrySchema]),
      remark: words.optional(),
      newPage: z.boolean().default(false),
      entries: z.array(entrySchema),
    }),
  ),
});

type FormData = z.output<typeof formSchema>;
/** A line to fill in: `label` is printed and read back, `below` are options and hint as printed, `""` when none. */
export type Entry = z.output<typeof entrySchema> & { label: string; offered: string; below: string };
export type Section = Omit<FormData["sections"][number], "heading" | "entries"> & {
  heading: string | Entry;
  entries: Entry[];
};
export type Form = Omit<FormData, "sections"> & { sections: Section[] };
/** Answers by the path of their field; a form without answers is blank. */
export type Answers = ReadonlyMap<string, string | number | Date>;

const WORKS =
  "ordererName contractorName jointVentureName worksTitle worksNumber contractPriceYen contractDate";
const COMMON =
  "worksFrom worksUntil handlingBranch completionNotice completionEmail directSubmission message";
const CONTACT = ["department", "title", "name", "phone"] as const;
const PRODUCT = ["form", "guaranteedYen", "feePayment", "feeBillTo", "paperFeeStatement"] as const;
const DEPOSIT = ["fiscalYearYen", "depositBank", "redeposit"] as const;

/** Every field of an application that a letter can fill, by path, with what the reader calls it. */
function applicationFields(): Map<string, LabelTarget> {
  const fields = new Map<string, LabelTarget>();
  const add = (path: string, field: string, product: GuaranteeKind | null = null) =>
    fields.set(path, { field: field as LabelTarget["field"], product });
  for (const field of `${WORKS} ${COMMON}`.split(" ")) add(field, field);
  for (const field of CONTACT) add(`contact.${field}`, field);
  for (const kind of GUARANTEE_KINDS) {
    add(`guarantees.${kind}`, "product", kind);
    for (const field of PRODUCT) add(`guarantees.${kind}.${field}`, field, kind);
    if (kind !== "performance") for (const field of DEPOSIT) add(`guarantees.${kind}.${field}`, field, kind);
  }
  // Its label names the advance payment guarantee it follows: the reader gives it to the interim one, no other has it.
  add("guarantees.interim_advance_payment.advanceGuaranteeNumber", "advanceGuaranteeNumber");
  return fields;
}

/** The reader's first label of a field; of a product's field, with the product in front. */
function firstLabel({ field, product }: LabelTarget, labels: Labels): string {
  const named = product === null ? "" : (labels.products[product][0] ?? "");
  if (field === "product") return named;
  const own = { ...labels.fields, ...labels.productFields }[field][0] ?? "";
  return product === null ? own : `${named}${labels.possessive}${own}`;
}

/** Does the reader take the printed label, to its last character, for this field of this product? */
function meansField(printed: string, target: LabelTarget, labels: Labels): boolean {
  const text = foldWidth(printed);
  const match = matchLabel(text, 0, labels);
  return (
    match?.target.field === target.field &&
    match.target.product === target.product &&
    match.start === 0 &&
    match.end === text.length
  );
}

function choiceWords({ field }: LabelTarget, labels: Labels): string[] | null {
  const { form, redeposit, wish, product } = labels.choices;
  if (field === "form") return [...form.electronic, ...form.paper];
  if (field === "feePayment") return null;
  const choice = field === "redeposit" ? redeposit : field === "product" ? product : wish;
  return [...choice.true, ...choice.false];
}

const columnsOf = (text: string): number => [...text].reduce((sum, c) => sum + (/[ -~]/.test(c) ? 1 : 2), 0);

function derive(
  given: z.output<typeof entrySchema>,
  target: LabelTarget | undefined,
  labels: Labels,
  others: string,
): Entry {
  const where = `templates/ja/form.json, ${given.field}`;
  if (target === undefined) throw new Error(`${where}: no such field, or it stands there twice`);
  const own = given.label ?? firstLabel(target, labels);
  const label = given.note === undefined ? own : `${own}（${given.note}）`;
  if (!meansField(label, target, labels))
    throw new Error(`${where}: the reader does not take "${label}" for it`);
  const known = given.options.length === 0 ? null : choiceWords(target, labels)?.map(compactLabel);
  const unknown = known ? given.options.find((option) => !known.includes(compactLabel(option))) : undefined;
  if (unknown !== undefined) throw new Error(`${where}: the reader does not know the option "${unknown}"`);
  const more = given.otherAllowed ? [others] : [];
  const offered = [given.options.join(" ／ "), ...more].join(" ");
  const below = [offered, given.hint ?? ""].filter((part) => part !== "").join("　");
  if (columnsOf(below) > HINT_COLUMNS) throw new Error(`${where}: no room below the label for "${below}"`);
  return { ...given, label, offered, below };
}

/** The form of these words, or an error that names the line in which the form and the reader disagree. */
export function parseForm(json: unknown, labels: Labels): Form {
  const data = formSchema.parse(json);
  const open = applicationFields();
  const entry = (given: z.output<typeof entrySchema>): Entry => {
    const derived = derive(given, open.get(given.field), labels, data.others);
    open.delete(given.field);
    return derived;
  };
  const sections = data.sections.map(
    (section): Section => ({
      ...section,
      heading: typeof section.heading === "string" ? section.heading : entry(section.heading),
      entries: section.entries.map(entry),
    }),
  );
  if (open.size > 0)
    throw new Error(`templates/ja/form.json has no place for ${[...open.keys()].join(", ")}`);
  return { ...data, sections };
}

/** The form as shipped. Throws (a bug of ours) when its words and the reader's disagree. */
export function loadForm(): Form {
  const json: unknown = JSON.parse(readFileSync(new URL("../ja/form.json", import.meta.url), "utf8"));
  return parseForm(json, loadLabels());
}
