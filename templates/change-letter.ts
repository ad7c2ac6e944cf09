import { formatJapaneseDay } from "../core/dates.ts";
import type { Difference } from "../core/guarantee/content.ts";
import type { ChangeTemplate, LetterContent } from "../core/letters.ts";
import { formatYen } from "../core/money.ts";
import { certificateTable } from "./letter-tables.ts";
import { addressee, japaneseTime } from "./letter-values.ts";
import { labelled } from "./tables.ts";
import type { LetterView } from "./template.ts";
import type { Words } from "./words.ts";

/** The letters about a guarantee that is no longer what it was, or soon will not be. */

type ChangeContent = Extract<LetterContent, { template: ChangeTemplate }>;

/** What such a letter says. Contractor and orderer are asked for different things; no letter names a key. */
export function changeView(content: ChangeContent, words: Words): LetterView {
  const { receiptNumber, reader, version, electronic } = content;
  const until = version.content.guaranteeUntil;
  const common = {
    receiptNumber,
    addressee: addressee(content.addressee, words),
    guarantee: guaranteeTable(content, words),
  };
  const medium = { electronic, paper: !electronic };
  const ofContractor = reader === "contractor";
  const readers = { toContractor: ofContractor, toOrderer: !ofContractor };
  switch (content.template) {
    case "amended":
    case "rectified":
    case "unamended":
      return {
        ...{ ...common, ...readers },
        ...(content.template === "unamended" ? serials(version.serial, words) : {}),
        changes: content.differences.map((one) => changeOf(one, words)),
        contractor: ofContractor ? [{ ...medium, contents: contentsOf(content, words) }] : [],
        orderer: ofContractor ? [] : [medium],
      };
    case "cancelled":
    case "released":
      return {
        ...{ ...common, ...readers, on: formatJapaneseDay(content.on ?? until) },
        contractor: ofContractor ? [medium] : [],
      };
    case "expiring":
      return { ...common, ...readers, on: formatJapaneseDay(until) };
  }
}

/** Which amendment is no more, and which certificate holds in its place. */
function serials(serial: number, words: Words): { withdrawn: string; current: string } {
  const amendment = (n: number) => words.sentence("terms", "value.amendment", { serial: String(n) });
  return {
    withdrawn: amendment(serial + 1),
    current: serial === 0 ? words.sentence("terms", "value.first") : amendment(serial),
  };
}

/** Which guarantee the letter is about, in a few lines; amounts stand in the certificate and where they changed. */
function guaranteeTable({ version, number, kind }: ChangeContent, words: Words): string {
  const term = (key: string, params?: Record<string, string>) => words.sentence("terms", key, params);
  const { content, serial } = version;
  return labelled([
    [term("label.product"), term(`product.${kind}`)],
    [term("label.guaranteeNumber"), number],
    ...(serial === 0
      ? []
      : [[term("label.amendment"), term("value.amendment", { serial: String(serial) })] as const]),
    [term("label.principal"), content.contractorName],
    [term("label.beneficiary"), content.ordererName],
    [term("label.worksTitle"), content.worksTitle],
  ]);
}

function contentsOf(content: ChangeContent, words: Words): string {
  return certificateTable(content, japaneseTime(content.version.issuedAt, words), words);
}

/** Members whose label on the certificate's table says too little by itself, or is another word. */
const LABELS: Readonly<Partial<Record<Difference["field"], string>>> = {
  kind: "product",
  contractorName: "principal",
  contractorAddress: "contractorAddress",
  contractorRepresentative: "contractorRepresentative",
  ordererName: "beneficiary",
};

function changeOf({ field, before, after }: Difference, words: Words): LetterView {
  return {
    item: words.sentence("terms", `label.${LABELS[field] ?? field}`),
    before: printed(field, before, words),
    after: printed(field, after, words),
  };
}

function printed(field: Difference["field"], value: Difference["before"], words: Words): string {
  if (value === null) return words.sentence("terms", "value.nothing");
  // Of a certificate's content only the amounts are numbers.
  if (typeof value === "number") return formatYen(value);
  switch (field) {
    case "kind":
      return words.sentence("terms", `product.${value}`);
    case "medium":
      return words.sentence("terms", `medium.${value}`);
    case "contractDate":
    case "worksFrom":
    case "worksUntil":
    case "guaranteeUntil":
      return formatJapaneseDay(value);
    default:
      return value;
  }
}
