import type { Case } from "../../core/case.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { paidModal, type Unpaid } from "../blocks/modals/paid.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor } from "./common.ts";

/** 入金 as a command: records that the fee was received; no modal, a second time is refused. */
export async function settle(bot: Bot, act: Act, _found: Case, target: Target): Promise<Reply> {
  const settled = await settleFee(bot.desk, act.by, target);
  if (!settled.ok) return refused(bot, act, "paid", settled.refusal);
  return { kind: "tell", screens: confirmation(bot, "paid", settled.value, target) };
}

/** Its button: a click names no product, so several unpaid ones are asked about first. */
export async function openPaid(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const unpaid = targeted(found, target).flatMap((one): Unpaid[] =>
    one.status === "accepted" && one.fee.settlement === null ? [one] : [],
  );
  if (unpaid.length < 2) return settle(bot, act, found, target);
  return { kind: "open", modal: paidModal(found, unpaid, metaFor(act, found, target, unpaid), bot.say) };
}

/** The modal of `openPaid`, submitted. */
export async function submitPaid(bot: Bot, act: Act, meta: ModalMeta): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const settled = await settleFee(bot.desk, act.by, target, { expectedVersion: meta.version });
  if (!settled.ok) return refused(bot, act, "paid", settled.refusal);
  return { kind: "done", screens: confirmation(bot, "paid", settled.value, target) };
}
