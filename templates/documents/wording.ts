/** The words of the documents, from `templates/ja/documents.json`, checked when they are loaded. */
import { z } from "zod";
import json from "../ja/documents.json" with { type: "json" };

const PLACEHOLDER = /\{(\w+)\}/g;
const words = z
  .string()
  .min(1)
  .refine((text) => !PLACEHOLDER.test(text), "takes no {placeholder}");

/** A text that must name each of these placeholders, and no other. */
function template<const Name extends string>(...names: Name[]) {
  return z
    .string()
    .refine(
      (text) => {
        const used = new Set(Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name));
        return used.size === names.length && names.every((name) => used.has(name));
      },
      `must name ${names.map((name) => `{${name}}`).join(", ")} and nothing else`,
    )
    .transform(
      (text) => (values: Record<Name, string>) =>
        text.replace(PLACEHOLDER, (_whole, name: Name) => values[name]),
    );
}

const perProduct = z.strictObject({
  advance_payment: words,
  interim_advance_payment: words,
  performance: words,
});

/** File names of the public contract; changing them breaks who looks for them. */
const files = z.strictObject({
  notice: template("number"),
  certificate: template("number"),
  amended: template("number", "serial"),
});

const notice = z.strictObject({
  title: words,
  salutation: template("name"),
  greeting: words,
  steps: z.tuple([words, template("purpose"), words]),
  purpose: perProduct,
  heading: words,
  labels: z.strictObject({
    worksTitle: words,
    ordererName: words,
    contractorName: words,
    jointVentureName: words,
    product: words,
    number: words,
    key: words,
  }),
  end: words,
  orderer: z.strictObject({ heading: words, text: words, address: words, link: words }),
  footer: template("guarantor"),
  query: z.strictObject({ subject: words, body: z.tuple([template("number"), template("key")]) }),
});

const certificate = z.strictObject({
  title: template("product"),
  amended: template("serial"),
  issuedOn: words,
  labels: z.strictObject({
    number: words,
    contractor: words,
    address: words,
    jointVentureName: words,
    representative: words,
    ordererName: words,
    guaranteedYen: words,
    guaranteeUntil: words,
    worksTitle: words,
    worksNumber: words,
    contractPriceYen: words,
    fiscalYearYen: words,
    period: words,
    contractDate: words,
    depositBank: words,
  }),
  amount: template("yen"),
  period: template("from", "until"),
  declaration: template("product", "terms"),
  terms: perProduct,
  handlingBranch: words,
  notes: z.tuple([words, words]),
});

/** The shape of `documents.json`; the test for a clerk's mistakes parses with it, too. */
export const documentWording = z.strictObject({ files, products: perProduct, notice, certificate });

export const wording = documentWording.parse(json);
