import { createHash } from "node:crypto";
import { dayInTokyo, later } from "../dates.ts";
import type { Desk } from "../ports.ts";
import type { PersonErased } from "../rows/upkeep.ts";
import type { AuditEntry, Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";

/** What keeps the desk itself in order: what is due, what is done, what staff are told. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Asia/Tokyo has had no summer time since 1951. */
const TOKYO_MS = 9 * HOUR_MS;

/** A duty is due when it was last taken up at this moment or before: the last time the clock showed that hour in Tokyo. */
export function dailyFrom(hour: number): (at: Instant) => Instant {
  return (at) => {
    const midnight = Date.parse(`${dayInTokyo(at)}T00:00:00.000Z`) - TOKYO_MS;
    const today = midnight + hour * HOUR_MS;
    return new Date(today <= Date.parse(at) ? today : today - DAY_MS).toISOString();
  };
}

export function everyMinutes(minutes: number): (at: Instant) => Instant {
  return (at) => later(at, -minutes * MINUTE_MS);
}

/** Nobody works then, and the backup of most houses is over. */
const NIGHT = { from: 2, until: 5 };
/** Where machines are switched off at night it is done by day, but not every day. */
const NIGHTS_MISSED_MS = 3 * DAY_MS;

/** Once a night; by day only what was missed for days. */
export function nightly(at: Instant): Instant {
  const hour = new Date(Date.parse(at) + TOKYO_MS).getUTCHours();
  const night = hour >= NIGHT.from && hour < NIGHT.until;
  return night ? dailyFrom(NIGHT.from)(at) : later(at, -NIGHTS_MISSED_MS);
}

/** Its row says `backAt`: when a letter to ourselves last came back (also read by the vitals). */
export const CANARY_DUTY = "canary";

interface CanaryLeft {
  /** The last one, until it is back. */
  waiting: { outboundId: string; sentAt: Instant } | null;
  backAt: Instant | null;
  /** Since when staff believe that letters do not come back. */
  lostSince: Instant | null;
}

/**
 * Sends the next letter to ourselves. When the one before is not back by now, staff are told, once until one is back.
 * @param minutes the time between two.
 */
export async function sendCanary(desk: Desk, minutes: number): Promise<void> {
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const left = await canaryLeft(tx);
    const { deskAddress: to } = desk.policy;
    const lost = left.waiting !== null && left.lostSince === null;
    if (left.waiting !== null && lost)
      await tell(tx, "canary_lost", { minutes: String(minutes) }, left.waiting.outboundId, at);
    const lostSince = lost ? (left.waiting?.sentAt ?? at) : left.lostSince;
    const cause = `canary:${Math.floor(Date.parse(at) / (minutes * MINUTE_MS))}`;
    const content = { template: "canary", sentAt: at } as const;
    const letter = { cause, to, caseId: null, answers: null, replyTo: null, content, attachments: [] };
    const composed = await desk.compose(letter);
    await tx.addLetter(letter, desk.sealer.seal(composed.bytes), composed, at);
    const waiting = { outboundId: composed.id, sentAt: at };
    await tx.leaveDuty(CANARY_DUTY, { ...left, lostSince, waiting });
  });
}

/**
 * One of our own letters came in. @param outboundId as its signed Message-ID says.
 * @returns false when it is no letter to ourselves.
 */
export async function noteCanary(desk: Pick<Desk, "store" | "now">, outboundId: string): Promise<boolean> {
  return desk.store.transact(async (tx) => {
    const letter = await tx.outboundLetter(outboundId);
    if (letter?.template !== "canary") return false;
    const at = desk.now();
    const left = await canaryLeft(tx);
    const { waiting } = left;
    // An old one shows that letters flow again; the newest is still waited for.
    const rest = waiting?.outboundId === outboundId ? null : waiting;
    if (left.lostSince !== null) {
      const minutes = Math.round((Date.parse(at) - Date.parse(left.lostSince)) / MINUTE_MS);
      await tell(tx, "canary_back", { minutes: String(minutes) }, outboundId, at);
    }
    await tx.leaveDuty(CANARY_DUTY, { waiting: rest, backAt: at, lostSince: null });
    return true;
  });
}

async function canaryLeft(tx: Transaction): Promise<CanaryLeft> {
  const duty = await tx.duty(CANARY_DUTY);
  return { waiting: null, backAt: null, lostSince: null, ...duty?.left };
}

