import type { Case } from "../../core/case.ts";
import type { Target } from "../../core/desk/find.ts";
import { settleFee } from "../../core/desk/settle.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation } from "./common.ts";

/** 入金: records that the fee was received; no modal, a second time is refused. */
export async function settle(bot: Bot, act: Act, _found: Case, target: Target): Promise<Reply> {
  const settled = await settleFee(bot.desk, act.by, target);
  if (!settled.ok) return refused(bot, act, "paid", settled.refusal);
  return { kind: "tell", screens: confirmation(bot, "paid", settled.value, target) };
}
