import type { Case } from "../../core/case.ts";
import { acceptCase, whyNotAcceptable } from "../../core/desk/accept.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { quoteOf } from "../../core/desk/quote.ts";
import { findContractors } from "../../core/desk/registry/contractor.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { typedAmount } from "../../core/money.ts";
import type { Refusal } from "../../core/refusals.ts";
import { message } from "../blocks/kit.ts";
import { acceptModal } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, wrongStatus } from "./common.ts";

/** 引受: opens the modal that asks the fees, or takes them as typed behind the number, in the order of the products. */
export async function openAccept(
  bot: Bot,
  act: Act,
  found: Case,
  target: Target,
  typed: readonly string[] = [],
): Promise<Reply> {
  const open = targeted(found, target).filter(({ status }) => status === "applied");
  if (open.length === 0) return refused(bot, act, "accept", wrongStatus(found, target));
  const hindrance = whyNotAcceptable(
    found,
    open.map(({ kind }) => kind),
  );
  if (hindrance !== null) return hindered(bot, act, hindrance);
  if (typed.length > 0) return acceptTyped(bot, act, found, target, open, typed);
  const meta = metaFor(act, found, target, open);
  const quotes = new Map(open.map((guarantee) => [guarantee.id, quoteOf(bot.desk, found, guarantee)]));
  return { kind: "open", modal: acceptModal(found, open, meta, bot.words, bot.say, quotes) };
}

/** Registered contractors of nearly this name that are named to a clerk who would register one a second time. */
const NAMESAKES_MAX = 3;

/** The refusal; where the contractor is not registered as written, those that may be meant. */
async function hindered(bot: Bot, act: Act, hindrance: Refusal): Promise<Reply> {
  const { name = "" } = hindrance.detail;
  const asked = hindrance.code === "contractor_not_registered" && name !== "";
  const found = asked ? await findContractors(bot.desk, act.by, name, NAMESAKES_MAX) : null;
  if (found === null || !found.ok || found.value.length === 0) return refused(bot, act, "accept", hindrance);
  const names = found.value.map((one) => bot.say("quoted", { text: one.name })).join(bot.say("list.comma"));
  return refused(bot, act, "accept", hindrance, bot.say("accept.namesakes", { names }));
}

async function acceptTyped(
  bot: Bot,
  act: Act,
  found: Case,
  target: Target,
  open: readonly Guarantee[],
  typed: readonly string[],
): Promise<Reply> {
  const amounts = typed.map(typedAmount);
  if (amounts.length !== open.length || amounts.includes(null)) {
    const products = open.map(({ kind }) => bot.say(`product.${kind}`)).join(bot.say("list.comma"));
    return {
      kind: "tell",
      screens: message(bot.say("accept.amounts", { products, count: String(open.length) })),
    };
  }
  const fees = open.map(({ id }, i) => ({ guaranteeId: id, feeYen: amounts[i] ?? 0 }));
  const accepted = await acceptCase(bot.desk, act.by, target, { expectedVersion: found.version, fees });
  if (!accepted.ok) return refused(bot, act, "accept", accepted.refusal);
  return { kind: "tell", screens: confirmation(bot, "accept", accepted.value, target) };
}

/** The modal of `openAccept`, submitted. */
export async function submitAccept(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const fees = meta.guarantees.flatMap(({ id }) => {
    const feeYen = typedAmount(values.get(`fee:${id}`) ?? "");
    return feeYen === null ? [] : [{ guaranteeId: id, feeYen }];
  });
  const accepted = await acceptCase(bot.desk, act.by, target, { expectedVersion: meta.version, fees });
  if (accepted.ok) return { kind: "done", screens: confirmation(bot, "accept", accepted.value, target) };
  const fallback = `fee:${meta.guarantees[0]?.id ?? ""}`;
  return refusedInput(bot, act, "accept", accepted.refusal, {
    about: "fee",
    fallback,
    guarantees: meta.guarantees,
  });
}
