import type { Case } from "../core/case.ts";
import { findCase, isReference, type Target } from "../core/desk/find.ts";
import { DEEDS, mayDo } from "../core/policy.ts";
import { message } from "./blocks/kit.ts";
import type { Act, Bot } from "./bot.ts";
import { AMEND, RECTIFY } from "./change-fields.ts";
import { openAccept } from "./deeds/accept.ts";
import { openApprove } from "./deeds/approve.ts";
import { showStory } from "./deeds/audit.ts";
import { openChange } from "./deeds/change.ts";
import { lookUpContractor } from "./deeds/contractor.ts";
import { openEnding } from "./deeds/endings.ts";
import { find } from "./deeds/find.ts";
import { openFinish } from "./deeds/finish.ts";
import { openIssue } from "./deeds/issue.ts";
import { listAll, listMine, pickCase } from "./deeds/lists.ts";
import { help, lookUp, showCase } from "./deeds/look.ts";
import { openNew } from "./deeds/new.ts";
import { lookUpOrderer } from "./deeds/orderer.ts";
import { settle } from "./deeds/paid.ts";
import { quoteTyped } from "./deeds/quote.ts";
import { listParked } from "./deeds/recover.ts";
import { openResend } from "./deeds/resend.ts";
import { openReturn } from "./deeds/return.ts";
import { openReview } from "./deeds/review.ts";
import { showStatistics } from "./deeds/stats.ts";
import { openUnamend } from "./deeds/unamend.ts";
import { parseCommand, type Typed } from "./grammar.ts";
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

/** Acts on words: whatever stands behind the verb. */
export type WordsHandler = (bot: Bot, act: Act, typed: Typed) => Promise<Reply>;

/** What a verb acts on. `rest`: it takes more words than the number of its case. */
type Handler =
  | { on: "words"; run: WordsHandler }
  | { on: "case"; run: CaseHandler; rest?: true }
  | { on: "number" };

const HANDLERS: Readonly<Record<(typeof DEEDS)[number], Handler>> = {
  help: { on: "words", run: async (bot, act) => help(bot, act) },
  list: { on: "words", run: listAll },
  find: { on: "words", run: find },
  show: { on: "case", run: showCase },
  review: { on: "case", run: openReview },
  accept: { on: "case", run: openAccept, rest: true },
  paid: { on: "case", run: settle },
  return: { on: "case", run: openReturn },
  decline: { on: "case", run: openEnding("decline") },
  withdraw: { on: "case", run: openEnding("withdraw") },
  issue: { on: "case", run: openIssue },
  approve: { on: "case", run: openApprove },
  amend: { on: "case", run: openChange(AMEND) },
  rectify: { on: "case", run: openChange(RECTIFY) },
  unamend: { on: "case", run: openUnamend },
  cancel: { on: "case", run: openFinish("cancel") },
  release: { on: "case", run: openFinish("release") },
  resend: { on: "case", run: openResend },
  verify: { on: "number" },
  quote: { on: "words", run: quoteTyped },
  stats: { on: "words", run: showStatistics },
  audit: { on: "case", run: showStory },
  recover: { on: "words", run: listParked },
  new: { on: "words", run: async (bot, act) => openNew(bot, act) },
  orderer: { on: "words", run: lookUpOrderer },
  contractor: { on: "words", run: lookUpContractor },
};

/** So much of a word that is none is repeated: enough to recognise it by. */
const WORD_MAX = 40;

/** Carries out what stands behind `/hosho`. Throws only when the database cannot be reached (or for a bug). */
export async function runCommand(bot: Bot, act: Act, text: string): Promise<Reply> {
  const typed = bareNumber(parseCommand(text, bot.say), bot.say);
  if (typed.word === "" && mayDo(act.by, "list")) return listMine(bot, act);
  const word = typed.word === "" ? "list" : typed.word;
  const deed = DEEDS.find((one) => word === one || word === bot.say(`command.${one}.word`));
  if (deed === undefined) return unknownWord(bot, typed);
  const handler = HANDLERS[deed];
  if (!mayDo(act.by, deed)) return refused(bot, act, deed, { code: "role_missing", detail: { deed } });
  if (handler.on === "words") return handler.run(bot, act, typed);
  if (typed.unknownFlags.length > 0)
    return {
      kind: "tell",
      screens: message(bot.say("notUnderstood.flag", { flag: typed.unknownFlags.join(" ") })),
    };
  if (typed.reference === null)
    return handler.on === "case"
      ? pickCase(bot, deed)
      : { kind: "tell", screens: message(bot.say("verify.usage")) };
  if (handler.on === "number") return lookUp(bot, act, typed.reference);
  if (handler.rest !== true && typed.rest.length > 0)
    return { kind: "tell", screens: message(bot.say("notUnderstood.rest", { rest: typed.rest.join(" ") })) };
  const found = await findCase(bot.desk, typed.reference, typed.kinds);
  if (!found.ok) return refused(bot, act, deed, found.refusal);
  return handler.run(bot, act, found.value.found, found.value.target, typed.rest);
}

/** A number without a verb asks to see what it names. */
function bareNumber(typed: Typed, say: Say): Typed {
  if (!isReference(typed.word)) return typed;
  const rest = typed.reference === null ? [] : [typed.reference, ...typed.rest];
  return { ...typed, word: say("command.show.word"), reference: typed.word, rest };
}

/** A word that is no command: those near it that are, if any, and nothing done. */
function unknownWord({ say }: { say: Say }, typed: Typed): Reply {
  // What was typed may not have been converted: a reading stands for its word.
  const known = new Map(
    DEEDS.flatMap((deed) => {
      const word = say(`command.${deed}.word`);
      return [[word, word] as const, [say(`command.${deed}.reading`), word] as const, [deed, deed] as const];
    }),
  );
  const near = new Set(nearest(typed.word, [...known.keys()]).flatMap((one) => known.get(one) ?? []));
  const word = typed.word.slice(0, WORD_MAX);
  if (near.size === 0) return { kind: "tell", screens: message(say("notUnderstood.noise", { word })) };
  const meant = [...near].map((one) => say("notUnderstood.quoted", { word: one })).join(say("list.or"));
  return { kind: "tell", screens: message(say("notUnderstood.word", { word, nearest: meant })) };
}
