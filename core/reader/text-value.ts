/** One row's value as a text: names, titles, banks. What stands around the value is taken off, what it says is kept. */
import { foldText } from "../text.ts";
import { tickedText } from "./choice.ts";
import type { Finding } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { Row } from "./source.ts";

/** Longest name or title; more is a paragraph that a label happened to precede. */
const TEXT_LENGTH = 200;
const LOST_CHARACTER = "\uFFFD";
/** A bracket that the end of the clause cut off. */
const UNCLOSED = /\s*\([^()]*$/u;
/** What a sentence remarks on a party behind its name. */
const REMARK = /\s*\([^()]*\)$/u;
/** A title in quotation marks among other words. */
const WITH_QUOTES = /[\u300C\u300E]([^\u300C-\u300F]{3,})[\u300D\u300F]/u;
const PARTY_FIELDS: Row["field"][] = ["ordererName", "contractorName"];
/** What may be said for several products at once, or as it was the last time. */
const SHARED_FIELDS: Row["field"][] = ["depositBank", "feePayment", "feeBillTo", "handlingBranch"];
/** Names of which there is one: two of them, or none yet, are no value. */
const NAMED_FIELDS: Row["field"][] = [
  ...PARTY_FIELDS,
  "jointVentureName",
  "leadMember",
  "worksTitle",
  "depositBank",
  "handlingBranch",
];

/** The text of a row, or why it is none. An empty value yields no finding at all. */
export function textFinding(row: Row, labels: Labels): Finding<string>[] {
  const refuse = (code: "ambiguous" | "unreadable", read = row.value): Finding<string>[] => [
    { ok: false, code, read },
  ];
  if (row.doubtful) return refuse("ambiguous");
  const ticked = tickedText(row.value, labels);
  if (ticked === null) return refuse("ambiguous");
  const value = bareOf(presentOf(ticked, row, labels), row, labels);
  if (value === "" || labels.blankValue.test(value))
    return isEmptied(row, value, labels) ? refuse("unreadable") : [];
  if (isUnsettled(value, row, labels)) return refuse("unreadable");
  if (row.field === "depositBank" && labels.shapes.sameBank.test(value)) return refuse("unreadable", value);
  if (isEither(value, row, labels)) return refuse("ambiguous", value);
  // A character that its charset lost: nobody knows which it was.
  if (value.includes(LOST_CHARACTER) || value.length > TEXT_LENGTH) return refuse("unreadable", value);
  return [{ ok: true, value, read: value, row }];
}

/** The part of a value that holds now: behind "not X but Y", an arrow, "was X, is Y now". */
function presentOf(value: string, row: Row, { tokens }: Labels): string {
  let present = tokens.replacedBy.test(value) ? value.replace(tokens.replacedBy, "") : value;
  present = present.replace(tokens.arrow, "").replace(tokens.thisTime, "");
  if (tokens.notBut.test(present)) present = present.replace(tokens.notBut, "").replace(tokens.asTail, "");
  if (!row.prose) return present;
  return present.replace(tokens.formerly, "").replace(tokens.changedFrom, "").split(tokens.proseEnd)[0] ?? "";
}

/** The value without remarks, particles and quotation marks. */
function bareOf(present: string, row: Row, labels: Labels): string {
  const { tokens } = labels;
  const { field } = row;
  let value = foldText(
    present.replace(tokens.trailingNoise, "").replace(tokens.valueStop, "").replace(tokens.noteBehind, ""),
  );
  if (row.prose && PARTY_FIELDS.includes(field) && !tokens.ownWords.test(value))
    value = value.replace(REMARK, "");
  if (row.prose) value = value.replace(UNCLOSED, "").replace(tokens.nameParticle, "");
  if (field === "feePayment") value = value.replace(tokens.payTail, "");
  if (field === "name") value = value.replace(tokens.hours, "");
  if (field === "worksTitle") value = value.replace(tokens.orderedBy, "");
  if (field === "worksTitle" && row.prose) value = WITH_QUOTES.exec(value)?.[1] ?? value;
  if ([...SHARED_FIELDS, ...PARTY_FIELDS].includes(field)) value = value.replace(tokens.allPrefix, "");
  if (row.prose && SHARED_FIELDS.includes(field))
    value = value.replace(tokens.sameAs, "").replace(labels.shapes.fillers, "");
  const quoted =
    tokens.quotedWhole.exec(value)?.[1] ?? (row.prose ? tokens.quotedFirst.exec(value)?.[1] : undefined);
  return quoted ? foldText(quoted) : value;
}

/** Something was written, and nothing is left of it that could be a value. */
const isEmptied = (row: Row, value: string, labels: Labels): boolean =>
  value === "" && NAMED_FIELDS.includes(row.field) && labels.tokens.ownWords.test(foldText(row.value));

/** "The same as last time", "not decided yet", "see the enclosure": a pointer elsewhere; a bank is a bank. */
function isUnsettled(value: string, { field }: Row, { tokens }: Labels): boolean {
  if (!NAMED_FIELDS.includes(field)) return false;
  if (PARTY_FIELDS.includes(field) && (tokens.ownOnly.test(value) || tokens.address.test(value))) return true;
  return tokens.pointer.test(value) || (field === "depositBank" && !tokens.bank.test(value));
}

/** "A or B", and two companies where one is asked for. */
function isEither(value: string, { field }: Row, { tokens, legalForm, jointVenture }: Labels): boolean {
  if (NAMED_FIELDS.includes(field) && tokens.either.test(value)) return true;
  if (field !== "contractorName" || jointVenture.test(value)) return false;
  const forms = value.match(new RegExp(legalForm.source, "gu"))?.length ?? 0;
  return forms > 1 && tokens.listed.test(value);
}
