/**
 * Where the program is killed on purpose: around the commit of every kind of step that it writes, at every stage of the
 * conversation with the SMTP server, and when it takes office. A step of the store is told by the methods it calls.
 */

/** A kind of step: all of `with` are called and none of `without`. */
export interface Step {
  with: readonly string[];
  without?: readonly string[];
  /** Done by whoever holds the office (of the mailbox, of Slack's outbox); with two programs that may be the other one. */
  leader?: true;
}

export const STEPS = {
  "letter stored": { with: ["recordLetters"], leader: true },
  "attempt counted": { with: ["beginLetters"] },
  "letter postponed": { with: ["postponeLetter"] },
  "case opened": { with: ["insertCase", "finishLetter"] },
  "query answered": { with: ["saveAttempts", "finishLetter"] },
  "form sent": { with: ["addLetter", "finishLetter"], without: ["insertCase", "saveAttempts"] },
  "letter shown to staff": { with: ["finishLetter", "addSlack"], without: ["addLetter"] },
  "letters filed away": { with: ["noteFiled"], leader: true },
  "answer taken up": { with: ["claimLetters"] },
  "answer sent": { with: ["settleLetters:sent"] },
  "answer put off": { with: ["settleLetters:pending"] },
  "answer refused": { with: ["settleLetters:refused"] },
  "answer in doubt": { with: ["settleLetters:ambiguous"] },
  "doubt settled from the journal": { with: ["settleLetters:found"] },
  "answer sent again": { with: ["reclaimLetter"] },
  "Slack message taken up": { with: ["claimSlack"], leader: true },
  "Slack message sent": { with: ["settleSlack:sent"], leader: true },
  "issue approved": { with: ["saveKey"] },
  "guarantee issued": { with: ["saveDocument"] },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as StepName[];

/**
 * Steps of a guarantee's life, told by the audit entry that each writes. They are no failpoints of the crash test, which
 * counts letters: `journeys/kill-changes.test.ts` dies of each of them.
 */
export const LIFE_STEPS = {
  "change requested": { with: ["audit:change_requested"] },
  "change approved": { with: ["audit:change_approved"] },
  "amendment stored": { with: ["audit:amended"] },
  "rectification stored": { with: ["audit:rectified"] },
  "guarantee cancelled": { with: ["audit:cancelled"] },
  "key sent again": { with: ["audit:resend_requested"] },
  "application reviewed": { with: ["audit:reviewed"] },
  "case entered": { with: ["audit:case_entered"] },
} as const satisfies Record<string, Step>;
export type LifeStepName = keyof typeof LIFE_STEPS;

/** Before: everything is written and nothing committed. After: committed, and nobody was told yet. */
export const SIDES = ["before commit", "after commit"] as const;
export type Side = (typeof SIDES)[number];

/**
 * What the SMTP server sees of a letter: the program dies before it gets the reply, except at the last two:
 * `stored`: the server has the letter, the program has no reply; `accepted`: the reply has left.
 */
export const STAGES = ["connect", "MAIL", "RCPT", "DATA", "final dot", "stored", "accepted"] as const;
export type Stage = (typeof STAGES)[number];

/** What is not a step of the store, told by a line of the log: the program dies right after it. */
export const LOG_LINES = { "office taken": "held, epoch" } as const;
export type LogName = keyof typeof LOG_LINES;

export type Failpoint =
  | { where: "store"; step: StepName; side: Side }
  | { where: "smtp"; stage: Stage }
  | { where: "log"; line: LogName };

export const FAILPOINTS: readonly Failpoint[] = [
  ...STEP_NAMES.flatMap((step) => SIDES.map((side) => ({ where: "store" as const, step, side }))),
  ...STAGES.map((stage) => ({ where: "smtp" as const, stage })),
  ...(Object.keys(LOG_LINES) as LogName[]).map((line) => ({ where: "log" as const, line })),
];

export function nameOf(point: Failpoint): string {
  if (point.where === "smtp") return `SMTP: ${point.stage}`;
  return point.where === "log" ? point.line : `${point.step}, ${point.side}`;
}

/** Settings of the child's entry (`program.ts`). */
export const ARM = {
  step: "CRASH_STEP",
  side: "CRASH_SIDE",
  /** How many such steps pass before the one that kills. */
  passing: "CRASH_PASSING",
  /** A fault of the program to be planted; the harness has to find it. */
  fault: "CRASH_FAULT",
  /** Set: the compiled modules are written for the next starts, which no killed process would do. */
  keepCompiled: "CRASH_KEEP_COMPILED",
} as const;

/**
 * `unique`: the tables take a letter, and an answer, twice. `no-ambiguous`: the program takes a letter that may have
 * arrived for one that was not sent, and sends it again blindly.
 */
export const PLANTED = ["unique", "no-ambiguous"] as const;
export type Planted = (typeof PLANTED)[number];
