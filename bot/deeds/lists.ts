import type { Case } from "../../core/case.ts";
import { workList } from "../../core/desk/find.ts";
import { casesForDeed, isCaseDeed, myWork } from "../../core/desk/home.ts";
import type { Deed } from "../../core/policy.ts";
import { caseList, workScreens } from "../blocks/list.ts";
import type { Act, Bot } from "../bot.ts";
import type { Reply } from "../reply.ts";

/** Lists of cases: 一覧, the bare command, and what a verb without a number could mean. */

/** Most cases on one list; a few messages of Slack. */
const LIST_MAX = 40;
/** The work list has buttons below each case and needs twice the room. */
const WORK_MAX = 20;

/** 一覧: every open case, oldest first. */
export async function listAll(bot: Bot): Promise<Reply> {
  const cases = await workList(bot.desk, LIST_MAX + 1);
  return listReply(bot, cases, { title: "list.all", empty: "list.none", more: "list.more", deed: "show" });
}

/** The bare command: the cases whose next step this person may take. */
export async function listMine(bot: Bot, act: Act): Promise<Reply> {
  const { desk, say } = bot;
  const cases = await myWork(desk, act.by, WORK_MAX + 1);
  const shown = cases.slice(0, WORK_MAX);
  const count = { count: String(shown.length) };
  const frame = {
    title: say(cases.length > WORK_MAX ? "list.mineFirst" : "list.mine", count),
    empty: say("list.noneMine"),
    note: cases.length > WORK_MAX ? say("list.moreMine", count) : say("list.others"),
    now: desk.now(),
  };
  return {
    kind: "tell",
    screens: workScreens(shown, { ...frame, by: act.by, approvals: desk.policy.approvals }, say),
  };
}

/** A verb that needs a number came without one: the cases it could mean, each with its button. */
export async function pickCase(bot: Bot, deed: Deed): Promise<Reply> {
  const cases = isCaseDeed(deed)
    ? await casesForDeed(bot.desk, deed, LIST_MAX + 1)
    : await workList(bot.desk, LIST_MAX + 1);
  return listReply(bot, cases, {
    ...{ title: "list.pick", empty: "list.nonePick", more: "list.morePick", deed },
    verb: bot.say(`command.${deed}.word`),
  });
}

function listReply(
  bot: Bot,
  cases: readonly Case[],
  frame: { title: string; empty: string; more: string; deed: Deed; verb?: string },
): Reply {
  const { say } = bot;
  const verb = frame.verb ?? "";
  const shown = cases.slice(0, LIST_MAX);
  const note = cases.length > LIST_MAX ? say(frame.more, { count: String(LIST_MAX), verb }) : null;
  const title = say(frame.title, { count: String(shown.length), verb });
  const words = { title, empty: say(frame.empty, { verb }), note, deed: frame.deed, now: bot.desk.now() };
  return { kind: "tell", screens: caseList(shown, words, say) };
}
