import type { Guarantee } from "../guarantee/guarantee.ts";
import type { Application, Problem, RequestedGuarantee } from "../terms.ts";
import { assess, confirmToSender } from "./open.ts";
import { forStaff, type LetterAtWork, type LetterOutcome } from "./receive.ts";

/**
 * Merges a correction into its case: only values the letter states change, and only before anything was accepted.
 * Only the case's own sender may correct; everything else goes to staff.
 */
export async function applyCorrection(work: LetterAtWork, correction: Application): Promise<LetterOutcome> {
  const { desk, tx, facts, reading, from, at } = work;
  const named = reading.reference === null ? null : await tx.caseByReceipt(reading.reference);
  if (named === null || named.senderAddress !== from) return forStaff(work, "correction_not_of_sender");
  const found = await tx.lockCase(named.id);
  if (found === null || found.guarantees.some((g) => g.status !== "applied"))
    return forStaff(work, "correction_too_late");
  const application = mergeApplication(found.application, correction);
  const problems = openProblems(found.problems, correction, reading.problems);
  const known = [...problems, ...desk.recheck(application, problems)];
  const assessed = await assess(work, application, known, from);
  const guarantees = application.guarantees.map((requested): Guarantee => {
    const known = found.guarantees.find((g) => g.kind === requested.kind);
    return { id: known?.id ?? desk.newId(), kind: requested.kind, requested, status: "applied" };
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
  await confirmToSender(work, { id: found.id, receiptNumber: found.receiptNumber, ...assessed });
  return { state: "answered", caseId: found.id, reason: null };
}

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
    paths.push("guarantees");
    for (const [name, value] of Object.entries(g))
      if (value !== null) paths.push(`guarantees.${g.kind}.${name}`);
  }
  return new Set(paths);
}

/** Values that others are checked against: once one of them is corrected, every such check is made anew. */
const BASES = ["contractPriceYen", "worksFrom", "worksUntil", "contractDate"] as const;

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
    return !(rechecked && (code === "inconsistent" || code === "out_of_range"));
  });
  return [...kept, ...fresh];
}

function changesBetween(
  before: Application,
  after: Application,
): { field: string; before: string; after: string }[] {
  const old = flatten(before);
  return Object.entries(flatten(after)).flatMap(([field, value]) =>
    (old[field] ?? "") === value ? [] : [{ field, before: old[field] ?? "", after: value }],
  );
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
