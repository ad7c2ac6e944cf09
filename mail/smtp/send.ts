import { later } from "../../core/dates.ts";
import type { OwnIds } from "../../core/own-id.ts";
import type { Sealer } from "../../core/ports.ts";
import type { Claim, DeliveryOutcome, OutboundRow } from "../../core/rows/outbox.ts";
import type { Transaction } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { Journal } from "../imap/journal.ts";
import type { Log } from "../log.ts";
import type { StoreOf } from "../step.ts";
import { together } from "../together.ts";
import { DOUBT_GRACE_MS, firstLook, resolveDoubt } from "./doubt.ts";
import { SEND_MS, type SendVerdict, type SmtpPool } from "./pool.ts";

type Rows = Pick<
  Transaction,
  "claimLetters" | "reclaimLetter" | "settleLetters" | "sentBetween" | "suppress" | "addSlack"
>;

/** What the send worker uses. */
export interface SendWork {
  store: StoreOf<keyof Rows>;
  sealer: Sealer;
  ids: Pick<OwnIds, "envid">;
  smtp: SmtpPool;
  /** MAIL_JOURNAL; null: uncertain sends are for staff. */
  journal: Journal | null;
  now(): Instant;
  log: Log;
  /** How long a copy may take into the journal; {@link DOUBT_GRACE_MS} unless told. */
  doubtGraceMs?: number | undefined;
  /** The bound that `smtp` keeps to; SEND_MS unless told. */
  sendMs?: number | undefined;
}

const MINUTE_MS = 60_000;
const RETRY_MAX_MS = 6 * 60 * MINUTE_MS;
/** RFC 5321 §4.5.4.1 asks for four to five days between servers; a key notice that late needs a person before. */
const GIVE_UP_MS = 48 * 60 * MINUTE_MS;
/** Longer than one delivery can take, by this share: what may pass between taking a letter up and beginning with it. */
const LEASE_MORE = 1 / 12;

/**
 * Handler of `mail.send`: each letter is delivered once. The row is marked `sending`, committed before the first byte
 * leaves. What may have arrived without anybody knowing is looked up in the journal, and sent again only when it is not
 * there after a grace time; without a journal it is for staff.
 */
export function sendWork(work: SendWork): (id: string) => Promise<void> {
  const { store } = work;
  const claim = together((ids: readonly string[]) => {
    const at = work.now();
    return store.transact((tx) => tx.claimLetters(ids, at, later(at, leaseMs(work))));
  });
  const end = together((endings: readonly Ending[]) => store.transact((tx) => endLetters(tx, endings)));
  /** Outcomes that could not be written yet, and letters that are on their way, in this process. */
  const unwritten = new Map<string, Ending>();
  const underWay = new Set<string>();
  /** Attempts whose first byte may have left this process, until their outcome is written. */
  const begun = new Map<string, number>();

  /** The outcome is known from here on, whatever becomes of the database. */
  async function finish(ending: Ending): Promise<void> {
    unwritten.set(ending.row.id, ending);
    const written = await end(ending);
    const { row, outcome, reason } = ending;
    unwritten.delete(row.id);
    if (written) begun.delete(row.id);
    const told = {
      outboundId: row.id,
      template: row.template,
      outcome: outcome.state,
      detail: outcome.detail,
    };
    if (!written) work.log.warn(told, "a late word about a letter that was settled meanwhile");
    else if (reason !== null) work.log.error({ ...told, reason }, "letter needs a person");
    else if (outcome.state === "sent") work.log.info(told, "letter sent");
    else work.log.warn({ ...told, retryAt: outcome.retryAt }, "letter not settled yet");
  }

  async function deliver(row: OutboundRow): Promise<Ending> {
    // A process that froze since it took the letter up could send beside whoever has taken it over by now.
    const untouched = Date.parse(row.leasedUntil ?? work.now()) - (work.sendMs ?? SEND_MS);
    if (Date.parse(work.now()) > untouched)
      return endingOf(work, row, { outcome: "not_sent", detail: "claim too old" });
    const bytes = opened(work, row);
    if (bytes === null) return parked(work, row, "unsealable", "SEAL_KEY");
    begun.set(row.id, row.attempt);
    const envelope = { from: row.envelopeFrom, to: row.to, envid: work.ids.envid(row.id) };
    return endingOf(work, row, await work.smtp.send(envelope, bytes));
  }

  async function settle(claimed: Claim, unreachable: SendVerdict | null): Promise<Ending | null> {
    const { row } = claimed;
    switch (claimed.found) {
      case "done":
        return null;
      case "held":
        // Comes back with the queue's back-off; whoever has it is alive and will say what became of it.
        throw new Error("the letter is in the hands of another process");
      case "own":
        if (begun.get(row.id) === row.attempt) return doubt(work, row, "interrupted_while_sending");
        // Taken up by this process, which never began with it: the answer to the claim was lost.
        return endingOf(work, row, { outcome: "not_sent", detail: "claim lost" });
      case "interrupted":
        return doubt(work, row, "interrupted_while_sending");
      case "doubtful":
        return settleDoubt(work, row, deliver);
      case "taken":
        if (row.suppressed) return parked(work, row, "suppressed", "recipient was refused before");
        return unreachable === null ? deliver(row) : endingOf(work, row, unreachable);
    }
  }

  return async (id) => {
    if (underWay.has(id)) throw new Error("the letter is on its way");
    underWay.add(id);
    try {
      const known = unwritten.get(id);
      if (known !== undefined) return await finish(known);
      const unreachable = await work.smtp.prepare();
      const claimed = await claim(id);
      const ending = claimed === null ? null : await settle(claimed, unreachable);
      if (ending !== null) await finish(ending);
    } finally {
      underWay.delete(id);
    }
  };
}

