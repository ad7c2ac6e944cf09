import type { Sealer } from "../core/ports.ts";
import type { OutboundRow, Transaction } from "../core/store.ts";
import type { Instant } from "../core/terms.ts";
import type { Log } from "./log.ts";
import type { SendVerdict, SmtpPool } from "./smtp.ts";
import type { StoreOf } from "./step.ts";
import { inOneStep } from "./together.ts";

/** What the send worker uses. */
export interface SendWork {
  store: StoreOf<"claimLetter" | "settleLetter" | "addSlack">;
  sealer: Sealer;
  smtp: SmtpPool;
  now(): Instant;
  /** MAIL_FROM: envelope sender, so that bounces come back to the desk. */
  from: string;
  log: Log;
}

const MINUTE_MS = 60_000;
const RETRY_MAX_MS = 6 * 60 * MINUTE_MS;
/** RFC 5321 §4.5.4.1 asks for four to five days between servers; a key notice that late needs a person before. */
const GIVE_UP_MS = 48 * 60 * MINUTE_MS;

/**
 * Handler of `mail.send`: at most once. The row is marked `sending`, committed before the first byte leaves; a row that was
 * already `sending` was interrupted, perhaps after the server had the letter, and goes to staff. A letter that
 * certainly did not leave is settled `pending`, which brings it back at its time.
 */
export function sendWork(work: SendWork): (id: string) => Promise<void> {
  const claim = inOneStep(work.store, (tx, id: string) => tx.claimLetter(id, work.now()));
  const end = inOneStep(work.store, endLetter);
  return async (id) => {
    const unreachable = await work.smtp.prepare();
    const row = await claim(id);
    if (row === null || row.state === "sent" || row.state === "refused" || row.state === "parked") return;
    if (row.state === "sending")
      return settle(work, end, row, { outcome: "uncertain", detail: "interrupted" });
    const send = () => work.smtp.send({ from: work.from, to: row.to }, work.sealer.unseal(row.sealedBytes));
    await settle(work, end, row, unreachable ?? (await send()));
  };
}

/** Minutes double from one to six hours. @param attempts how often it was tried before this time. */
export function retryDelayMs(attempts: number): number {
  return Math.min(MINUTE_MS * 2 ** Math.min(attempts, 20), RETRY_MAX_MS);
}

type Rows = Pick<Transaction, "claimLetter" | "settleLetter" | "addSlack">;

/** A row that is done with: what became of it, and what staff are told, in one step. */
interface Ending {
  row: OutboundRow;
  state: "sent" | "refused" | "parked";
  at: Instant;
  detail: string;
  /** Why the letter stays behind; null when it was sent. */
  reason: string | null;
}

async function endLetter(tx: Rows, { row, state, at, detail, reason }: Ending): Promise<void> {
  await tx.settleLetter(row.id, { state, at, detail });
  await tell(tx, row, reason, at);
}

async function settle(
  work: SendWork,
  end: (ending: Ending) => Promise<void>,
  row: OutboundRow,
  verdict: SendVerdict,
): Promise<void> {
  const at = work.now();
  const { detail } = verdict;
  const told = { outboundId: row.id, template: row.template, outcome: verdict.outcome, detail };
  if (verdict.outcome === "not_sent" && Date.parse(at) - Date.parse(row.createdAt) < GIVE_UP_MS) {
    const retryAt = new Date(Date.parse(at) + retryDelayMs(row.attempts)).toISOString();
    await work.store.transact((tx) => tx.settleLetter(row.id, { state: "pending", at, detail, retryAt }));
    work.log.warn({ ...told, retryAt }, "letter not sent, will be tried again");
    return;
  }
  const state = verdict.outcome === "sent" ? "sent" : verdict.outcome === "refused" ? "refused" : "parked";
  await end({ row, state, at, detail, reason: state === "sent" ? null : reasonOf(verdict, detail) });
  if (state === "sent") work.log.info(told, "letter sent");
  else work.log.error(told, "letter needs a person");
}

/** Code of why a letter stays behind; worded in `templates/ja/slack.json`. */
function reasonOf(verdict: SendVerdict, detail: string): string {
  if (verdict.outcome === "refused") return "refused_by_server";
  if (verdict.outcome === "not_sent") return "gave_up";
  return detail === "interrupted" ? "interrupted_while_sending" : "connection_lost_while_sending";
}

/** Told in the case's thread; without a case only trouble is told, in the desk's channel. */
async function tell(tx: Rows, row: OutboundRow, reason: string | null, at: Instant): Promise<void> {
  const { template, to, caseId } = row;
  if (reason === null) {
    if (caseId !== null)
      await tx.addSlack(
        { kind: "thread", cause: `sent:${row.id}`, caseId, content: { event: "letter_sent", template, to } },
        at,
      );
    return;
  }
  const content = { event: "letter_parked", template, to, reason } as const;
  const cause = `parked:${row.id}`;
  await tx.addSlack(
    caseId === null ? { kind: "desk", cause, content } : { kind: "thread", cause, caseId, content },
    at,
  );
}
