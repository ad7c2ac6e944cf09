import { setTimeout as pause } from "node:timers/promises";
import { CHANNEL } from "../journeys/world.ts";
import { readable } from "../sandbox/slack/readable.ts";
import type { BenchLetter } from "./letters.ts";
import type { BenchWorld } from "./world.ts";

/** What became of the letters, from the SMTP server's record and from Slack, never from the program's tables. */
export interface Reckoning {
  /** Letters that have what is due to them: no less and no more. */
  right: number;
  /** A line for each that has not. */
  faults: string[];
  /** Times from delivery to answer, milliseconds, of those that were answered, by Message-ID. */
  waits: Map<string, number>;
}

const CASE_NUMBER = "受付番号";

export function answersOf(world: BenchWorld): Map<string, number[]> {
  const answers = new Map<string, number[]>();
  for (const { inReplyTo, at } of world.smtp.taken) {
    if (inReplyTo === null) continue;
    const times = answers.get(inReplyTo) ?? [];
    times.push(at);
    answers.set(inReplyTo, times);
  }
  return answers;
}

export function reckon(world: BenchWorld, letters: readonly BenchLetter[]): Reckoning {
  const answers = answersOf(world);
  const said = world.slack.messages(CHANNEL).map(readable);
  const cards = said.filter((words) => words.includes(CASE_NUMBER));
  const notes = said.filter((words) => !words.includes(CASE_NUMBER));
  const faults: string[] = [];
  const waits = new Map<string, number>();
  for (const letter of letters) {
    const times = answers.get(letter.messageId) ?? [];
    const found = {
      answers: times.length,
      cards: letter.title === null ? 0 : countOf(cards, letter.title),
      // Only who writes once can be found by address.
      notes: letter.from.startsWith("stranger-") ? countOf(notes, letter.from) : 0,
    };
    const due = dueTo(letter);
    if (found.answers !== due.answers || found.cards !== due.cards || found.notes !== due.notes)
      faults.push(
        `${letter.shape} ${letter.messageId}: answers ${found.answers}, cards ${found.cards}, notes ${found.notes}`,
      );
    const delivered = world.post.deliveredAt.get(letter.messageId);
    if (times[0] !== undefined && delivered !== undefined) waits.set(letter.messageId, times[0] - delivered);
  }
  return { right: letters.length - faults.length, faults, waits };
}

function dueTo({ due }: BenchLetter): { answers: number; cards: number; notes: number } {
  return {
    answers: due === "answer" || due === "case" || due === "answer and staff" ? 1 : 0,
    cards: due === "case" ? 1 : 0,
    notes: due === "staff" || due === "answer and staff" ? 1 : 0,
  };
}

const countOf = (texts: readonly string[], part: string) =>
  texts.filter((words) => words.includes(part)).length;

/** How Slack kept up: one note in the case's thread is due for each question that was answered. */
export interface Drained {
  /** Unsaid when the waiting began, and when it ended. */
  before: number;
  after: number;
  seconds: number;
}

const LOOK_EVERY_MS = 100;

/** Waits until so many notes stand in the thread, or the time is over. */
export async function drained(world: BenchWorld, due: number, limitMs: number): Promise<Drained> {
  const [begun, before] = [Date.now(), due - world.replies()];
  while (world.replies() < due && Date.now() - begun < limitMs) await pause(LOOK_EVERY_MS);
  return { before, after: due - world.replies(), seconds: (Date.now() - begun) / 1000 };
}

export function lateness({ before, after, seconds }: Drained): string {
  if (before <= 0) return "Slack had every note with the last answer";
  const late = `${before} notes to staff were unsaid in Slack at the last answer`;
  return after <= 0
    ? `${late}, the last came ${seconds.toFixed(1)} s later`
    : `${late}, ${after} still after ${seconds.toFixed(0)} s`;
}
