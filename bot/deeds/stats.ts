import { statistics } from "../../core/desk/statistics.ts";
import { statsScreens } from "../blocks/stats.ts";
import type { Act, Bot } from "../bot.ts";
import type { Typed } from "../grammar.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** The subcommand `stats`: figures of a month, a year or a fiscal year; without words, of this month. */
export async function showStatistics(bot: Bot, act: Act, typed: Typed): Promise<Reply> {
  const words = [typed.reference ?? "", ...typed.unknownFlags, ...typed.rest].join(" ");
  const counted = await statistics(bot.desk, act.by, words);
  if (!counted.ok) return refused(bot, act, "stats", counted.refusal);
  return { kind: "tell", screens: statsScreens(counted.value, bot.words, bot.say) };
}
