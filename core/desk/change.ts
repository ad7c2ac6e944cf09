import type { ThreadEvent } from "../announcements.ts";
import type { Case } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { type Deed, mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { Refusal } from "../refusals.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { type Target, targeted } from "./find.ts";

/** Thrown inside a transaction to undo it; `changeCase` turns it back into a value. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** What a use case needs to decide one change of a case. */
export interface Change {
  tx: Transaction;
  found: Case;
  /** The targeted guarantees, at least one. */
  guarantees: Guarantee[];
  by: StaffMember;
  at: Instant;
  /** The version of the case that this change makes. */
  version: number;
}

/** What came of it: the changed guarantees and what the thread says. */
export interface Changed {
  guarantees: Guarantee[];
  /** Of those, the ones that the audit log names. */
  action: string;
  event: ThreadEvent;
  data: Record<string, unknown>;
  /** What follows from it in the same step, and is told after it. */
  then?: () => Promise<void>;
}

/**
 * One decision of staff about a case, in one transaction: the case is locked, the role is checked live, the guarantees
 * are saved, the card is marked to be rewritten, and thread, audit and whatever `decide` adds go out with it.
 * @returns the case as it stands afterwards, or the refusal; then nothing was written.
 */
export async function changeCase(
  desk: Desk,
  by: StaffMember,
  deed: Deed,
  target: Target,
  decide: (change: Change) => Promise<Result<Changed>>,
): Promise<Result<Case>> {
  if (!mayDo(by, deed)) return refuse("role_missing", { deed });
  try {
    return await desk.store.transact(async (tx) => {
      const found = await tx.lockCase(target.caseId);
      if (found === null) return refuse("case_not_found", { reference: "" });
      const guarantees = targeted(found, target);
      if (guarantees.length === 0)
        return refuse("product_not_in_case", { receiptNumber: found.receiptNumber, kind: "" });
      const at = desk.now();
      const cause = `command:${desk.newId()}`;
      const decided = await decide({ tx, found, guarantees, by, at, version: found.version + 1 });
      if (!decided.ok) throw new Refused(decided.refusal);
      const { value } = decided;
      await tx.saveGuarantees(found.id, value.guarantees);
      await tx.addSlack({ kind: "card", caseId: found.id }, at);
      await tx.addSlack({ kind: "thread", cause, caseId: found.id, content: value.event }, at);
      await tx.audit({
        at,
        actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
        action: value.action,
        caseId: found.id,
        guaranteeId: null,
        cause,
        data: {
          ...value.data,
          guarantees: value.guarantees.map(({ id, kind, status }) => ({
            ...{ id, kind, status },
            was: found.guarantees.find((one) => one.id === id)?.status ?? null,
          })),
        },
      });
      await value.then?.();
      const after = await tx.caseById(found.id);
      return after === null ? refuse("case_not_found", { reference: "" }) : ok(after);
    });
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

/**
 * Puts the guarantees through `step`. Products of a case move on their own: those whose status does not fit are left
 * alone as long as one fits. Any other refusal refuses all.
 */
export function each(
  guarantees: readonly Guarantee[],
  step: (g: Guarantee) => Result<Guarantee>,
): Result<Guarantee[]> {
  const changed: Guarantee[] = [];
  let misfit: Result<Guarantee[]> | null = null;
  for (const guarantee of guarantees) {
    const result = step(guarantee);
    if (result.ok) changed.push(result.value);
    else if (result.refusal.code === "wrong_status" || result.refusal.code === "already_approved")
      misfit ??= result;
    else return result;
  }
  return changed.length === 0 && misfit !== null ? misfit : ok(changed);
}

/** Finished ends (declined, withdrawn) do not take part in a command on the whole case. */
export function stillOpen(guarantees: readonly Guarantee[]): Guarantee[] {
  const open = guarantees.filter((g) => g.status !== "declined" && g.status !== "withdrawn");
  return open.length > 0 ? open : [...guarantees];
}
