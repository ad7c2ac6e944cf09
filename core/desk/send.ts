import { createHash } from "node:crypto";
import type { Case } from "../case.ts";
import type { ComposedLetter, OutgoingLetter } from "../letters.ts";
import type { Desk } from "../ports.ts";
import type { AuditEntry, Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import type { VerificationAnswer } from "../verification/answer.ts";

/**
 * Composes a letter and puts its finished, sealed bytes into the outbox of this very transaction; with it the audit log
 * gets an entry, which is there exactly when the letter is.
 */
export async function sendLetter(
  desk: Desk,
  tx: Transaction,
  letter: OutgoingLetter,
  at: Instant,
): Promise<void> {
  const composed = await desk.compose(letter);
  await tx.addLetter(letter, desk.sealer.seal(composed.bytes), composed, at, entryOf(letter, composed, at));
}

/** What the audit log keeps of a letter: its bytes only as a hash, for it may hold a key. */
function entryOf(letter: OutgoingLetter, composed: ComposedLetter, at: Instant): AuditEntry {
  const { to, caseId, cause, content } = letter;
  const { id: outboundId, messageId, bytes } = composed;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const facts = { template: content.template, to, messageId, outboundId, sha256 };
  return {
    ...{ at, actor: { kind: "desk" }, action: "letter_written", caseId, guaranteeId: null, cause },
    data: content.template === "verification" ? { ...facts, confirmed: confirmedOf(content.answers) } : facts,
  };
}

/** The guarantees whose contents an answer told; a number that was not confirmed may be anything that was typed. */
function confirmedOf(answers: readonly VerificationAnswer[]): string[] {
  const told = answers.flatMap(({ outcome, number }) => (outcome === "confirmed" ? (number ?? []) : []));
  return [...new Set(told)];
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
