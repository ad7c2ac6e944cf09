import { type Case, type Check, type CheckReview, checkMark, reviewOf } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { maskKeys } from "../guarantee/mask.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Transaction } from "../store.ts";
import type { Application, GuaranteeKind, Instant, Problem } from "../terms.ts";
import { keepable } from "../text.ts";
import { BASES, changesBetween } from "./correct.ts";
import { type Assessed, assess, confirmation } from "./open.ts";
import { productsAfter } from "./review-products.ts";
import { applicantMailbox, sendLetter } from "./send.ts";
import { actor } from "./settle.ts";
import { noteVoid } from "./void.ts";

/** What convinced somebody fits into a few sentences; longer ones are a pasted mistake. */
export const NOTE_MAX = 1000;

/** What a member of staff found when going through an application (審査). */
export interface Review {
  expectedVersion: number;
  /** As it should be, whole; `null` is "not stated". */
  application: Application;
  /** Problems settled although no value answers them, by their place in the case's list as of that version. */
  settledProblems: readonly number[];
  settledChecks: readonly Pick<Check, "code" | "kind">[];
  /** What convinced him of the checks. */
  note: string;
  /** The receipt goes to the applicant when this settles the last open question. */
  tellApplicant: boolean;
}

/** Checks that only the registry or the application can settle: nobody's word makes an entry where there is none. */
const BY_DATA: readonly Check["code"][] = [
  "complete",
  "orderer_registered",
  "contractor_registered",
  "sender_registered",
];

/** Whether a person who has seen something can call the check settled. */
export function isConfirmable({ code }: Pick<Check, "code">): boolean {
  return !BY_DATA.includes(code);
}

export interface Reviewed {
  found: Case;
  /** The applicant is sent the receipt. */
  told: boolean;
  /** Products whose request to issue became void. */
  voided: GuaranteeKind[];
}

/** Problems that a person can call settled: those that do not come back by looking at the application again. */
export function settleable(desk: Pick<Desk, "recheck">, found: Case): number[] {
  const lasting = new Set(desk.recheck(found.application, []).map(({ field }) => field));
  return found.problems.flatMap(({ field }, place) => (lasting.has(field) ? [] : [place]));
}

/**
 * Puts an application right, settles questions and checks: one transaction. What a certificate prints may change until
 * its issue is approved; whoever changes it afterwards asks for approval anew.
 */
export async function reviewCase(
  desk: Desk,
  by: StaffMember,
  caseId: string,
  review: Review,
): Promise<Result<Reviewed>> {
  if (!mayDo(by, "review")) return refuse("role_missing", { deed: "review" });
  return desk.store.transact(async (tx) => {
    const found = await tx.lockCase(caseId);
    if (found === null) return refuse("case_not_found", { reference: "" });
    const at = desk.now();
    const planned = plan(desk, by, found, review, at);
    return planned.ok ? ok(await carryOut({ desk, tx, by, found, at }, review, planned.value)) : planned;
  });
}

interface Plan {
  application: Application;
  changes: ReturnType<typeof changesBetween>;
  answered: Problem[];
  /** Open problems, before the application is looked at again. */
  kept: Problem[];
  settled: CheckReview[];
  guarantees: Guarantee[];
}

/** All that can be refused is refused here; nothing is written before. */
function plan(desk: Desk, by: StaffMember, found: Case, review: Review, at: Instant): Result<Plan> {
  if (found.version !== review.expectedVersion) return refuse("stale_screen");
  if (found.ended !== null) return refuse("wrong_status", { status: found.ended.how });
  const note = maskKeys(keepable(review.note).trim());
  const settled = found.checks
    .filter((check) => isConfirmable(check) && check.verdict !== "pass" && reviewOf(found, check) === null)
    .filter(({ code, kind }) => review.settledChecks.some((one) => one.code === code && one.kind === kind))
    .map(
      (check): CheckReview => ({
        ...{ code: check.code, kind: check.kind, of: checkMark(check), note },
        ...{ by: actor(by), at },
      }),
    );
  if (settled.length > 0 && (note === "" || note.length > NOTE_MAX)) return refuse("review_note_missing");
  const application = keepable(review.application);
  const changes = changesBetween(found.application, application);
  const can = settleable(desk, found).filter((place) => review.settledProblems.includes(place));
  const answered = can.flatMap((place) => found.problems[place] ?? []);
  if (changes.length + answered.length + settled.length === 0) return refuse("review_empty");
  const mended = changes.length + answered.length > 0;
  const guarantees = productsAfter(found, application, mended, desk.newId);
  if (!guarantees.ok) return guarantees;
  const kept = stillOpen(found, application, changes).filter((one) => !answered.includes(one));
  return ok({ application, changes, answered, kept, settled, guarantees: guarantees.value });
}

