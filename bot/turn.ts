import { randomUUID } from "node:crypto";
import type { StaffMember } from "../core/policy.ts";
import { message, type Screen } from "./blocks/kit.ts";
import type { Bot } from "./bot.ts";
import type { Reply } from "./reply.ts";

/** Slack waits 3 s for an acknowledgement; a turn that is still at work by then says so in time. */
const ACK_LIMIT_MS = 2000;

/** One act of one person and the ways to answer it; `turns.ts` has one for each kind of interaction. */
export interface Turn {
  user: string;
  what: string;
  /** Acknowledges and tells the person that it takes longer. */
  late(): Promise<void>;
  /** Brings the reply to the person; `late` says that the acknowledgement has been used up. */
  settle(reply: Reply, late: boolean): Promise<void>;
}

/**
 * Plays a turn: finds out who acts, does the work, acknowledges. The work is done before the acknowledgement, so that
 * what was confirmed has been committed; a watchdog acknowledges when that takes too long.
 */
export async function play(bot: Bot, turn: Turn, work: (by: StaffMember) => Promise<Reply>): Promise<void> {
  let late: Promise<void> | null = null;
  const watchdog = setTimeout(() => {
    bot.log.warn({ what: turn.what }, "slow: acknowledged before the work was done");
    late = turn.late().catch((error: unknown) => report(bot, turn, error));
  }, ACK_LIMIT_MS);
  const reply = await replyOf(bot, turn, work);
  clearTimeout(watchdog);
  try {
    if (late !== null) await late;
    await turn.settle(reply, late !== null);
  } catch (error) {
    report(bot, turn, error);
  }
}

async function replyOf(bot: Bot, turn: Turn, work: (by: StaffMember) => Promise<Reply>): Promise<Reply> {
  try {
    const admitted = bot.staff.admitted(turn.user);
    if (!admitted.ok)
      return { kind: "tell", screens: message(bot.words.sentence("refusals", admitted.refusal.code)) };
    return await work(admitted.value);
  } catch (error) {
    return { kind: "tell", screens: outage(bot, turn, error) };
  }
}

/** The database could not be reached (or the code is wrong): nothing was done, and the log knows why. */
function outage(bot: Bot, turn: Turn, error: unknown): Screen[] {
  const reference = randomUUID().slice(0, 8).toUpperCase();
  const reason = error instanceof Error ? error.message.slice(0, 500) : "unknown";
  bot.log.error({ reference, what: turn.what, reason }, "an act in Slack failed; nothing was done");
  return message(bot.say("outage", { reference }));
}

function report(bot: Bot, turn: Turn, error: unknown): void {
  const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
  bot.log.error({ what: turn.what, reason }, "a person could not be answered in Slack");
}