/** Minutes double from one to six hours. @param attempts how often it was tried before this time. */
export function retryDelayMs(attempts: number): number {
  return Math.min(MINUTE_MS * 2 ** Math.min(attempts, 20), RETRY_MAX_MS);
}

/** Null when no key of ours opens the letter: nothing left, and only a person can mend that. */
function opened({ sealer }: SendWork, { sealedBytes }: OutboundRow): Uint8Array | null {
  try {
    return sealer.unseal(sealedBytes);
  } catch {
    return null;
  }
}

/** What became of an attempt, and why staff have to hear of it (null: they do not). */
interface Ending {
  row: OutboundRow;
  outcome: DeliveryOutcome;
  reason: string | null;
  /** The address itself was refused for good. */
  suppress: boolean;
}

function endingOf(work: SendWork, row: OutboundRow, verdict: SendVerdict): Ending {
  const at = work.now();
  const { detail } = verdict;
  if (verdict.outcome === "sent") return { row, outcome: { state: "sent", at, detail }, ...QUIET };
  if (verdict.outcome === "uncertain") return doubt(work, row, "connection_lost_while_sending", detail);
  if (verdict.outcome === "refused") {
    const suppress = verdict.scope === "address";
    return { row, outcome: { state: "refused", at, detail }, reason: "refused_by_server", suppress };
  }
  if (Date.parse(at) - Date.parse(row.createdAt) >= GIVE_UP_MS) return parked(work, row, "gave_up", detail);
  const retryAt = later(at, retryDelayMs(row.attempt - 1));
  return { row, outcome: { state: "pending", at, detail, retryAt }, ...QUIET };
}

const QUIET = { reason: null, suppress: false };

/** Nobody knows whether it arrived: the journal will tell; without one, staff have to look. */
function doubt(work: SendWork, row: OutboundRow, reason: string, detail = reason): Ending {
  if (work.journal === null) return parked(work, row, reason, detail);
  const at = work.now();
  const retryAt = firstLook(at, grace(work));
  return { row, outcome: { state: "ambiguous", at, detail, retryAt }, ...QUIET };
}

function parked(work: SendWork, row: OutboundRow, reason: string, detail: string): Ending {
  // The reason comes first: staff who look later have only the row (core/desk/recover.ts).
  const why = detail === reason ? reason : `${reason}: ${detail}`;
  return { row, outcome: { state: "parked", at: work.now(), detail: why }, reason, suppress: false };
}

/** Found in the journal: sent. Absent for sure: the same bytes under the same Message-ID, once more. */
async function settleDoubt(
  work: SendWork,
  row: OutboundRow,
  deliver: (row: OutboundRow) => Promise<Ending>,
): Promise<Ending | null> {
  const { journal, store, now } = work;
  if (journal === null) return parked(work, row, "connection_lost_while_sending", row.detail ?? "");
  const doubt = await resolveDoubt({ journal, store, now, graceMs: grace(work) }, row);
  const at = now();
  if (doubt.now === "arrived")
    return { row, outcome: { state: "sent", at, detail: "found in the journal" }, ...QUIET };
  if (doubt.now === "unknowable") return parked(work, row, doubt.reason, doubt.detail);
  if (doubt.now === "open") {
    const { retryAt, detail } = doubt;
    return { row, outcome: { state: "ambiguous", at, detail, retryAt }, ...QUIET };
  }
  if (row.suppressed) return parked(work, row, "suppressed", "recipient was refused before");
  const leasedUntil = later(at, leaseMs(work));
  const mine = await store.transact((tx) => tx.reclaimLetter(row.id, row.attempt, at, leasedUntil));
  return mine ? deliver({ ...row, attempt: row.attempt + 1, leasedUntil }) : null;
}

/** @returns whether each was written. */
async function endLetters(tx: Rows, endings: readonly Ending[]): Promise<boolean[]> {
  const before = await tx.settleLetters(
    endings.map(({ row, outcome }) => ({ ...outcome, id: row.id, attempt: row.attempt })),
  );
  for (const [index, ending] of endings.entries()) {
    const was = before[index] ?? null;
    if (was === null) continue;
    const { row, outcome, suppress } = ending;
    if (suppress) await tx.suppress(row.to, outcome.detail ?? "refused", row.id, outcome.at);
    await tell(tx, ending);
    const { caseId } = row;
    // The card counts the letters that did not arrive: one more, or one less that was given up too early.
    if (caseId !== null && (ending.reason !== null || was === "parked"))
      await tx.addSlack({ kind: "card", caseId }, outcome.at);
  }
  return before.map((was) => was !== null);
}

/** Told in the case's thread; without a case only trouble is told, in the desk's channel. */
async function tell(tx: Rows, { row, outcome, reason }: Ending): Promise<void> {
  const { template, to, caseId } = row;
  const { at, state } = outcome;
  if (reason !== null) {
    const content = { event: "letter_parked", template, to, reason } as const;
    const cause = `parked:${row.id}:${row.attempt}`;
    await tx.addSlack(
      caseId === null ? { kind: "desk", cause, content } : { kind: "thread", cause, caseId, content },
      at,
    );
  } else if (state === "sent" && caseId !== null)
    await tx.addSlack(
      { kind: "thread", cause: `sent:${row.id}`, caseId, content: { event: "letter_sent", template, to } },
      at,
    );
}

function grace({ doubtGraceMs = DOUBT_GRACE_MS }: SendWork): number {
  return doubtGraceMs;
}

function leaseMs({ sendMs = SEND_MS }: SendWork): number {
  return Math.round(sendMs * (1 + LEASE_MORE));
}
