import { z } from "zod";
import { HOME_DEEDS } from "../blocks/home.ts";
import { WORD_DEEDS, type WordDeed, wordsModal } from "../blocks/modals/words.ts";
import type { Act, Bot } from "../bot.ts";
import { runCommand } from "../commands.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import type { SubmissionHandler } from "../submissions.ts";

/** What the modal of a command's words carries along. */
const wordsMeta = z.object({ deed: z.enum(WORD_DEEDS), channel: z.string().nullable() });

/** A button of the home tab's head: does what the bare command does, role and all; or asks first for its words. */
export async function runHome(bot: Bot, act: Act, action: string): Promise<Reply> {
  const deed = HOME_DEEDS.find((one) => action === `home.${one}`);
  if (deed === undefined) return refused(bot, act, "list", { code: "stale_screen", detail: {} });
  if (!isWordDeed(deed)) return runCommand(bot, act, deed);
  const meta = JSON.stringify({ deed, channel: act.channel });
  return { kind: "open", modal: wordsModal(deed, meta, bot.say) };
}

/** That modal, submitted: what the command with these words answers, as a message to the person. */
export const submitWords: SubmissionHandler = async (bot, by, { meta, values }) => {
  const { deed, channel } = wordsMeta.parse(JSON.parse(meta));
  const reply = await runCommand(bot, { by, channel }, `${deed} ${values.get("words") ?? ""}`);
  // Lists have buttons, which a modal's last screen would drop.
  return reply.kind === "tell" ? { kind: "done", screens: reply.screens } : reply;
};

function isWordDeed(deed: string): deed is WordDeed {
  return WORD_DEEDS.some((one) => one === deed);
}
