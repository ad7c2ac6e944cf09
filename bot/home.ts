import { homeFacts } from "../core/desk/home.ts";
import { mayDo, type StaffMember } from "../core/policy.ts";
import type { RefusalCode } from "../core/refusals.ts";
import { homeBlocks } from "./blocks/home.ts";
import { sections } from "./blocks/kit.ts";
import type { Bot } from "./bot.ts";
import { faultOf, type Home, type InteractionCalls } from "./slack.ts";

/** Puts the home tab of this moment before a person. Never throws: the tab keeps what stood there. */
export async function showHome(bot: Bot, calls: InteractionCalls, user: string): Promise<void> {
  try {
    const admitted = bot.staff.admitted(user);
    const view = admitted.ok
      ? await homeView(bot, admitted.value)
      : await homeView(bot, null, admitted.refusal.code);
    await calls.publishHome(user, view);
  } catch (error) {
    bot.log.warn({ reason: reasonOf(error) }, "the home tab could not be brought up to date");
  }
}

/** What stands on the home tab: the queue of this person; one sentence for whoever may not see it. */
export async function homeView(
  bot: Bot,
  by: StaffMember | null,
  refusal: RefusalCode = "not_staff",
): Promise<Home> {
  if (by === null) return { type: "home", blocks: sections(bot.words.sentence("refusals", refusal)) };
  if (!mayDo(by, "list")) return { type: "home", blocks: sections(bot.say("home.noRole")) };
  const { desk, say } = bot;
  const facts = await homeFacts(desk, by);
  const viewer = { by, approvals: desk.policy.approvals, now: desk.now() };
  return { type: "home", blocks: homeBlocks(facts, viewer, say) };
}

/** A fault of Slack by its code; anything else in its own words. */
function reasonOf(error: unknown): string {
  const { code } = faultOf(error);
  return code === "unknown" && error instanceof Error ? error.message.slice(0, 200) : code;
}
