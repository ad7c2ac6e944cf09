import type { Case } from "../../core/case.ts";
import { caseStory } from "../../core/desk/story.ts";
import { storyScreens, unpackStory } from "../blocks/story.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** The subcommand `audit`: everything that happened to a case, for this person's eyes; the look itself is noted. */
export async function showStory(bot: Bot, act: Act, found: Case): Promise<Reply> {
  return partOf(bot, act, { caseId: found.id, offset: 0 });
}

/** The button that leads on. Its value proves nothing: role and case are looked up anew. */
export async function runStory(bot: Bot, act: Act, _action: string, value: string): Promise<Reply> {
  const asked = unpackStory(value);
  if (asked === null) return refused(bot, act, "audit", { code: "stale_screen", detail: {} });
  return partOf(bot, act, asked);
}

async function partOf(bot: Bot, act: Act, asked: { caseId: string; offset: number }): Promise<Reply> {
  const story = await caseStory(bot.desk, act.by, asked);
  if (!story.ok) return refused(bot, act, "audit", story.refusal);
  return { kind: "tell", screens: storyScreens(story.value, bot.words, bot.say) };
}
