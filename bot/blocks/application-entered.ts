import { z } from "zod";
import { parseYen } from "../../core/money.ts";
import type { Application, Day, GuaranteeKind, Medium, RequestedGuarantee, Yen } from "../../core/terms.ts";
import { GUARANTEE_KINDS } from "../../core/terms.ts";
import { foldCode, foldText, keepable, squeeze } from "../../core/text.ts";
import type { Say } from "../words.ts";
import { amountText, productPath } from "./application-form.ts";

/** What was entered in the form of an application: the application, or what is wrong with each input. */
export type EnteredForm =
  | { ok: true; application: Application }
  | { ok: false; errors: Record<string, string> };

/** RFC 5321 §4.5.3.1.3: a path has at most 256 octets, its angle brackets included. */
const address = z.email().max(254);
const GUARANTEE_NUMBER = /^(\d{5})-?(\d{6})$/;

/** Nothing stated: what an application that staff enter starts from. */
export function emptyApplication(): Application {
  return {
    ...{ ordererName: null, contractorName: null, jointVentureName: null },
    ...{ worksTitle: null, worksNumber: null, contractPriceYen: null, contractDate: null },
    ...{ worksFrom: null, worksUntil: null, guarantees: [], handlingBranch: null },
    ...{ completionNotice: null, completionEmail: null, directSubmission: null },
    contact: { department: null, title: null, name: null, phone: null },
    message: null,
  };
}

/**
 * Reads the form as the reader reads a letter: names folded, amounts in any notation. What was not touched, and what
 * the form did not show, stays exactly as it was.
 * @param standing the application the form was filled in from.
 */
export function enteredForm(
  values: ReadonlyMap<string, string>,
  standing: Application,
  say: Say,
): EnteredForm {
  const read = reading(values, say);
  const { contact } = standing;
  const application: Application = {
    ...standing,
    ordererName: read.text("ordererName", standing.ordererName),
    contractorName: read.text("contractorName", standing.contractorName),
    jointVentureName: read.text("jointVentureName", standing.jointVentureName),
    worksTitle: read.text("worksTitle", standing.worksTitle),
    worksNumber: read.text("worksNumber", standing.worksNumber),
    contractPriceYen: read.yen("contractPriceYen", standing.contractPriceYen),
    contractDate: read.day("contractDate", standing.contractDate),
    worksFrom: read.day("worksFrom", standing.worksFrom),
    worksUntil: read.day("worksUntil", standing.worksUntil),
    handlingBranch: read.text("handlingBranch", standing.handlingBranch),
    completionNotice: read.choice("completionNotice", standing.completionNotice),
    completionEmail: read.mail("completionEmail", standing.completionEmail),
    directSubmission: read.choice("directSubmission", standing.directSubmission),
    contact: {
      department: read.text("contact.department", contact.department),
      title: read.text("contact.title", contact.title),
      name: read.text("contact.name", contact.name),
      phone: read.text("contact.phone", contact.phone),
    },
    guarantees: GUARANTEE_KINDS.flatMap((kind) => product(kind, values, standing, read, say) ?? []),
  };
  const { errors } = read;
  return Object.keys(errors).length === 0 ? { ok: true, application } : { ok: false, errors };
}

function product(
  kind: GuaranteeKind,
  values: ReadonlyMap<string, string>,
  standing: Application,
  read: Reading,
  say: Say,
): RequestedGuarantee | null {
  const before = standing.guarantees.find((one) => one.kind === kind);
  const block = productPath(kind, "wish");
  const wish = values.get(block);
  if (wish === undefined) return before ?? null;
  const base = before ?? { ...NOTHING, kind };
  const path = (name: keyof RequestedGuarantee) => productPath(kind, name);
  const asked: RequestedGuarantee = {
    ...base,
    form: MEDIA[wish] ?? null,
    guaranteedYen: read.yen(path("guaranteedYen"), base.guaranteedYen),
    fiscalYearYen: read.yen(path("fiscalYearYen"), base.fiscalYearYen),
    depositBank: read.text(path("depositBank"), base.depositBank),
    redeposit: read.choice(path("redeposit"), base.redeposit),
    feePayment: read.text(path("feePayment"), base.feePayment),
    advanceGuaranteeNumber: read.number(path("advanceGuaranteeNumber"), base.advanceGuaranteeNumber),
  };
  if (wish !== "none") return asked;
  // Values typed for a product that is not asked for are never dropped silently.
  if (VALUES.some((name) => asked[name] !== null && asked[name] !== base[name]))
    read.errors[block] = say("form.error.notAsked");
  return null;
}

const MEDIA: Readonly<Record<string, Medium>> = { electronic: "electronic", paper: "paper" };
const VALUES = [
  "guaranteedYen",
  "fiscalYearYen",
  "depositBank",
  "redeposit",
  "feePayment",
  "advanceGuaranteeNumber",
] as const;
const NOTHING = {
  ...{ form: null, guaranteedYen: null, fiscalYearYen: null, depositBank: null, redeposit: null },
  ...{ feePayment: null, feeBillTo: null, paperFeeStatement: null, advanceGuaranteeNumber: null },
};

type Reading = ReturnType<typeof reading>;

/** Reads single inputs; what is wrong is collected under the block's id. */
function reading(values: ReadonlyMap<string, string>, say: Say) {
  const errors: Record<string, string> = {};
  const refused = (block: string, key: string, params: Record<string, string> = {}): null => {
    errors[block] = say(`form.error.${key}`, params);
    return null;
  };
  /** What stands in an input; `standing` when the form did not show it or nobody touched it. */
  const value = <T>(block: string, standing: T, shown: string, parse: (typed: string) => T): T => {
    const typed = values.get(block);
    return typed === undefined || typed === shown ? standing : parse(keepable(typed));
  };
  const text = (block: string, standing: string | null) =>
    value(block, standing, standing ?? "", (typed) => foldText(typed) || null);
  return {
    errors,
    text,
    yen: (block: string, standing: Yen | null) =>
      value(block, standing, amountText(standing), (typed): Yen | null => {
        if (squeeze(typed) === "") return null;
        const found = parseYen(typed);
        if (found.ok) return found.yen;
        return refused(block, found.reason === "unit_unknown" ? "unit" : "amount");
      }),
    day: (block: string, standing: Day | null) =>
      value(block, standing, standing ?? "", (typed): Day | null => {
        if (typed === "") return null;
        return z.iso.date().safeParse(typed).success ? typed : refused(block, "day");
      }),
    choice: (block: string, standing: boolean | null) =>
      value(block, standing, standing === null ? "" : standing ? "yes" : "no", (typed) =>
        typed === "" ? null : typed === "yes",
      ),
    mail: (block: string, standing: string | null) =>
      value(block, standing, standing ?? "", (typed): string | null => {
        const folded = foldCode(typed).trim();
        if (folded === "") return null;
        return address.safeParse(folded).success ? folded : refused(block, "mail");
      }),
    number: (block: string, standing: string | null) =>
      value(block, standing, standing ?? "", (typed): string | null => {
        const folded = foldCode(typed).replace(/\s/g, "");
        if (folded === "") return null;
        // Its check digit is not tested: older guarantees were numbered elsewhere. The look-up tells.
        const [, year, serial] = GUARANTEE_NUMBER.exec(folded) ?? [];
        return year === undefined ? refused(block, "number") : `${year}-${serial}`;
      }),
  };
}

/** A mail address as typed into a form of ours; `null` when it is none. */
export function typedAddress(typed: string): string | null {
  const folded = foldCode(keepable(typed)).trim();
  return address.safeParse(folded).success ? folded : null;
}
