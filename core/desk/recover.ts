import type { RecoveryEvent } from "../announcements.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { StoredLetter } from "../rows/letters.ts";
import type { OutboundRow } from "../rows/outbox.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";

/** What waits for a person (復旧): letters in that could not be dealt with, letters out that did not arrive. */
export type Parked =
  | { kind: "in"; letter: StoredLetter; reason: string; since: Instant }
  | { kind: "out"; row: OutboundRow; reason: string; since: Instant; mayHaveArrived: boolean };

/** One of them as a screen names it. `attempt` tells a screen drawn before the letter was sent again. */
export type ParkedRef = { kind: "in"; id: string } | { kind: "out"; id: string; attempt: number };

/** Nobody knows whether the letter arrived: sending it again may deliver it twice. */
const FATE_UNKNOWN = [
  "interrupted_while_sending",
  "connection_lost_while_sending",
  "journal_unreachable",
  "journal_unproven",
];
/** It did not arrive. */
export const FATE_KNOWN = ["bounced", "gave_up", "suppressed", "unsealable"];
const OUTBOUND_REASONS = [...FATE_UNKNOWN, ...FATE_KNOWN];
/** Letters of one sender that are taken up in one step; more is another press of the button. */
const TOGETHER_MAX = 200;

/** Oldest first, both kinds together. */
export async function parkedList(desk: Desk, by: StaffMember, limit: number): Promise<Result<Parked[]>> {
  if (!mayDo(by, "recover")) return refuse("role_missing", { deed: "recover" });
  return desk.store.transact(async (tx) => {
    const letters = (await tx.parkedLetters(limit)).map(parkedIn);
    const rows = (await tx.parkedOutbound(limit)).map(parkedOut);
    return ok([...letters, ...rows].sort((a, b) => (a.since < b.since ? -1 : 1)).slice(0, limit));
  });
}

/** One that waits, to look at. */
export async function parkedOne(desk: Desk, by: StaffMember, ref: ParkedRef): Promise<Result<Parked>> {
  if (!mayDo(by, "recover")) return refuse("role_missing", { deed: "recover" });
  return desk.store.transact((tx) => waiting(tx, ref));
}

/** A letter in is read anew; a letter out is sent again with the same bytes, and its address is open again. */
export function retryParked(desk: Desk, by: StaffMember, ref: ParkedRef): Promise<Result<Parked>> {
  return act(desk, by, ref, async (tx, parked, at) => {
    const bytes = parked.kind === "in" ? parked.letter.sealedRaw : parked.row.sealedBytes;
    if (bytes.length === 0) return refuse("letter_erased");
    const done =
      parked.kind === "in"
        ? await tx.retryLetter(parked.letter.id)
        : await tx.retryOutbound(parked.row.id, at);
    return done ? ok(parked.kind === "in" ? "letter_retried" : "outbound_retried") : NOT_WAITING;
  });
}

/** Done with, without an answer or a delivery. */
export function closeParked(desk: Desk, by: StaffMember, ref: ParkedRef): Promise<Result<Parked>> {
  return act(desk, by, ref, async (tx, parked, at) => {
    const done =
      parked.kind === "in"
        ? await tx.closeLetter(parked.letter.id, at)
        : await tx.closeOutbound(parked.row.id, at);
    return done ? ok(parked.kind === "in" ? "letter_closed" : "outbound_closed") : NOT_WAITING;
  });
}

/**
 * Reads anew all letters of one sender that a cap held back, oldest first.
 * @param id any of these letters.
 * @returns who sent them and how many were taken up.
 */
export async function retryHeld(
  desk: Desk,
  by: StaffMember,
  id: string,
): Promise<Result<{ from: string | null; count: number }>> {
  if (!mayDo(by, "recover")) return refuse("role_missing", { deed: "recover" });
  return desk.store.transact(async (tx) => {
    const named = await waiting(tx, { kind: "in", id });
    if (!named.ok) return named;
    if (named.value.kind !== "in" || !isHeldByCap(named.value)) return NOT_WAITING;
    const from = senderOf(named.value.letter);
    const step = { at: desk.now(), cause: `command:${desk.newId()}`, by };
    let count = 0;
    for (const parked of (await tx.parkedLetters(TOGETHER_MAX)).map(parkedIn)) {
      if (!isHeldByCap(parked) || senderOf(parked.letter) !== from) continue;
      if (!(await tx.retryLetter(parked.letter.id))) continue;
      await note(tx, parked, "letter_retried", step);
      count += 1;
    }
    if (count === 0) return NOT_WAITING;
    const content = { event: "letter_retried", by: by.name, from, count } as const;
    await tx.addSlack({ kind: "desk", cause: step.cause, content }, step.at);
    return ok({ from, count });
  });
}

