import type { Case } from "../../core/case.ts";
import { stateWord } from "../../core/case-state.ts";
import { formatJapaneseDay } from "../../core/dates.ts";
import { seenBy, workList } from "../../core/desk/find.ts";
import { caseLetters } from "../../core/desk/letter-view.ts";
import { staffLookup } from "../../core/desk/look-up.ts";
import { latestCertificate } from "../../core/guarantee/guarantee.ts";
import { DEEDS, type Deed, mayDo } from "../../core/policy.ts";
import { detailsScreens } from "../blocks/details.ts";
import { certificateLines, line, timeText } from "../blocks/facts.ts";
import { heading, message, screens, sections } from "../blocks/kit.ts";
import { caseList } from "../blocks/list.ts";
import type { Act, Bot } from "../bot.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/** Most cases on one list; a few messages of Slack. */
const LIST_MAX = 40;
/** What the next step of a product is called. */
const NEXT_DEED = {
  applied: "accept",
  fee_awaited: "paid",
  accepted: "issue",
  awaiting_approval: "approve",
} as const;

/** The deed that a case waits for in this state; `null` when the desk has nothing to do. */
function nextDeed(state: string): Deed | null {
  return Object.hasOwn(NEXT_DEED, state) ? NEXT_DEED[state as keyof typeof NEXT_DEED] : null;
}

/** 一覧: every open case, oldest first. */
export async function listAll(bot: Bot): Promise<Reply> {
  const cases = await workList(bot.desk, LIST_MAX + 1);
  return listReply(bot, cases, { title: "list.all", empty: "list.none", deed: "show", note: null });
}

/** The bare command: the cases whose next step this person may take. */
export async function listMine(bot: Bot, act: Act): Promise<Reply> {
  const cases = await workList(bot.desk, LIST_MAX + 1);
  const mine = cases.filter((one) => one.guarantees.some((guarantee) => isMine(bot, act, guarantee)));
  const others = cases.length - mine.length;
  const note = others > 0 ? bot.say("list.others", { count: String(others) }) : null;
  return listReply(bot, mine, { title: "list.mine", empty: "list.noneMine", deed: "show", note });
}

function isMine(bot: Bot, act: Act, guarantee: Case["guarantees"][number]): boolean {
  const deed = nextDeed(stateWord(guarantee));
  if (deed === null || !mayDo(act.by, deed)) return false;
  if (guarantee.status !== "awaiting_approval") return true;
  if (guarantee.approval !== null) return false;
  return bot.desk.policy.approvals === 1 || guarantee.request.maker.employee !== act.by.employee;
}

/** A verb that needs a number came without one: the cases it could mean, each with its button. */
export async function pickCase(bot: Bot, deed: Deed): Promise<Reply> {
  const cases = await workList(bot.desk, LIST_MAX + 1);
  const fitting = cases.filter((one) =>
    deed === "show" ? true : one.guarantees.some((g) => fits(deed, stateWord(g))),
  );
  const verb = bot.say(`command.${deed}.word`);
  return listReply(bot, fitting, { title: "list.pick", empty: "list.nonePick", deed, note: null, verb });
}

function fits(deed: Deed, state: string): boolean {
  return deed === "decline" ? nextDeed(state) !== null || state === "returned" : nextDeed(state) === deed;
}

function listReply(
  bot: Bot,
  cases: readonly Case[],
  frame: { title: string; empty: string; deed: Deed; note: string | null; verb?: string },
): Reply {
  const { say } = bot;
  const verb = frame.verb ?? "";
  const shown = cases.slice(0, LIST_MAX);
  const cut = cases.length > LIST_MAX ? say("list.more", { count: String(LIST_MAX) }) : null;
  const note = [frame.note, cut].filter((one) => one !== null).join("\n") || null;
  const title = say(frame.title, { count: String(shown.length), verb });
  const words = { title, empty: say(frame.empty, { verb }), note, deed: frame.deed, now: bot.desk.now() };
  return { kind: "tell", screens: caseList(shown, words, say) };
}

/** 詳細: everything about a case, for this person's eyes. */
export async function showCase(bot: Bot, _act: Act, found: Case): Promise<Reply> {
  const [seen, letters] = [await seenBy(bot.desk, found.id), await caseLetters(bot.desk, found.id)];
  return { kind: "tell", screens: detailsScreens(found, { seen, ...letters }, bot.words, bot.say) };
}

/** 照会: what an orderer would learn about a guarantee, and which orderers have asked; never a key. */
export async function lookUp(bot: Bot, act: Act, number: string): Promise<Reply> {
  const { say } = bot;
  const result = await staffLookup(bot.desk, act.by, number);
  if (!result.ok) return refused(bot, act, "verify", result.refusal);
  const { found, guarantee, status, seen } = result.value;
  const { content, serial } = latestCertificate(guarantee);
  const title = say("verify.heading", { number: guarantee.number });
  const text = [
    line(say, "field.status", say(`status.${status}`)),
    line(say, "field.product", say(`product.${guarantee.kind}`)),
    line(say, "field.receiptNumber", found.receiptNumber),
    line(
      say,
      "field.serial",
      serial === 0 ? say("serial.first") : say("serial.amended", { serial: String(serial) }),
    ),
    certificateLines(content, say),
    say("details.part", { title: say("details.seen") }),
    ...(seen.length === 0 ? [say("none")] : []),
    ...seen.map(({ at, ordererName, guaranteeNumber }) =>
      say("details.seenBy", { at: timeText(at), orderer: ordererName, number: guaranteeNumber }),
    ),
    say("verify.asOf", { at: timeText(bot.desk.now()), day: formatJapaneseDay(content.guaranteeUntil) }),
  ].join("\n");
  return { kind: "tell", screens: screens(title, [...heading(title), ...sections(text)]) };
}

/** ヘルプ: the commands this person may use, from the table of deeds itself. */
export function help(bot: Bot, act: Act): Reply {
  const { say } = bot;
  const lines = DEEDS.filter((deed) => mayDo(act.by, deed)).map((deed) =>
    say("help.line", {
      word: say(`command.${deed}.word`),
      en: deed,
      usage: say(`command.${deed}.usage`),
      what: say(`command.${deed}.what`),
    }),
  );
  return { kind: "tell", screens: message([say("help.title"), ...lines, say("help.foot")].join("\n")) };
}
