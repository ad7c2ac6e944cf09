import type { Case } from "../core/case.ts";
import { findCase, type Target } from "../core/desk/find.ts";
import { DEEDS, type Deed, mayDo } from "../core/policy.ts";
import { message } from "./blocks/kit.ts";
import type { Act, Bot } from "./bot.ts";
import { openAccept } from "./deeds/accept.ts";
import { openApprove } from "./deeds/approve.ts";
import { openDecline } from "./deeds/decline.ts";
import { openIssue } from "./deeds/issue.ts";
import { help, listAll, listMine, lookUp, pickCase, showCase } from "./deeds/look.ts";
import { settle } from "./deeds/paid.ts";
import { listParked } from "./deeds/recover.ts";
import { list, parseCommand, type Typed } from "./grammar.ts";
import { nearest } from "./nearest.ts";
import { refused } from "./refuse.ts";
import type { Reply } from "./reply.ts";
import type { Say } from "./words.ts";

/** Acts on one case; `typed` is what stood behind its number. */
export type CaseHandler = (
  bot: Bot,
  act: Act,
  found: Case,
  target: Target,
  typed: readonly string[],
) => Promise<Reply>;

interface Command {
  /** Its Japanese word; the English one is the deed itself. */
  ja: string;
  en: Deed;
  /** What the verb acts on: nothing, one case, or a guarantee number. */
  handler:
    | { on: "nothing"; run(bot: Bot, act: Act): Promise<Reply> }
    | { on: "case"; run: CaseHandler }
    | { on: "number" };
}

const HANDLERS: Readonly<Record<Deed, Command["handler"]>> = {
  help: { on: "nothing", run: async (bot, act) => help(bot, act) },
  list: { on: "nothing", run: listAll },
  show: { on: "case", run: showCase },
  accept: { on: "case", run: openAccept },
  paid: { on: "case", run: settle },
  decline: { on: "case", run: openDecline },
  issue: { on: "case", run: openIssue },
  approve: { on: "case", run: openApprove },
  verify: { on: "number" },
  recover: { on: "nothing", run: listParked },
};

/** The table of commands; help, suggestions and dispatch are all made from it. */
function commandTable(say: Say): Command[] {
  return DEEDS.map((deed) => ({ ja: say(`command.${deed}.word`), en: deed, handler: HANDLERS[deed] }));
}

/** Carries out what stands behind `/hosho`. Throws only when the database cannot be reached (or for a bug). */
export async function runCommand(bot: Bot, act: Act, text: string): Promise<Reply> {
  const typed = parseCommand(text, bot.say);
  if (typed.word === "" && mayDo(act.by, "list")) return listMine(bot, act);
  const word = typed.word === "" ? "list" : typed.word;
  const command = commandTable(bot.say).find(({ ja, en }) => word === ja || word === en);
  if (command === undefined) return unknownWord(bot, typed);
  const { en: deed, handler } = command;
  if (!mayDo(act.by, deed)) return refused(bot, act, deed, { code: "role_missing", detail: { deed } });
  if (typed.unknownFlags.length > 0)
    return {
      kind: "tell",
      screens: message(bot.say("notUnderstood.flag", { flag: typed.unknownFlags.join(" ") })),
    };
  if (handler.on === "nothing") return handler.run(bot, act);
  if (typed.reference === null)
    return handler.on === "case"
      ? pickCase(bot, deed)
      : { kind: "tell", screens: message(bot.say("verify.usage")) };
  if (handler.on === "number") return lookUp(bot, act, typed.reference);
  if (deed !== "accept" && typed.rest.length > 0)
    return { kind: "tell", screens: message(bot.say("notUnderstood.rest", { rest: typed.rest.join(" ") })) };
  const found = await findCase(bot.desk, typed.reference, typed.kinds);
  if (!found.ok) return refused(bot, act, deed, found.refusal);
  return handler.run(bot, act, found.value.found, found.value.target, typed.rest);
}

/** A word that is no command: the nearest one that is, and nothing done. */
function unknownWord(bot: Bot, typed: Typed): Reply {
  const { say } = bot;
  const table = commandTable(say);
  const later = list(say("later")).flatMap((pair) => pair.split("/"));
  const word =
    nearest(
      typed.word,
      table.flatMap(({ ja, en }) => [ja, en]),
    ) ?? say("command.help.word");
  const key = later.includes(typed.word) ? "notUnderstood.later" : "notUnderstood.word";
  return { kind: "tell", screens: message(say(key, { word: typed.word.slice(0, 40), nearest: word })) };
}