/** Counts of the reconciliation by name; each must be zero. `unchecked`: what could not be looked at, as codes. */
export interface Reconciliation {
  counts: Record<string, number>;
  unchecked: Record<string, string>;
}

/** Writes the counts into the audit log, and tells staff when one is not zero or was not to be had; once a day. */
export async function tellReconciliation(desk: Pick<Desk, "store" | "now">, found: Reconciliation) {
  const { counts, unchecked } = found;
  await desk.store.transact(async (tx) => {
    const at = desk.now();
    const day = dayInTokyo(at);
    const cause = `reconciliation:${day}`;
    await tx.audit({ ...byDesk, at, action: "reconciled", cause, data: { counts, unchecked } });
    if (isEven(found)) return;
    await tell(tx, "reconciliation", detailOf(found), day, at);
  });
}

/** As the sentence in Slack names them; a part that could not be looked at has no count. */
function detailOf({ counts, unchecked }: Reconciliation): Record<string, string> {
  const sum = (...names: string[]) => String(names.reduce((total, name) => total + (counts[name] ?? 0), 0));
  const missed = Object.entries(unchecked).map(([name, code]) => `${name} (${code})`);
  return {
    letters: sum("unfinishedLetters"),
    answers: sum("answeredWithoutLetter"),
    outbound: sum("unsettledOutbound"),
    slack: sum("untoldSlack"),
    ...("mailbox" in unchecked ? {} : { mailbox: sum("unrecorded", "unrecordedFiled") }),
    ...("journal" in unchecked ? {} : { journal: sum("missingInJournal") }),
    ...(missed.length === 0 ? {} : { unchecked: missed.join(", ") }),
  };
}

export function isEven({ counts, unchecked }: Reconciliation): boolean {
  return Object.values(counts).every((count) => count === 0) && Object.keys(unchecked).length === 0;
}

/** Letters in one step: short enough to hold up nobody. */
const ERASED_AT_ONCE = 200;
/** At most so many steps a night; the rest waits for the next. */
const STEPS = 1_000;
/** Letters to ourselves say nothing; they are kept to look into a trouble. */
const CANARIES_KEPT_MS = 7 * DAY_MS;

/** Erases letters whose time has come (LETTERS_KEPT_DAYS), step by step. @returns how many. */
export async function eraseOldLetters(desk: Pick<Desk, "store" | "now">, keptDays: number): Promise<number> {
  let erased = 0;
  for (let step = 0; step < STEPS; step++) {
    const count = await desk.store.transact(async (tx) => {
      const at = desk.now();
      const before = later(at, -keptDays * DAY_MS);
      const canariesBefore = later(at, -CANARIES_KEPT_MS);
      const term = { before, beforeDay: dayInTokyo(before), canariesBefore, at, limit: ERASED_AT_ONCE };
      const letters = await tx.eraseLettersBefore(term);
      const data = { letters, keptDays };
      if (letters > 0)
        await tx.audit({
          ...byDesk,
          at,
          action: "letters_erased",
          cause: `retention:${dayInTokyo(at)}`,
          data,
        });
      return letters;
    });
    erased += count;
    if (count < ERASED_AT_ONCE) break;
  }
  return erased;
}

/** Erases one person's letters, in and out. The audit log names the address by its SHA-256 alone. */
export async function erasePersonsLetters(
  desk: Pick<Desk, "store" | "now">,
  address: string,
): Promise<PersonErased> {
  const addressHash = createHash("sha256").update(address.toLowerCase()).digest("hex");
  let erased = 0;
  for (;;) {
    const found = await desk.store.transact(async (tx) => {
      const at = desk.now();
      const part = await tx.eraseLettersOf(address, dayInTokyo(at), at, ERASED_AT_ONCE);
      const data = { addressHash, ...part };
      await tx.audit({ ...byDesk, at, action: "letters_erased", cause: "command", data });
      return part;
    });
    erased += found.erased;
    if (found.erased === 0) return { ...found, erased };
  }
}

const byDesk: Pick<AuditEntry, "actor" | "caseId" | "guaranteeId"> = {
  actor: { kind: "desk" },
  caseId: null,
  guaranteeId: null,
};

async function tell(
  tx: Transaction,
  code: string,
  detail: Record<string, string>,
  once: string,
  at: Instant,
): Promise<void> {
  const content = { event: "engine_trouble", code, detail } as const;
  await tx.addSlack({ kind: "desk", cause: `trouble:${code}:${once}`, content }, at);
}
