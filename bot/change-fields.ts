import type { CertificateContent, ChangeKind } from "../core/guarantee/guarantee.ts";

/** The fields of 変更 and 訂正: what of a certificate can be written anew, and how it is entered. */

/** Every member but the product and its medium, which a guarantee keeps. */
export type ChangeField = Exclude<keyof CertificateContent, "kind" | "medium">;

interface Entry {
  as: "name" | "text" | "yen" | "day";
  optional?: true;
  /** Advance and interim advance payment only. */
  advanceOnly?: true;
}

/** name: folded like a name in a letter; text: kept as it is typed. */
export const ENTRIES: Readonly<Record<ChangeField, Entry>> = {
  worksTitle: { as: "name" },
  worksNumber: { as: "name", optional: true },
  contractPriceYen: { as: "yen" },
  contractDate: { as: "day" },
  worksFrom: { as: "day" },
  worksUntil: { as: "day" },
  contractorName: { as: "name" },
  contractorAddress: { as: "text" },
  contractorRepresentative: { as: "text" },
  jointVentureName: { as: "name", optional: true },
  ordererName: { as: "text" },
  handlingBranch: { as: "text", optional: true },
  guaranteedYen: { as: "yen" },
  fiscalYearYen: { as: "yen", optional: true },
  guaranteeUntil: { as: "day" },
  depositBank: { as: "text", optional: true, advanceOnly: true },
};

/** One modal: entered once for all products, and for each of them. `prefix` keeps its inputs apart from another's. */
export interface ChangeForm {
  callback: "amend" | "rectify" | "amend_amount";
  change: Extract<ChangeKind, "amend" | "rectify">;
  prefix: string;
  common: readonly ChangeField[];
  perProduct: readonly ChangeField[];
}

const COMMON: readonly ChangeField[] = [
  "worksTitle",
  "worksNumber",
  "contractPriceYen",
  "contractDate",
  "worksFrom",
  "worksUntil",
  "contractorName",
  "contractorAddress",
  "contractorRepresentative",
  "jointVentureName",
  "ordererName",
  "handlingBranch",
];
const PER_PRODUCT: readonly ChangeField[] = [
  "guaranteedYen",
  "fiscalYearYen",
  "guaranteeUntil",
  "depositBank",
];

export const AMEND: ChangeForm = {
  ...{ callback: "amend", change: "amend", prefix: "", common: COMMON, perProduct: PER_PRODUCT },
};
export const RECTIFY: ChangeForm = {
  ...{ callback: "rectify", change: "rectify", prefix: "", common: COMMON, perProduct: PER_PRODUCT },
};
/** After a change of the price alone that breaks a ratio: the price, and the amounts that keep the rule. */
export const AMEND_AMOUNT: ChangeForm = {
  ...{ callback: "amend_amount", change: "amend", prefix: "fit.", common: ["contractPriceYen"] },
  perProduct: ["guaranteedYen"],
};

/** The block of a field; Slack keeps what was typed where block ids stay, so forms differ in their prefix. */
export function fieldBlock({ prefix }: ChangeForm, field: string, guaranteeId?: string): string {
  return guaranteeId === undefined ? `${prefix}${field}` : `${prefix}${field}:${guaranteeId}`;
}