/** Problems of values that were not touched; what is missing or contradicts another value is looked for anew. */
function stillOpen(found: Case, { guarantees }: Application, changes: Plan["changes"]): Problem[] {
  const changed = new Set(changes.map(({ field }) => field));
  const rechecked = BASES.some((name) => changed.has(name));
  const asked = (kind: string) => guarantees.some((one) => one.kind === kind);
  return found.problems.filter(({ field, code }) => {
    const [root, kind = ""] = field.split(".");
    if (code === "missing" || changed.has(field)) return false;
    if (rechecked && (code === "inconsistent" || code === "out_of_range")) return false;
    if (root !== "guarantees" || kind === "") return true;
    // A question about a product is answered once it is asked for with values, or not asked for any more.
    if (field === `guarantees.${kind}`) return ![...changed].some((one) => one.startsWith(`${field}.`));
    return asked(kind);
  });
}

interface Work {
  desk: Desk;
  tx: Transaction;
  by: StaffMember;
  found: Case;
  at: Instant;
}

async function carryOut(work: Work, review: Review, planned: Plan): Promise<Reviewed> {
  const { desk, tx, found, at } = work;
  const { application, kept, settled, guarantees } = planned;
  const problems = [...kept, ...desk.recheck(application, kept)];
  const assessed = await assess({ desk, tx, at }, application, problems, found.senderAddress, found);
  await tx.saveApplication(found.id, { ...assessed, guarantees });
  if (settled.length > 0) {
    const others = found.reviews.filter(
      (old) => !settled.some(({ code, kind }) => old.code === code && old.kind === kind),
    );
    await tx.saveReviews(found.id, [...others, ...settled]);
  }
  const voided = await voidRequests(work, guarantees);
  const told = review.tellApplicant && (await tellApplicant(work, assessed));
  await announce(work, planned, voided, told);
  return { found: (await tx.caseById(found.id)) ?? found, told, voided };
}

/** Requests that wait no more: they can never be approved. */
async function voidRequests(work: Work, after: readonly Guarantee[]): Promise<GuaranteeKind[]> {
  const gone = work.found.guarantees.filter(
    (before) =>
      before.status === "awaiting_approval" &&
      !after.some(({ id, status }) => id === before.id && status === "awaiting_approval"),
  );
  await noteVoid(work, gone);
  return gone.map(({ kind }) => kind);
}

/** Nobody is written to but an applicant who was asked something and waits to hear that it is settled. */
async function tellApplicant({ desk, tx, found, at }: Work, assessed: Assessed): Promise<boolean> {
  const last = found.problems.length > 0 && assessed.problems.length === 0;
  const to = applicantMailbox(found);
  if (!last || to === null) return false;
  const letter = {
    ...{ cause: `review:${found.id}:${found.version}`, to, caseId: found.id },
    ...{ answers: null, replyTo: null, attachments: [] },
    content: confirmation({ receiptNumber: found.receiptNumber, ...assessed }),
  };
  await sendLetter(desk, tx, letter, at);
  return true;
}

async function announce(
  { tx, by, found, at }: Work,
  { changes, answered, settled, guarantees }: Plan,
  voided: GuaranteeKind[],
  told: boolean,
): Promise<void> {
  const cause = `review:${found.id}:${found.version}`;
  const facts = {
    changes,
    settled: settled.map(({ code, kind, note }) => ({ code, kind, note })),
    answered: answered.map(({ text }) => text),
    voided,
  };
  const content = { event: "reviewed" as const, by: by.name, ...facts };
  await tx.addSlack({ kind: "card", caseId: found.id }, at);
  await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
  await tx.audit({
    ...{ at, actor: { kind: "staff", actor: actor(by) }, action: "reviewed", caseId: found.id },
    ...{ guaranteeId: null, cause },
    data: {
      ...{ ...facts, told, settled },
      guarantees: guarantees.map(({ id, kind, status }) => ({ id, kind, status })),
    },
  });
}
