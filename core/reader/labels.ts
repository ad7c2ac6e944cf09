/**
 * The words the reader looks for, as data: their schema, and the dictionary built from them once.
 * The words themselves are in `templates/ja/labels.json`, the sentences in `templates/ja/problems.json`.
 */
import { z } from "zod";
import { GUARANTEE_KINDS, type GuaranteeKind } from "../terms.ts";
import { foldWidth } from "../text.ts";
import { kinds } from "./kind-schemas.ts";
import { pattern, patterns, prose, tokens, wish, words } from "./label-schemas.ts";

const FIELD_NAMES = [
  "ordererName",
  "contractorName",
  /** "The other party": whoever the value turns out to be. */
  "counterparty",
  "jointVentureName",
  "leadMember",
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
  "email",
  "directSubmission",
  "department",
  "title",
  "name",
  "phone",
  "weakPhone",
  "message",
  "productName",
  "guaranteeNumber",
  "authKey",
  "asOf",
  "guarantor",
  "receiptNumber",
  "bareAmount",
  /** What was bid or knocked down: the price of the works where nothing else is. */
  "bidPrice",
  /** The fee: how it is paid, if its value says that. */
  "fee",
  /** "Use of the electronic guarantee": yes or no. */
  "electronicUse",
  /** A branch on a row of its own below its bank. */
  "branchName",
  /** Whom to call at the orderer's: nobody of the contractor. */
  "othersContact",
  "ratio",
  "ignored",
] as const;
const PRODUCT_FIELD_NAMES = [
  "guaranteedYen",
  "form",
  "fiscalYearYen",
  "depositBank",
  "redeposit",
  "feePayment",
  "feeBillTo",
  "paperFeeStatement",
  "advanceGuaranteeNumber",
] as const;
export type FieldName = (typeof FIELD_NAMES)[number] | (typeof PRODUCT_FIELD_NAMES)[number] | "product";
export const isProductField = (field: FieldName): boolean =>
  (PRODUCT_FIELD_NAMES as readonly string[]).includes(field);

const problems = z
  .object({
    names: z.record(z.string(), z.string()),
    products: z.record(z.enum(GUARANTEE_KINDS), z.string()),
    needs: z.record(z.string(), z.string()),
  })
  .catchall(z.union([z.string(), z.record(z.string(), z.string())]));

/** Dashes that hands put where a long vowel belongs. */
const LONG_VOWEL = /[-\u2010-\u2015\u2212]/gu;

/** The text with common misspellings of the desk's own words put right; every character keeps its place. */
export function withoutSlips(text: string, labels: Pick<Labels, "slips">): string {
  let corrected = text;
  for (const [slip, meant] of Object.entries(labels.slips)) corrected = corrected.replaceAll(slip, meant);
  return corrected;
}

/** A label without spaces, widths, case and the commonest slips; as many characters as were written. */
export const compactLabel = (text: string): string =>
  foldWidth(text).replace(/\s+/gu, "").replace(LONG_VOWEL, "\u30FC").toUpperCase();

/** Characters of a letter in their compact form: a few thousand different ones at most. */
const compacted = new Map<string, string>();
const COMPACTED_MAX = 20_000;

/** The compact form of one character. */
export function compactCharacter(c: string): string {
  const known = compacted.get(c);
  if (known !== undefined) return known;
  const compact = compactLabel(c);
  if (compacted.size < COMPACTED_MAX) compacted.set(c, compact);
  return compact;
}

