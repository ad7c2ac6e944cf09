import type { Desk } from "../ports.ts";

/**
 * Ends a letter that could not be read or may not be answered: kept, never answered blindly, shown to staff.
 * @param reason code worded in `templates/ja/slack/thread.json` (`too_large`, `unreadable`, `no_single_sender`, …).
 */
export async function parkLetter(desk: Desk, letterId: string, reason: string): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const letter = await tx.letter(letterId);
    if (letter === null || letter.state !== "stored") return;
    const { subject } = letter;
    const fromAddress = letter.fromAddress ?? letter.sender;
    const seen = {
      fromAddress,
      subject,
      messageId: null,
      authenticationResults: null,
      trust: "other" as const,
    };
    await tx.finishLetter(letterId, { ...seen, at, state: "parked", kind: null, caseId: null, reason });
    const content = {
      event: "letter_for_staff" as const,
      letterId,
      kind: "unrecognised" as const,
      from: fromAddress,
      subject,
      parked: true,
      answered: false,
      reason,
      problems: [],
    };
    // A letter that staff tried again and that is parked once more has to be told anew.
    await tx.addSlack({ kind: "desk", cause: `parked:${letterId}:${at}`, content }, at);
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: "letter_parked",
      caseId: null,
      guaranteeId: null,
      cause: `letter:${letterId}`,
      data: { reason },
    });
  });
}
