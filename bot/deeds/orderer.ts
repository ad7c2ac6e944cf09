import {
  findOrderers,
  type MailboxRef,
  proposeMailbox,
  unconfirmMailbox,
  viewOrderer,
} from "../../core/desk/registry/orderer.ts";
import { message, screens } from "../blocks/kit.ts";
import { ORDERER, ordererList, ordererScreens, PARTS_MAX } from "../blocks/orderer.ts";
import { addressSections, mailboxName } from "../blocks/registry.ts";
import type { Act, Bot } from "../bot.ts";
import type { Typed } from "../grammar.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { proposedScreens, searchWords } from "./registry.ts";

/** Most entries of a pick list. */
const PICK_MAX = 10;

/** 発注者: one orderer with its conditions and mailboxes, or a list to pick from. */
export async function lookUpOrderer(bot: Bot, act: Act, typed: Typed): Promise<Reply> {
  const { desk, say } = bot;
  const words = searchWords(typed);
  if (words === null) return { kind: "tell", screens: message(say("registry.noFlags")) };
  const found = await findOrderers(desk, act.by, words, PICK_MAX + 1);
  if (!found.ok) return refused(bot, act, "orderer", found.refusal);
  const [first, second] = found.value;
  if (words !== "" && first !== undefined && second === undefined) return show(bot, act, first.id);
  if (first === undefined) {
    const text = words === "" ? say("registry.noOrderers") : say("registry.ordererNotFound", { words });
    return { kind: "tell", screens: message(text) };
  }
  const shown = found.value.slice(0, PICK_MAX);
  const title = say(words === "" ? "registry.pickOrderers" : "registry.pickOrderer", {
    count: String(shown.length),
    words,
  });
  const note =
    found.value.length > PICK_MAX ? say("registry.pickOrdererMore", { count: String(PICK_MAX) }) : null;
  return { kind: "tell", screens: ordererList(shown, { title, note }, say) };
}

/** A click on an orderer's buttons; whatever it shows is looked up anew. */
export async function runOrderer(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  if (action === ORDERER.show) return show(bot, act, value);
  const ref = unpackMailbox(value);
  if (ref === null) return refused(bot, act, "orderer", { code: "registry_unknown", detail: {} });
  if (action === ORDERER.ask) {
    const asked = await proposeMailbox(bot.desk, act.by, ref);
    if (!asked.ok) return refused(bot, act, "register", asked.refusal);
    return { kind: "tell", screens: proposedScreens(bot, act.by, asked.value) };
  }
  const done = await unconfirmMailbox(bot.desk, act.by, ref);
  if (!done.ok) return refused(bot, act, "confirm_registry", done.refusal);
  const { orderer, mailbox } = done.value;
  const text = bot.say("registry.done.unconfirmed", { name: orderer.name, address: mailboxName(mailbox) });
  return { kind: "tell", screens: screens(text, addressSections(text)) };
}

async function show(bot: Bot, act: Act, id: string): Promise<Reply> {
  const found = await viewOrderer(bot.desk, act.by, id, PARTS_MAX);
  if (!found.ok) return refused(bot, act, "orderer", found.refusal);
  const { approvals } = bot.desk.policy;
  return { kind: "tell", screens: ordererScreens(found.value, act.by, approvals, bot.say) };
}

/** Opaque to people: which orderer, and the mailbox by what it says. */
function unpackMailbox(value: string): MailboxRef | null {
  const [, ordererId, hash] = /^([^:]{1,100}):([0-9a-f]{64})$/.exec(value) ?? [];
  return ordererId === undefined || hash === undefined ? null : { ordererId, hash };
}
