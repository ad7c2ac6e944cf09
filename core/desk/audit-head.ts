import { dayInTokyo } from "../dates.ts";
import type { Desk } from "../ports.ts";
import type { AuditHead } from "../rows/reports.ts";
import type { Store } from "../store.ts";
import { sendLetter } from "./send.ts";

/**
 * Whoever may write every row of the database can compute the whole audit chain anew, and it would look whole. So its
 * newest hash leaves the database every day, to where that person cannot change it: Slack and the mailbox. A chain that
 * was rewritten no longer contains it.
 */

/**
 * Posts and mails the head of the chain; once a day, however often it is called, from the day after the first entry on: a
 * desk that is set up today has nothing yet that was said to anybody.
 */
export async function publishAuditHead(desk: Desk): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const day = dayInTokyo(at);
    const [since, head] = [await tx.auditedSince(), await tx.auditHead()];
    if (since === null || head === null || dayInTokyo(since) === day) return;
    const cause = `audit_head:${day}`;
    const facts = { ...head, day };
    await tx.addSlack({ kind: "desk", cause, content: { event: "audit_head", ...facts } }, at);
    const content = { template: "audit_head", ...facts } as const;
    const to = desk.policy.deskAddress;
    const rest = { caseId: null, answers: null, replyTo: null, attachments: [] };
    await sendLetter(desk, tx, { cause, to, content, ...rest }, at);
  });
}

/** `SERIAL:HASH`, as it is posted, mailed and given to `audit verify --head`. */
export function formatAuditHead({ serial, hash }: AuditHead): string {
  return `${serial}:${hash}`;
}

/** Reads what somebody copied out of a message; null when it is no head. */
export function parseAuditHead(typed: string): AuditHead | null {
  const [, serial, hash] = /^\s*(\d{1,15})\s*:\s*([0-9a-f]{64})\s*$/i.exec(typed) ?? [];
  return serial === undefined || hash === undefined
    ? null
    : { serial: Number(serial), hash: hash.toLowerCase() };
}

/** `missing`: the log ends before that entry. `differs`: the entry is another one now; the log was rewritten. */
export type HeadVerdict = "contained" | "missing" | "differs";

/** Whether the chain still contains a head that was published. The chain itself is walked elsewhere. */
export async function holdsHead(store: Store, { serial, hash }: AuditHead): Promise<HeadVerdict> {
  const now = await store.transact((tx) => tx.auditHash(serial));
  if (now === null) return "missing";
  return now === hash ? "contained" : "differs";
}
