/** What running text says without a label: who writes, who ordered, which works, electronic or paper. */

import type { GuaranteeKind, Medium } from "../terms.ts";
import { foldWidth, squeeze } from "../text.ts";
import { productsIn } from "./asked-products.ts";
import { readChoice } from "./choice.ts";
import type { Labels } from "./labels.ts";

export interface ProseHints {
  contractorName: string[];
  ordererName: string[];
  worksTitle: string[];
  form: Medium | null;
  /** The products that `form` is said of; empty for all. */
  formKinds: GuaranteeKind[];
  directSubmission: boolean | null;
  /** Prices and days as written: "for … yen", "signed on …". */
  contractPriceYen: string[];
  contractDate: string[];
}

const all = (pattern: RegExp, text: string): RegExpMatchArray[] => [
  ...text.matchAll(new RegExp(pattern.source, "gu")),
];
const unique = (values: string[]): string[] => [...new Set(values)];

/** Hints from the sentences of a text (width-folded here). They fill only what no label states. */
export function proseHints(raw: string, labels: Labels): ProseHints {
  const sentences = foldWidth(raw)
    .split(/[。\n]/u)
    .map(squeeze)
    .filter((s) => s !== "");
  const text = sentences.join("\n");
  const { prose } = labels;
  const contractors = [...all(prose.contractor, text), ...all(prose.contractorSelf, text)].map(
    (m) => m[1] ?? "",
  );
  const plain = text.replace(new RegExp(prose.ordererLead.source, "gu"), "\n");
  const orderers = all(prose.orderer, plain).map((m) => m[1] ?? "");
  const forms = sentences.flatMap((s) =>
    all(prose.commonForm, s).flatMap((m) => formOf(m[1] ?? "", s, s.slice(m.index), labels)),
  );
  const named = sentences
    .filter((s) => prose.commonForm.test(s) && !labels.tokens.allProducts.test(s))
    .map((s) => productsIn(s, labels));
  return {
    contractorName: unique(contractors.filter(Boolean)),
    ordererName: unique(orderers.filter(Boolean)),
    worksTitle: unique(all(prose.worksTitle, text).map((m) => m[1] ?? "")),
    form: unique(forms).length === 1 ? (forms[0] ?? null) : null,
    // A sentence that names products speaks of those alone; one that names none speaks of all.
    formKinds: named.some((kinds) => kinds.length === 0) ? [] : [...new Set(named.flat())],
    directSubmission: direct(sentences, labels),
    contractPriceYen: all(prose.price, text).map((m) => m[1] ?? ""),
    contractDate: all(prose.signed, text).map((m) => m[1] ?? ""),
  };
}

function formOf(word: string, sentence: string, rest: string, labels: Labels): Medium[] {
  if (labels.tokens.notButAnywhere.test(rest) || labels.tokens.onlyOne.test(sentence)) return [];
  const choice = readChoice(word, formOptions(labels), labels);
  return choice.ok ? [choice.value] : [];
}

export const formOptions = (labels: Labels): [Medium, string[]][] => [
  ["electronic", labels.choices.form.electronic],
  ["paper", labels.choices.form.paper],
];

function direct(sentences: string[], labels: Labels): boolean | null {
  const said = sentences.filter((s) => labels.prose.directTrue.test(s));
  const answers = unique(said.map((s) => String(!labels.prose.directFalse.test(s))));
  return answers.length === 1 ? answers[0] === "true" : null;
}
