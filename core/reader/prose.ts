/** What running text says without a label: who writes, who ordered, which works, electronic or paper. */

import type { GuaranteeKind, Medium } from "../terms.ts";
import { foldWidth, squeeze } from "../text.ts";
import { productsIn } from "./asked-products.ts";
import { readChoice } from "./choice.ts";
import { matchLabel } from "./label-match.ts";
import type { Labels } from "./labels.ts";
import { type Shapes, shapesIn } from "./shapes.ts";

export interface ProseHints {
  contractorName: string[];
  ordererName: string[];
  worksTitle: string[];
  form: Medium | null;
  /** "The advance electronic, the performance on paper": what is said of each product. */
  forms: { kind: GuaranteeKind; word: string }[];
  /** Only what a turn of phrase asks for; `form` also takes the one medium that is named at all. */
  saidForm: Medium | null;
  /** The products that `form` is said of; empty for all. */
  formKinds: GuaranteeKind[];
  directSubmission: boolean | null;
  /** Prices and days as written: "for … yen", "signed on …". */
  contractPriceYen: string[];
  contractDate: string[];
  /** "As the advance we claim … yen": amounts with the product they are said of. */
  requested: { kind: GuaranteeKind; amount: string }[];
  /** Sentences that ask to be told once the guarantee is issued. */
  tellWhenIssued: string[];
  /** Who answers questions: unit, name, telephone. */
  contact: { department: string; name: string; phone: string }[];
  /** The bank that takes another's place. */
  bankMoved: string[];
  /** Names known by what they look like. */
  shapes: Shapes;
}

const all = (pattern: RegExp, text: string): RegExpMatchArray[] => [
  ...text.matchAll(new RegExp(pattern.source, "gu")),
];
const unique = <T>(values: T[]): T[] => [...new Set(values)];
const onlyOne = <T>(values: T[]): T | null => (values.length === 1 ? (values[0] ?? null) : null);
/** What a turn of phrase names; else the one name of that shape. */
const either = (named: string[], shaped: string[]): string[] =>
  named.length > 0 ? named : shaped.length === 1 ? shaped : [];

/** Hints from the sentences of a text (width-folded here). They fill only what no label states. */
export function proseHints(raw: string, labels: Labels): ProseHints {
  const sentences = foldWidth(raw)
    .split(/[。\n]/u)
    .map(squeeze)
    .filter((s) => s !== "");
  const text = sentences.join("\n");
  const { prose } = labels;
  const shapes = shapesIn(raw, labels);
  const contractors = [...all(prose.contractor, text), ...all(prose.contractorSelf, text)].map(
    (m) => m[1] ?? "",
  );
  const plain = text.replace(new RegExp(prose.ordererLead.source, "gu"), "\n");
  const orderers = all(prose.orderer, plain).map((m) => m[1] ?? "");
  const forms = sentences.flatMap((s) =>
    all(prose.commonForm, s).flatMap((m) =>
      formOf(m.slice(1).find(Boolean) ?? "", s, s.slice(m.index), labels),
    ),
  );
  const perProduct = formsOfProducts(sentences, labels);
  const named = sentences
    .filter((s) => prose.commonForm.test(s) && !labels.tokens.allProducts.test(s))
    .map((s) => spokenOf(s, labels));
  return {
    contractorName: either(unique(contractors.filter(Boolean)), shapes.contractors),
    ordererName: either(unique(orderers.filter(Boolean)), shapes.orderers),
    worksTitle: titlesIn(text, labels),
    forms: perProduct,
    saidForm: perProduct.length > 0 ? null : onlyOne(unique(forms)),
    form: perProduct.length > 0 ? null : onlyOne(unique(forms).length > 0 ? unique(forms) : shapes.media),
    // A sentence that names products speaks of those alone; one that names none speaks of all.
    formKinds: named.some((kinds) => kinds.length === 0) ? [] : [...new Set(named.flat())],
    directSubmission: direct(sentences, labels),
    contractPriceYen: all(prose.price, text).map((m) => m.slice(1).find(Boolean) ?? ""),
    contractDate: all(prose.signed, text).map((m) => m[1] ?? m[2] ?? ""),
    requested: sentences
      .filter((s) => !labels.tokens.earlierJob.test(s))
      .flatMap((s) => requestedIn(s, labels)),
    // The address may stand in the sentence behind.
    tellWhenIssued: sentences.flatMap((s, i) =>
      prose.tellWhenIssued.test(s) ? [s.includes("@") ? s : `${s} ${sentences[i + 1] ?? ""}`] : [],
    ),
    contact: contactsIn(text, labels),
    bankMoved: unique(all(prose.bankMoved, text).map((m) => squeeze(m[1] ?? ""))),
    shapes,
  };
}

