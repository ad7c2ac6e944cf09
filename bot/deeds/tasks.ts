import { completeTask } from "../../core/desk/tasks.ts";
import { mayDo } from "../../core/policy.ts";
import { message } from "../blocks/kit.ts";
import { TASK_DONE, taskWords } from "../blocks/menu.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** 郵送済: notes that something was posted. A second click changes nothing and says so. */
export async function runTask(bot: Bot, act: Act, action: string, taskId: string): Promise<Reply> {
  if (!mayDo(act.by, "paid"))
    return refused(bot, act, "paid", { code: "role_missing", detail: { deed: "paid" } });
  if (!action.startsWith(TASK_DONE)) return refused(bot, act, "paid", { code: "stale_screen", detail: {} });
  const done = await completeTask(bot.desk, act.by, taskId);
  if (!done.ok) return refused(bot, act, "paid", done.refusal);
  const task = done.value.tasks.find(({ id }) => id === taskId);
  const { receiptNumber } = done.value;
  const words = task === undefined ? { what: "", product: "" } : taskWords(task, bot.say);
  return { kind: "tell", screens: message(bot.say("task.noted", { receiptNumber, ...words })) };
}
