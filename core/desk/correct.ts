import type { Case, Check } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { Application, Problem, RequestedGuarantee } from "../terms.ts";
import { assess, confirmToSender } from "./open.ts";
import { forStaff, type LetterAtWork, type LetterOutcome } from "./receive.ts";

/**
 * Merges a correction into its case: only values the letter states change, and only before anything was accepted; what
 * had been sent back (差戻) is applied for again with it.
 * Only an address that belongs to the case may correct it; everything else goes to staff.
 */
export async function applyCorrection(work: LetterAtWork, correction: Application): Promise<LetterOutcome> {
  const { desk, tx, facts, reading, from, at } = work;
  const named = reading.reference === null ? null : await tx.caseByReceipt(reading.reference);
  // Judged under the lock: a correction before this one may have named another contractor.
  const found = named === null ? null : await tx.lockCase(named.id);
  if (found === null || !belongsTo(found, from)) return forStaff(work, "correction_not_of_sender");
  if (found.ended !== null || found.guarantees.some((g) => g.status !== "applied" && g.status !== "returned"))
    return forStaff(work, "correction_too_late");
  const application = mergeApplication(found.application, correction);
  const problems = openProblems(found.problems, correction, reading.problems);
  const known = [...problems, ...desk.recheck(application, problems)];
  // Whoever corrects, the case stays its applicant's: what is said of the applicant's address stays true.
  const assessed = await assess(work, application, known, found.senderAddress);
  const guarantees = application.guarantees.map((requested): Guarantee => {
    const known = found.guarantees.find((g) => g.kind === requested.kind);
    const again = known === undefined ? null : decide(known, { type: "resubmit" });
    const applied = again?.ok === true ? again.value : known;
    if (applied?.status === "applied") return { ...applied, requested };
    return { id: desk.newId(), kind: requested.kind, requested, status: "applied" };
  });
  await tx.saveApplication(found.id, { ...assessed, guarantees });
  const cause = `letter:${facts.id}`;
  const changes = changesBetween(found.application, application);
  await tx.addSlack({ kind: "card", caseId: found.id }, at);
  await tx.addSlack(
    { kind: "thread", cause, caseId: found.id, content: { event: "corrected", letterId: facts.id, changes } },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "sender", address: from },
    action: "application_corrected",
    caseId: found.id,
    guaranteeId: null,
    cause,
    data: { changes },
  });
  const checks = from === found.senderAddress ? assessed.checks : withoutSender(assessed.checks);
  await confirmToSender(work, { id: found.id, receiptNumber: found.receiptNumber, ...assessed, checks });
  return { state: "answered", caseId: found.id, reason: null };
}

/** The applicant's address, or one registered for the contractor; where notices are wished to go proves nothing. */
function belongsTo({ senderAddress, contractor }: Case, address: string): boolean {
  const registered = contractor?.addresses ?? [];
  return address === senderAddress || registered.some((a) => a.toLowerCase() === address.toLowerCase());
}

/** Whether the applicant's address is registered is between the desk and the applicant. */
const withoutSender = (checks: Check[]): Check[] => checks.filter(({ code }) => code !== "sender_registered");

/** The application with every value that the correction states; absent values stay as they were. */
export function mergeApplication(before: Application, correction: Application): Application {
  const kinds = [
    ...before.guarantees,
    ...correction.guarantees.filter((g) => !before.guarantees.some((b) => b.kind === g.kind)),
  ];
  return {
    ...stated(before, correction),
    contact: stated(before.contact, correction.contact),
    guarantees: kinds.map((g): RequestedGuarantee => {
      const change = correction.guarantees.find((c) => c.kind === g.kind);
      return change === undefined ? g : stated(g, change);
    }),
  };
}

function stated<T extends object>(before: T, change: T): T {
  const given = Object.entries(change).filter(([, value]) => value !== null);
  return { ...before, ...Object.fromEntries(given) };
}

/** Problem paths that the correction gives a value for. */
function statedFields(correction: Application): Set<string> {
  const { guarantees, contact, ...rest } = correction;
  const paths = Object.entries(rest).flatMap(([name, value]) => (value === null ? [] : [name]));
  for (const [name, value] of Object.entries(contact)) if (value !== null) paths.push(`contact.${name}`);
  for (const g of guarantees) {
    paths.push("guarantees", `guarantees.${g.kind}`);
    for (const [name, value] of Object.entries(g))
      if (value !== null) paths.push(`guarantees.${g.kind}.${name}`);
  }
  return new Set(paths);
}

/** Values that others are checked against: once one of them is corrected, every such check is made anew. */
export const BASES = ["contractPriceYen", "worksFrom", "worksUntil", "contractDate"] as const;

/** About the earlier letter as a whole, as a file that was not read: values stated now are what was asked for. */
const OF_THE_LETTER = ["application", "reference"];

/**
 * Problems that the correction leaves open: those of fields it does not state. What is missing, and what contradicts
 * something the correction changed, is looked for again in the merged application.
 */
function openProblems(
  before: readonly Problem[],
  correction: Application,
  fresh: readonly Problem[],
): Problem[] {
  const stated = statedFields(correction);
  const rechecked = BASES.some((name) => correction[name] !== null);
  const kept = before.filter(({ field, code }) => {
    if (code === "missing" || stated.has(field)) return false;
    if (OF_THE_LETTER.includes(field)) return stated.size === 0;
    return !(rechecked && (code === "inconsistent" || code === "out_of_range"));
  });
  return [...kept, ...fresh];
}

/** Every value that two applications have differently, by its path; empty where there is none. */
export function changesBetween(
  before: Application,
  after: Application,
): { field: string; before: string; after: string }[] {
  const old = flatten(before);
  const now = flatten(after);
  return Object.keys({ ...old, ...now }).flatMap((field) => {
    const change = { field, before: old[field] ?? "", after: now[field] ?? "" };
    return change.before === change.after ? [] : [change];
  });
}

function flatten(application: Application): Record<string, string> {
  const { guarantees, contact, ...rest } = application;
  const flat: Record<string, string> = {};
  const add = (prefix: string, part: object) => {
    for (const [name, value] of Object.entries(part))
      flat[`${prefix}${name}`] = value === null ? "" : String(value);
  };
  add("", rest);
  add("contact.", contact);
  for (const g of guarantees) add(`guarantees.${g.kind}.`, g);
  return flat;
}
