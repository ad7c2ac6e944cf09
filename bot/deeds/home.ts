import { HOME_DEEDS } from "../blocks/home.ts";
import type { Act, Bot } from "../bot.ts";
import { runCommand } from "../commands.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** A button of the home tab's head: does what the bare command does, role and all. */
export async function runHome(bot: Bot, act: Act, action: string): Promise<Reply> {
  const deed = HOME_DEEDS.find((one) => action === `home.${one}`);
  return deed === undefined
    ? refused(bot, act, "list", { code: "stale_screen", detail: {} })
    : runCommand(bot, act, deed);
}
