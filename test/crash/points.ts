/**
 * Where the program is killed on purpose: around the commit of every kind of step that it writes, and at every stage of
 * the conversation with the SMTP server. A step of the store is told by the methods it calls.
 */

/** A kind of step: all of `with` are called and none of `without`. */
export interface Step {
  with: readonly string[];
  without?: readonly string[];
}

export const STEPS = {
  "letter stored": { with: ["recordLetter"] },
  "attempt counted": { with: ["beginLetter"] },
  "case opened": { with: ["insertCase", "finishLetter"] },
  "query answered": { with: ["saveAttempts", "finishLetter"] },
  "letter shown to staff": { with: ["finishLetter", "addSlack"], without: ["addLetter"] },
  "answer taken up": { with: ["claimLetter"] },
  "answer sent": { with: ["settleLetter:sent"] },
  "answer put off": { with: ["settleLetter:pending"] },
  "answer refused": { with: ["settleLetter:refused"] },
  "answer parked": { with: ["settleLetter:parked"] },
  "Slack message taken up": { with: ["claimSlack"] },
  "Slack message sent": { with: ["settleSlack:sent"] },
  "issue approved": { with: ["saveKey"] },
  "guarantee issued": { with: ["saveDocument"] },
} as const satisfies Record<string, Step>;

export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as StepName[];

/** Before: everything is written and nothing committed. After: committed, and nobody was told yet. */
export const SIDES = ["before commit", "after commit"] as const;
export type Side = (typeof SIDES)[number];

/**
 * What the SMTP server sees of a letter: the program dies before it gets the reply, except at the last two:
 * `stored`: the server has the letter, the program has no reply; `accepted`: the reply has left.
 */
export const STAGES = ["connect", "MAIL", "RCPT", "DATA", "final dot", "stored", "accepted"] as const;
export type Stage = (typeof STAGES)[number];

export type Failpoint = { where: "store"; step: StepName; side: Side } | { where: "smtp"; stage: Stage };

export const FAILPOINTS: readonly Failpoint[] = [
  ...STEP_NAMES.flatMap((step) => SIDES.map((side) => ({ where: "store" as const, step, side }))),
  ...STAGES.map((stage) => ({ where: "smtp" as const, stage })),
];

export function nameOf(point: Failpoint): string {
  return point.where === "smtp" ? `SMTP: ${point.stage}` : `${point.step}, ${point.side}`;
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

/** `resend`: a letter found half sent is sent again. `duplicates`: the tables take a letter twice. */
export const PLANTED = ["resend", "duplicates"] as const;
export type Planted = (typeof PLANTED)[number];
