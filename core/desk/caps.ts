import { later } from "../dates.ts";
import type { Instant } from "../terms.ts";
import type { LetterAtWork, LetterOutcome } from "./receive.ts";

/**
 * How many answers may leave within an hour: two programs that answer each other, a sender whose address changes with
 * every letter, or a flood stop here (RFC 3834 §2 asks a responder to bound itself). Nothing is lost by it.
 */
const HOUR_MS = 3_600_000;
/** Steps that count at the same time could each see room for the last answer: this close to a cap they queue up. */
const CLOSE = 16;
/** A breaker that is open is tried again after this. */
const BREAKER_WAIT_MS = 5 * 60_000;

type Scope = "sender" | "domain" | "case" | "global";

/** The whole desk answers no more than so much: until when the letter waits, or null. Staff are told once an hour. */
export async function breakerUntil(work: LetterAtWork): Promise<Instant | null> {
  if (work.desk.policy.caps.global === 0 || !(await exceeded(work, ["global"]))) return null;
  await tellStaff(work, "global");
  return later(work.at, BREAKER_WAIT_MS);
}

/** One sender, its domain or one case: the letter is kept for staff, who are told once an hour. */
export async function heldByCap(work: LetterAtWork): Promise<LetterOutcome | null> {
  const scope = await exceeded(work, ["sender", "domain", "case"]);
  if (scope === null) return null;
  await tellStaff(work, scope);
  return { state: "parked", caseId: null, reason: `cap_${scope}` };
}

async function exceeded(work: LetterAtWork, scopes: readonly Scope[]): Promise<Scope | null> {
  const { caps } = work.desk.policy;
  const capped = scopes.filter((scope) => caps[scope] > 0);
  if (capped.length === 0) return null;
  const first = await count(work);
  if (capped.some((scope) => first[scope] >= caps[scope] - CLOSE)) {
    await work.tx.lockAnswers();
    const sure = await count(work);
    return capped.find((scope) => sure[scope] >= caps[scope]) ?? null;
  }
  return null;
}

async function count({ tx, reading, from, at }: LetterAtWork) {
  const found = reading.reference === null ? null : await tx.caseByReceipt(reading.reference);
  return tx.answersSince(later(at, -HOUR_MS), from, domainOf(from), found?.id ?? null);
}

async function tellStaff({ tx, desk, facts, reading, from, at }: LetterAtWork, scope: Scope): Promise<void> {
  const who = {
    sender: from,
    domain: domainOf(from),
    case: reading.reference ?? "",
    global: "",
  }[scope];
  const hour = at.slice(0, 13);
  const detail = { who, cap: String(desk.policy.caps[scope]) };
  await tx.addSlack(
    {
      kind: "desk",
      cause: `cap:${scope}:${who}:${hour}`,
      content: { event: "engine_trouble", code: `cap_${scope}`, detail },
    },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "desk" },
    action: "answers_capped",
    caseId: null,
    guaranteeId: null,
    cause: `letter:${facts.id}`,
    data: { scope, ...detail },
  });
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}
