import { searchCases } from "../../core/desk/search.ts";
import { message } from "../blocks/kit.ts";
import { caseList } from "../blocks/list.ts";
import type { Act, Bot } from "../bot.ts";
import type { Typed } from "../grammar.ts";
import type { Reply } from "../reply.ts";

/** Most cases on one list; a few messages of Slack. */
const LIST_MAX = 20;
/** Longest piece of what was typed that an answer repeats. */
const REPEATED_MAX = 60;

/** 検索: cases in which every word occurs, newest first. */
export async function find(bot: Bot, _act: Act, typed: Typed): Promise<Reply> {
  const { desk, say } = bot;
  const flags = [...typed.kinds.map((kind) => say(`product.${kind}`)), ...typed.unknownFlags];
  if (flags.length > 0) return tell(say("find.flags", { flags: flags.join(" ").slice(0, REPEATED_MAX) }));
  const words = [typed.reference ?? "", ...typed.rest].filter((word) => word !== "");
  const found = await searchCases(desk, words, LIST_MAX + 1);
  if (found === "nothing_to_look_for") return tell(say("find.usage"));
  if (found === "too_many_words") return tell(say("find.tooManyWords"));
  const shown = found.slice(0, LIST_MAX);
  const repeated = words.join(" ").slice(0, REPEATED_MAX);
  const note = found.length > LIST_MAX ? say("find.more", { count: String(LIST_MAX) }) : null;
  const frame = {
    title: say("find.title", { words: repeated, count: String(shown.length) }),
    empty: say("find.none", { words: repeated }),
    ...{ note, deed: "show" as const, now: desk.now() },
  };
  return { kind: "tell", screens: caseList(shown, frame, say) };
}

function tell(text: string): Reply {
  return { kind: "tell", screens: message(text) };
}
