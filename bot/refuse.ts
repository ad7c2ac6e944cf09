import { formatJapaneseDay } from "../core/dates.ts";
import { type Deed, ROLES_FOR } from "../core/policy.ts";
import type { Refusal } from "../core/refusals.ts";
import type { GuaranteeKind } from "../core/terms.ts";
import { message } from "./blocks/kit.ts";
import type { Act, Bot } from "./bot.ts";
import type { Reply } from "./reply.ts";
import { nameOf } from "./words.ts";

/** The sentence for a refusal: why, and who or what helps. Names come from STAFF_FILE as it stands. */
function refusalText(bot: Bot, act: Act, deed: Deed, refusal: Refusal): string {
  const { code, detail } = refusal;
  const { say } = bot;
  const helpers = bot.staff
    .peopleWho(deed)
    .filter(({ employee }) => employee !== act.by.employee && employee !== detail.makerEmployee)
    .map(({ name }) => say("person", { name }));
  const defaults = {
    reference: "",
    verb: say(`command.${deed}.word`),
    who: helpers.length > 0 ? helpers.join(say("list.comma")) : say("nobody"),
    roles: ROLES_FOR[deed].map((role) => say(`role.${role}`)).join(say("list.or")),
    product: detail.kind ? nameOf(bot.words, "product", detail.kind) : say("product.any"),
    state: detail.status ? nameOf(bot.words, "state", detail.status) : say("state.other"),
    maker: "",
    checker: say("someone"),
    problems: say("problems.open"),
    receiptNumber: "",
    name: say("unknown"),
    address: say("unknown"),
    character: "",
    begunText: detail.begun === undefined ? "" : formatJapaneseDay(detail.begun),
    worksUntilText: detail.worksUntil === undefined ? "" : formatJapaneseDay(detail.worksUntil),
  };
  return bot.words.sentence("refusals", code, { ...defaults, ...detail });
}

/** @param more what else helps here, in the same message. */
export function refused(bot: Bot, act: Act, deed: Deed, refusal: Refusal, more = ""): Reply {
  const text = [refusalText(bot, act, deed, refusal), ...(more === "" ? [] : [more])].join("\n");
  return { kind: "tell", screens: message(text) };
}

/** Where a refused submission shows its sentence: the input it is about, else the first one of the modal. */
export function refusedInput(
  bot: Bot,
  act: Act,
  deed: Deed,
  refusal: Refusal,
  inputs: { about: string; fallback: string; guarantees: readonly { id: string; kind: GuaranteeKind }[] },
): Reply {
  const concerned =
    inputs.guarantees.find(({ id }) => id === refusal.detail.guaranteeId) ??
    inputs.guarantees.find(({ kind }) => kind === refusal.detail.kind) ??
    inputs.guarantees[0];
  const blockId =
    inputs.about === "" || concerned === undefined ? inputs.fallback : `${inputs.about}:${concerned.id}`;
  return { kind: "errors", errors: { [blockId]: refusalText(bot, act, deed, refusal) } };
}
