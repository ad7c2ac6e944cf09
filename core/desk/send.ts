import type { Case } from "../case.ts";
import type { OutgoingLetter } from "../letters.ts";
import type { Desk } from "../ports.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";

/** Composes a letter and puts its finished, sealed bytes into the outbox of this very transaction. */
export async function sendLetter(
  desk: Desk,
  tx: Transaction,
  letter: OutgoingLetter,
  at: Instant,
): Promise<void> {
  const composed = await desk.compose(letter);
  await tx.addLetter(letter, desk.sealer.seal(composed.bytes), composed, at);
}

/**
 * Where letters about money and keys go: the address wished for when it is registered for the contractor, else the one
 * that applied, else the first registered one. `null`: the contractor has none, and nothing of that kind may be sent.
 * @param wished the address for completion notices (電子保証発行完了のお知らせ), if the application gives one.
 */
export function contractorMailbox(found: Case, wished: string | null = null): string | null {
  const registered = found.contractor?.addresses ?? [];
  for (const address of [wished, found.senderAddress]) {
    const match = registered.find((r) => address !== null && r.toLowerCase() === address.toLowerCase());
    if (match !== undefined) return match;
  }
  return registered[0] ?? null;
}

/**
 * Where the applicant reads what becomes of his application: the address he applied from. One who applied by telephone
 * or on paper without an address is written to at a registered one; `null` when there is none, and staff call him.
 */
export function applicantMailbox(found: Case): string | null {
  return found.senderAddress === "" ? contractorMailbox(found) : found.senderAddress;
}