/** The single From address, as far as anybody knows it. */
export function senderOf(letter: StoredLetter): string | null {
  return letter.fromAddress ?? letter.sender;
}

export function isHeldByCap({ reason }: Parked): boolean {
  return reason.startsWith("cap_");
}

const NOT_WAITING = refuse("letter_not_waiting");

type Act = RecoveryEvent["event"];
interface Step {
  at: Instant;
  cause: string;
  by: StaffMember;
}

/** One step: the act, its audit entry, and a word where the letter was told of. A second click finds nothing to do. */
async function act(
  desk: Desk,
  by: StaffMember,
  ref: ParkedRef,
  carryOut: (tx: Transaction, parked: Parked, at: Instant) => Promise<Result<Act>>,
): Promise<Result<Parked>> {
  if (!mayDo(by, "recover")) return refuse("role_missing", { deed: "recover" });
  return desk.store.transact(async (tx) => {
    const found = await waiting(tx, ref);
    if (!found.ok) return found;
    const parked = found.value;
    const step = { at: desk.now(), cause: `command:${desk.newId()}`, by };
    // A refusal has written nothing: each write is one statement that fits or does not.
    const done = await carryOut(tx, parked, step.at);
    if (!done.ok) return done;
    await note(tx, parked, done.value, step);
    const content = eventOf(parked, done.value, by);
    const caseId = parked.kind === "in" ? parked.letter.caseId : parked.row.caseId;
    const { cause, at } = step;
    await tx.addSlack(
      caseId === null ? { kind: "desk", cause, content } : { kind: "thread", cause, caseId, content },
      at,
    );
    // The card counts the letters that did not arrive.
    if (parked.kind === "out" && caseId !== null) await tx.addSlack({ kind: "card", caseId }, at);
    return ok(parked);
  });
}

function eventOf(parked: Parked, done: Act, by: StaffMember): RecoveryEvent {
  if (parked.kind === "in") {
    const event = done === "letter_closed" ? "letter_closed" : "letter_retried";
    return { event, by: by.name, from: senderOf(parked.letter), count: 1 };
  }
  const event = done === "outbound_closed" ? "outbound_closed" : "outbound_retried";
  return { event, by: by.name, template: parked.row.template, to: parked.row.to };
}

async function note(tx: Transaction, parked: Parked, action: Act, { at, cause, by }: Step): Promise<void> {
  const { reason } = parked;
  const actor = { employee: by.employee, name: by.name };
  const data =
    parked.kind === "in"
      ? { letterId: parked.letter.id, from: senderOf(parked.letter), reason }
      : {
          ...{ outboundId: parked.row.id, to: parked.row.to, template: parked.row.template, reason },
          mayHaveArrived: parked.mayHaveArrived,
        };
  const caseId = parked.kind === "in" ? parked.letter.caseId : parked.row.caseId;
  await tx.audit({ at, actor: { kind: "staff", actor }, action, caseId, guaranteeId: null, cause, data });
}

async function waiting(tx: Transaction, ref: ParkedRef): Promise<Result<Parked>> {
  if (ref.kind === "in") {
    const letter = await tx.letter(ref.id);
    return letter?.state === "parked" ? ok(parkedIn(letter)) : NOT_WAITING;
  }
  const row = await tx.outboundLetter(ref.id);
  const waits = row !== null && (row.state === "parked" || row.state === "refused");
  return waits && row.attempt === ref.attempt ? ok(parkedOut(row)) : NOT_WAITING;
}

function parkedIn(letter: StoredLetter): Extract<Parked, { kind: "in" }> {
  return { kind: "in", letter, reason: letter.reason ?? "unreadable", since: letter.receivedAt };
}

function parkedOut(row: OutboundRow): Extract<Parked, { kind: "out" }> {
  const reason = outboundReason(row);
  const mayHaveArrived = row.state === "parked" && FATE_UNKNOWN.includes(reason);
  return { kind: "out", row, reason, since: row.createdAt, mayHaveArrived };
}

/** The code before the server's words. A parked row without one counts as perhaps arrived: the careful reading. */
function outboundReason({ state, detail }: OutboundRow): string {
  const code = /^[a-z_]+/.exec(detail ?? "")?.[0] ?? "";
  if (OUTBOUND_REASONS.includes(code)) return code;
  return state === "refused" ? "refused_by_server" : "connection_lost_while_sending";
}
