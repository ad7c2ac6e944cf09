import type { Case } from "../../core/case.ts";
import { type Screen, screens, sections } from "../blocks/kit.ts";
import type { Bot } from "../bot.ts";
import { confirmation } from "./common.ts";

/** Open questions that an answer repeats; the rest stands in 詳細. */
const PROBLEMS_MAX = 10;

/** How a case stands after its application was entered or put right: products, who is next, what is still open. */
export function standing(bot: Bot, deed: "review" | "new", found: Case, notes: readonly string[]): Screen[] {
  const { say } = bot;
  const rest = found.problems.length - PROBLEMS_MAX;
  const open = [
    ...found.problems.slice(0, PROBLEMS_MAX).map(({ text }) => say("bullet", { text })),
    ...(rest > 0 ? [say("review.done.more", { count: String(rest) })] : []),
  ];
  const questions =
    open.length === 0
      ? [say("review.problems.none")]
      : [say("review.problems.title", { count: String(found.problems.length) }), ...open];
  const target = { caseId: found.id, only: null };
  const done = confirmation(bot, deed, found, target);
  const blocks = done.flatMap((screen) => screen.blocks);
  return screens(done[0]?.text ?? "", [...blocks, ...sections([...notes, ...questions].join("\n"))]);
}
