import type { Case } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { isIssued } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { GuaranteeKind, ReceiptNumber } from "../terms.ts";
import { foldCode } from "../text.ts";
import { refreshCase } from "./refresh.ts";

/** What a command acts on: a case, all its products or only some. */
export interface Target {
  caseId: string;
  only: GuaranteeKind[] | null;
}

/** With or without its dash; whether the check digit fits is for those who compare numbers. */
const GUARANTEE_NUMBER = /^(\d{5})-?(\d{6})$/;

/** Whether words have the form of a receipt number or a guarantee's number, in any width. */
export function isReference(words: string): boolean {
  return foldReceiptNumber(words) !== null || GUARANTEE_NUMBER.test(foldReference(words));
}

/** Reads a receipt number in any width and with or without its leading zeros (`ａ－１`, `A-000001`). */
export function foldReceiptNumber(words: string): ReceiptNumber | null {
  const match = /^A-?0*(\d{1,9})$/.exec(foldReference(words));
  return match?.[1] === undefined ? null : `A-${match[1].padStart(6, "0")}`;
}

function foldReference(words: string): string {
  return foldCode(words).replace(/\s/g, "").toUpperCase();
}

/**
 * Finds the case that staff name by receipt number or by a guarantee's number (which picks that product alone).
 * @returns a refusal when there is no such case or the case has no such product.
 */
export async function findCase(
  desk: Desk,
  reference: string,
  kinds: GuaranteeKind[],
): Promise<Result<{ found: Case; target: Target }>> {
  const receipt = foldReceiptNumber(reference);
  const folded = foldReference(reference);
  const number = GUARANTEE_NUMBER.exec(folded);
  const known = await desk.store.transact(async (tx) => {
    if (receipt !== null) return tx.caseByReceipt(receipt);
    return number ? tx.caseByGuaranteeNumber(`${number[1]}-${number[2]}`) : null;
  });
  if (known === null)
    return refuse(number ? "guarantee_not_found" : "case_not_found", { reference: folded.slice(0, 40) });
  const found = await refreshCase(desk, known);
  const byNumber = found.guarantees.filter(
    (g) => isIssued(g) && number && g.number === `${number[1]}-${number[2]}`,
  );
  const wanted = byNumber.length > 0 ? byNumber.map((g) => g.kind) : kinds;
  for (const kind of wanted) {
    if (!found.guarantees.some((g) => g.kind === kind))
      return refuse("product_not_in_case", { kind, receiptNumber: found.receiptNumber });
  }
  return ok({ found, target: { caseId: found.id, only: wanted.length > 0 ? wanted : null } });
}

export async function caseById(desk: Desk, caseId: string): Promise<Result<Case>> {
  const found = await desk.store.transact((tx) => tx.caseById(caseId));
  return found === null ? refuse("case_not_found", { reference: "" }) : ok(await refreshCase(desk, found));
}

/** Cases with something left to do, oldest first. */
export function workList(desk: Desk, limit: number): Promise<Case[]> {
  return desk.store.transact((tx) => tx.openCases(limit));
}

/** The guarantees of a case that a command acts on. */
export function targeted(found: Case, target: Target): Guarantee[] {
  return found.guarantees.filter((g) => target.only === null || target.only.includes(g.kind));
}