/** "Please call Takamiya of the general affairs section (03-…)", or a telephone alone. */
function contactsIn(text: string, { prose }: Labels): ProseHints["contact"] {
  const people = all(prose.contactPerson, text).map(([, department = "", name = "", phone = ""]) => ({
    department,
    name,
    phone,
  }));
  if (people.length > 0) return people;
  return all(prose.contactPhone, text).map(([, phone = ""]) => ({ department: "", name: "", phone }));
}

/** One sentence that tells the medium of two products or more. */
/** The products a sentence names, in short too: "the advance as well as the performance". */
function spokenOf(sentence: string, labels: Labels): GuaranteeKind[] {
  const short = all(labels.tokens.shortProducts, sentence).map(([, word = ""]) =>
    kindOf(word, labels.tokens),
  );
  return unique([...productsIn(sentence, labels), ...(short.length > 1 ? short : [])]);
}

function formsOfProducts(sentences: string[], { prose, tokens }: Labels): ProseHints["forms"] {
  const told = sentences
    .map((sentence) =>
      all(prose.formPerProduct, sentence).map(([, product = "", word = ""]) => ({
        kind: kindOf(product, tokens),
        word,
      })),
    )
    .find((one) => new Set(one.map(({ kind }) => kind)).size > 1);
  return told ?? [];
}

/** The product that a short word for it means. */
const kindOf = (word: string, tokens: Labels["tokens"]): GuaranteeKind =>
  tokens.interim.test(word)
    ? "interim_advance_payment"
    : tokens.advance.test(word)
      ? "advance_payment"
      : "performance";

/** Titles in quotation marks; else what was won or signed, as named in a sentence. */
function titlesIn(text: string, { prose, tokens, jointVenture }: Labels): string[] {
  const now = text
    .split("\n")
    .map((sentence) => sentence.replace(tokens.thisTime, ""))
    .join("\n");
  const quoted = unique(all(prose.worksTitle, now).map((m) => m[1] ?? ""));
  const works = quoted.filter((title) => !jointVenture.test(title));
  if (works.length > 0) return works;
  const present = text.split("\n").filter((sentence) => !tokens.earlierJob.test(sentence));
  return unique(
    all(prose.titleBare, present.join("\n")).map((m) =>
      (m[1] ?? "").replace(tokens.orderedBy, "").replace(tokens.townLead, ""),
    ),
  );
}

const requestedIn = (sentence: string, { prose, tokens }: Labels): ProseHints["requested"] => {
  const listed = all(prose.productAmount, sentence);
  const pairs = [
    ...all(prose.requested, sentence).map(([, product = "", amount = ""]) => ({ product, amount })),
    ...all(prose.amountBefore, sentence).map(([, amount = "", product = ""]) => ({ product, amount })),
    // "Advance X, performance Y": two products with their amounts explain each other.
    ...(listed.length > 1 ? listed : []).map(([, product = "", amount = ""]) => ({ product, amount })),
  ];
  return pairs.map(({ product, amount }) => ({ kind: kindOf(product, tokens), amount }));
};

function formOf(word: string, sentence: string, rest: string, labels: Labels): Medium[] {
  if (labels.tokens.notButAnywhere.test(rest) || labels.tokens.onlyOne.test(sentence)) return [];
  const choice = readChoice(word, formOptions(labels), labels);
  return choice.ok ? [choice.value] : [];
}

export const formOptions = (labels: Labels): [Medium, string[]][] => [
  ["electronic", labels.choices.form.electronic],
  ["paper", labels.choices.form.paper],
];

const isLabelled = (sentence: string, labels: Labels): boolean => {
  const match = matchLabel(sentence, 0, labels);
  return (
    match?.target.field === "directSubmission" && labels.tokens.separator.test(sentence.slice(match.end))
  );
};

function direct(sentences: string[], labels: Labels): boolean | null {
  // A label that waits for its value says nothing; one with a value is read as a row.
  const said = sentences.filter((s) => labels.prose.directTrue.test(s) && !isLabelled(s, labels));
  const answers = unique(said.map((s) => String(!labels.prose.directFalse.test(s))));
  return answers.length === 1 ? answers[0] === "true" : null;
}
