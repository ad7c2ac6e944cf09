import type { Case } from "../case.ts";
import type { Desk } from "../ports.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { assess } from "./open.ts";

/**
 * A case that was opened before its orderer, its contractor or the sender's address was registered is looked at again
 * whenever staff come back to it: registering is enough, nothing has to be applied for anew. Only while nothing was
 * accepted; what is accepted stays as it was accepted.
 */
export async function refreshCase(desk: Desk, found: Case): Promise<Case> {
  if (!waitsForRegistry(found)) return found;
  return desk.store.transact(async (tx) => (await reassess(desk, tx, found.id, desk.now())) ?? found);
}

/**
 * The same inside a step that changes the registry; here a check that was passed may fail from now on, too.
 * @returns the case as it stands afterwards.
 */
export async function reassess(
  desk: Desk,
  tx: Transaction,
  caseId: string,
  at: Instant,
): Promise<Case | null> {
  const locked = await tx.lockCase(caseId);
  if (locked === null || !isUndecided(locked)) return locked;
  const { application, problems, senderAddress } = locked;
  const assessed = await assess({ desk, tx, at }, application, problems, senderAddress, locked);
  const same =
    assessed.ordererId === (locked.orderer?.id ?? null) &&
    assessed.contractorId === (locked.contractor?.id ?? null);
  if (same && JSON.stringify(assessed.checks) === JSON.stringify(locked.checks)) return locked;
  await tx.saveApplication(locked.id, { ...assessed, guarantees: locked.guarantees });
  await tx.addSlack({ kind: "card", caseId: locked.id }, at);
  await tx.audit({
    at,
    actor: { kind: "desk" },
    action: "case_reassessed",
    caseId: locked.id,
    guaranteeId: null,
    cause: `registry:${at}`,
    data: { ordererId: assessed.ordererId, contractorId: assessed.contractorId, checks: assessed.checks },
  });
  return (await tx.caseById(locked.id)) ?? locked;
}

const REGISTRY_CHECKS = ["orderer_registered", "contractor_registered", "sender_registered"];

function isUndecided(found: Case): boolean {
  return found.guarantees.some((g) => g.status === "applied");
}

function waitsForRegistry(found: Case): boolean {
  return (
    isUndecided(found) &&
    found.checks.some((check) => REGISTRY_CHECKS.includes(check.code) && check.verdict !== "pass")
  );
}
