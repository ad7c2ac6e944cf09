import { awaited } from "../guarantee/awaited.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { actor } from "./settle.ts";

/**
 * Notes that what waits for a checker does so no more, whatever made it void: sent back, asked for anew, put right
 * before, ended. From then on nobody can approve this version.
 */
export async function noteVoid(
  { desk, tx, by, at }: { desk: Desk; tx: Transaction; by: StaffMember; at: Instant },
  guarantees: readonly Guarantee[],
): Promise<void> {
  for (const { guarantee, what, version, contentHash, maker } of guarantees.flatMap(
    (one) => awaited(one) ?? [],
  )) {
    const verdict = maker.employee === by.employee ? "taken_back" : "refused";
    await tx.saveDecision({
      ...{ subject: guarantee.id, version, verdict, what, contentHash, maker },
      ...{ checker: actor(by), at, approvals: desk.policy.approvals },
    });
  }
}
