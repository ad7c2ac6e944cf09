import type { Desk } from "../ports.ts";
import type { LetterFacts } from "./receive.ts";

/** A delivery report about one of our letters, recognised by a mark that only we can make. */
export interface Bounce {
  outboundId: string;
  /** The letter will never arrive (RFC 3464 §2.3.3 `failed`); else it is only late. */
  permanent: boolean;
  recipient: string | null;
  /** RFC 3463 status, `5.1.1`. */
  status: string | null;
}

/**
 * A letter of ours came back: staff are told where they look for it, and nothing more is sent to an address that does
 * not exist. A report of delay changes nothing; the letter is still on its way.
 * @returns false when the letter is not known; the report is then an automatic letter like any other.
 */
export async function receiveBounce(desk: Desk, facts: LetterFacts, bounce: Bounce): Promise<boolean> {
  return desk.store.transact(async (tx) => {
    const at = desk.now();
    const row = await tx.outboundLetter(bounce.outboundId);
    if (row === null) return false;
    const detail = `bounced: ${bounce.status ?? "no status"}`;
    const returned = bounce.permanent && (await tx.noteBounce(row.id, detail, at));
    if (returned) {
      if (isAddressGone(bounce.status)) await tx.suppress(row.to, detail, row.id, at);
      const content = {
        event: "letter_parked",
        template: row.template,
        to: row.to,
        reason: "bounced",
      } as const;
      const cause = `bounced:${row.id}`;
      await tx.addSlack(
        row.caseId === null
          ? { kind: "desk", cause, content }
          : { kind: "thread", cause, caseId: row.caseId, content },
        at,
      );
      if (row.caseId !== null) await tx.addSlack({ kind: "card", caseId: row.caseId }, at);
    }
    await tx.finishLetter(facts.id, {
      state: "not_answered",
      at,
      kind: "automatic",
      fromAddress: null,
      subject: facts.subject,
      messageId: facts.messageId,
      authenticationResults: facts.authenticationResults,
      trust: "other",
      caseId: row.caseId,
      reason: returned ? "bounce" : "delivery_report",
    });
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: returned ? "letter_bounced" : "letter_delayed",
      caseId: row.caseId,
      guaranteeId: null,
      cause: `letter:${facts.id}`,
      data: { outboundId: row.id, to: row.to, status: bounce.status },
    });
    return true;
  });
}

/** RFC 3463 §3.2: X.1.x concerns the address. Without a status the address stays open: the next letter will tell. */
function isAddressGone(status: string | null): boolean {
  return status?.startsWith("5.1.") ?? false;
}
