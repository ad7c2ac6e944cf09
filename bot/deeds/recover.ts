import { viewLetter } from "../../core/desk/letter-view.ts";
import {
  closeParked,
  type Parked,
  parkedList,
  parkedOne,
  retryHeld,
  retryParked,
} from "../../core/desk/recover.ts";
import { mayDo } from "../../core/policy.ts";
import type { Result } from "../../core/result.ts";
import { message } from "../blocks/kit.ts";
import { parkedScreen, parkedScreens, RECOVER } from "../blocks/recover.ts";
import type { Act, Bot } from "../bot.ts";
import { unpackParked } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { openStored } from "./reading.ts";

/** Most letters on one list; a few messages of Slack. */
const LIST_MAX = 20;

/** 復旧: what waits for a person, letters in and out. */
export async function listParked(bot: Bot, act: Act): Promise<Reply> {
  const { desk, say, words } = bot;
  const found = await parkedList(desk, act.by, LIST_MAX + 1);
  if (!found.ok) return refused(bot, act, "recover", found.refusal);
  if (found.value.length === 0) return { kind: "tell", screens: message(say("recover.none")) };
  const shown = found.value.slice(0, LIST_MAX);
  const note = found.value.length > LIST_MAX ? say("recover.more", { count: String(LIST_MAX) }) : null;
  return { kind: "tell", screens: parkedScreens(shown, { now: desk.now(), note }, words, say) };
}

/** A click on one of the list's buttons. Its value proves nothing: role and state are looked up anew. */
export async function runRecovery(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  if (!mayDo(act.by, "recover"))
    return refused(bot, act, "recover", { code: "role_missing", detail: { deed: "recover" } });
  const ref = unpackParked(value);
  if (ref === null) return refused(bot, act, "recover", { code: "letter_not_waiting", detail: {} });
  if (action === RECOVER.show) return show(bot, act, await parkedOne(bot.desk, act.by, ref));
  if (action === RECOVER.retry) return told(bot, act, "retry", await retryParked(bot.desk, act.by, ref));
  if (action === RECOVER.close) return told(bot, act, "close", await closeParked(bot.desk, act.by, ref));
  const all = await retryHeld(bot.desk, act.by, ref.id);
  if (!all.ok) return refused(bot, act, "recover", all.refusal);
  const count = String(all.value.count);
  const from = all.value.from ?? bot.say("unknown");
  return { kind: "tell", screens: message(bot.say("recover.done.retryHeld", { count, from })) };
}

async function show(bot: Bot, act: Act, found: Result<Parked>): Promise<Reply> {
  if (!found.ok) return refused(bot, act, "recover", found.refusal);
  const parked = found.value;
  const opened = parked.kind === "in" ? await original(bot, act, parked.letter.id) : null;
  return { kind: "tell", screens: parkedScreen(parked, opened, bot.words, bot.say) };
}

/** Looking at a letter is noted in the audit log wherever it is done. */
async function original(bot: Bot, act: Act, letterId: string): ReturnType<typeof openStored> {
  const seen = await viewLetter(bot.desk, act.by, { letterId, view: "original", page: 0 });
  return seen.ok ? openStored(bot, seen.value.letter.sealedRaw) : null;
}

function told(bot: Bot, act: Act, verb: "retry" | "close", done: Result<Parked>): Reply {
  if (!done.ok) return refused(bot, act, "recover", done.refusal);
  return { kind: "tell", screens: message(bot.say(`recover.done.${verb}.${done.value.kind}`)) };
}
