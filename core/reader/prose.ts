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
  const named = sentences
    .filter((s) => prose.commonForm.test(s) && !labels.tokens.allProducts.test(s))
    .map((s) => productsIn(s, labels));
  return {
    contractorName: either(unique(contractors.filter(Boolean)), shapes.contractors),
    ordererName: either(unique(orderers.filter(Boolean)), shapes.orderers),
    worksTitle: titlesIn(text, labels),
    saidForm: onlyOne(unique(forms)),
    form: onlyOne(unique(forms).length > 0 ? unique(forms) : shapes.media),
    // A sentence that names products speaks of those alone; one that names none speaks of all.
    formKinds: named.some((kinds) => kinds.length === 0) ? [] : [...new Set(named.flat())],
    directSubmission: direct(sentences, labels),
    contractPriceYen: all(prose.price, text).map((m) => m[1] ?? m[2] ?? ""),
    contractDate: all(prose.signed, text).map((m) => m[1] ?? m[2] ?? ""),
    requested: sentences
      .filter((s) => !labels.tokens.earlierJob.test(s))
      .flatMap((s) => requestedIn(s, labels)),
    // The address may stand in the sentence behind.
    tellWhenIssued: sentences.flatMap((s, i) =>
      prose.tellWhenIssued.test(s) ? [s.includes("@") ? s : `${s} ${sentences[i + 1] ?? ""}`] : [],
    ),
    contact: contactsIn(text, labels),
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

/** Titles in quotation marks; else what was won or signed, as named in a sentence. */
function titlesIn(text: string, { prose, tokens }: Labels): string[] {
  const quoted = unique(all(prose.worksTitle, text).map((m) => m[1] ?? ""));
  if (quoted.length > 0) return quoted;
  const present = text.split("\n").filter((sentence) => !tokens.earlierJob.test(sentence));
  return unique(
    all(prose.titleBare, present.join("\n")).map((m) => (m[1] ?? "").replace(tokens.townLead, "")),
  );
}

const requestedIn = (sentence: string, { prose, tokens }: Labels): ProseHints["requested"] => [
  ...all(prose.requested, sentence).map(([, product = "", amount = ""]) => ({
    kind: tokens.interim.test(product) ? ("interim_advance_payment" as const) : ("advance_payment" as const),
    amount,
  })),
  ...all(prose.amountBefore, sentence).map(([, amount = "", product = ""]) => ({
    kind: tokens.interim.test(product)
      ? ("interim_advance_payment" as const)
      : tokens.advance.test(product)
        ? ("advance_payment" as const)
        : ("performance" as const),
    amount,
  })),
];

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