const wordsSchema = z.object({
  fields: z.record(z.enum(FIELD_NAMES), words),
  /** Labels that are common words too: they count only before a separator or as a cell of their own. */
  weak: words.transform((list) => new Set(list.map(compactLabel))),
  products: z.record(z.enum(GUARANTEE_KINDS), words),
  /** Short names in front of labels that begin with the word for guarantee. */
  productStems: z.record(z.enum(GUARANTEE_KINDS), words),
  productLabelOnly: words,
  productHeaderTail: pattern,
  possessive: z.string(),
  productFields: z.record(z.enum(PRODUCT_FIELD_NAMES), words),
  qualifiers: z.object({ taxExcluded: pattern, from: pattern, until: pattern, noise: pattern }),
  /** Common misspellings and what is meant, of equal length: only labels and turns of phrase are read with them. */
  slips: z.record(z.string(), z.string()),
  tokens,
  choices: z.object({
    form: z.object({ electronic: words, paper: words }),
    redeposit: wish,
    wish,
    product: wish,
  }),
  prose,
  /** Names known by what they look like. */
  shapes: z.object({
    orderer: pattern,
    contractor: pattern,
    venture: pattern,
    bank: pattern,
    otherAccount: pattern,
    electronic: pattern,
    paper: pattern,
    mediumDenied: pattern,
    doubt: pattern,
    fillers: pattern,
    sameBank: pattern,
  }),
  jointVenture: pattern,
  leadSplit: pattern,
  companyMark: pattern,
  legalForm: pattern,
  personTail: pattern,
  officeHolder: pattern,
  blankValue: pattern,
  nothing: pattern,
  answers: z.object({ yes: z.string(), no: z.string(), redeposit: z.string() }),
  mentions: z.object({
    quoteStart: patterns,
    forwardStart: patterns,
    replySubject: pattern,
    besideBelow: pattern,
    signatureStart: patterns,
    signatureLine: pattern,
    contentWords: pattern,
  }),
  kinds,
  notice: z.object({
    title: pattern,
    issued: pattern,
    inBrackets: pattern,
    sentence: pattern,
    company: pattern,
    guarantor: pattern,
  }),
  queryBlock: pattern,
  asOf: pattern,
  reference: pattern,
  headSuffix: z.string(),
  problems,
});

/** What a label in a letter stands for; `product` when the label itself names one. */
export interface LabelTarget {
  /** The word names the payment, not its guarantee: orderers' papers speak of it too. */
  payment?: true;
  field: FieldName;
  product: GuaranteeKind | null;
}

/** Words and the dictionary from compact label (folded, no spaces, upper case) to its meaning. */
export type Labels = z.output<typeof wordsSchema> & {
  dictionary: Map<string, LabelTarget>;
  longestLabel: number;
  /** First characters of all labels: elsewhere none can start. */
  firstCharacters: Set<string>;
};

function buildDictionary(data: z.output<typeof wordsSchema>): Map<string, LabelTarget> {
  const dictionary = new Map<string, LabelTarget>();
  const add = (label: string, field: FieldName, product: GuaranteeKind | null, isPayment = false) => {
    const key = compactLabel(label);
    const target: LabelTarget = { field, product, ...(isPayment ? { payment: true } : {}) };
    if (!dictionary.has(key)) dictionary.set(key, target);
  };
  for (const field of FIELD_NAMES)
    for (const label of data.fields[field]) if (field !== "ignored") add(label, field, null);
  for (const label of data.productFields.advanceGuaranteeNumber) add(label, "advanceGuaranteeNumber", null);
  for (const field of PRODUCT_FIELD_NAMES) {
    for (const label of data.productFields[field]) {
      add(label, field, null);
      for (const kind of GUARANTEE_KINDS) {
        for (const stem of data.productStems[kind])
          if (label.startsWith(data.productFields.guaranteedYen[0]?.slice(0, 2) ?? ""))
            add(stem + label, field, kind);
        for (const product of data.products[kind]) {
          add(product + label, field, kind);
          add(`${product}${data.possessive}${label}`, field, kind);
          add(`${label}(${product})`, field, kind);
        }
      }
    }
  }
  for (const kind of GUARANTEE_KINDS)
    for (const label of data.products[kind])
      add(label, "product", kind, data.productLabelOnly.includes(label));
  for (const label of data.fields.ignored) add(label, "ignored", null);
  return dictionary;
}

/** The schema of the two template files together; parsing it yields ready `Labels`. */
export const labelsSchema = wordsSchema.transform((data): Labels => {
  const dictionary = buildDictionary(data);
  return {
    ...data,
    dictionary,
    longestLabel: Math.max(...[...dictionary.keys()].map((key) => key.length)),
    firstCharacters: new Set([...dictionary.keys()].map((key) => key[0] ?? "")),
  };
});
