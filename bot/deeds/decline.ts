import type { Case } from "../../core/case.ts";
import { declineGuarantees } from "../../core/desk/decline.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { decide } from "../../core/guarantee/life-cycle.ts";
import { declineModal } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, wrongStatus } from "./common.ts";

/** 謝絶: opens the modal that asks the reason. */
export async function openDecline(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const open = targeted(found, target).filter(
    (guarantee) => decide(guarantee, { type: "decline", reason: "-" }).ok,
  );
  if (open.length === 0) return refused(bot, act, "decline", wrongStatus(found, target));
  const meta = metaFor(act, found, { ...target, only: open.map(({ kind }) => kind) }, open);
  return {
    kind: "open",
    modal: declineModal(
      found,
      open.map(({ kind }) => kind),
      meta,
      bot.say,
    ),
  };
}

/** The modal of `openDecline`, submitted. */
export async function submitDecline(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const declined = await declineGuarantees(bot.desk, act.by, target, { reason: values.get("reason") ?? "" });
  if (declined.ok) return { kind: "done", screens: confirmation(bot, "decline", declined.value, target) };
  return refusedInput(bot, act, "decline", declined.refusal, {
    about: "",
    fallback: "reason",
    guarantees: meta.guarantees,
  });
}
