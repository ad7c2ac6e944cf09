import type { Case } from "../../core/case.ts";
import { declineGuarantees, withdrawGuarantees } from "../../core/desk/end.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { decide } from "../../core/guarantee/life-cycle.ts";
import { endingModal } from "../blocks/modals/endings.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, refusedModal, toldOrNot, wrongStatus } from "./common.ts";

/** 謝絶 and 取下: the early ends, of products or of a case in which none was asked for. */
type Ending = "decline" | "withdraw";

/** Opens the modal that asks the reason. */
export function openEnding(deed: Ending) {
  return async (bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> => {
    const open = targeted(found, target).filter((one) => decide(one, { type: deed, reason: "-" }).ok);
    const whole = found.guarantees.length === 0;
    if (whole && found.ended !== null)
      return refused(bot, act, deed, { code: "wrong_status", detail: { status: found.ended.how } });
    if (open.length === 0 && !whole) return refused(bot, act, deed, wrongStatus(found, target));
    const kinds = open.map(({ kind }) => kind);
    // No product at all: one that a correction asks for meanwhile is not meant.
    const meta = metaFor(act, found, target, open);
    return { kind: "open", modal: endingModal(deed, found, kinds, meta, bot.say) };
  };
}

/** That modal, submitted. Whoever takes an application back may leave the reason empty. */
export function submitEnding(deed: Ending) {
  return async (bot: Bot, act: Act, meta: ModalMeta, values: ReadonlyMap<string, string>): Promise<Reply> => {
    const target = { caseId: meta.caseId, only: meta.only };
    const typed = (values.get("reason") ?? "").trim();
    const reason = typed === "" && deed === "withdraw" ? bot.say("modal.withdraw.usual") : typed;
    const end = deed === "decline" ? declineGuarantees : withdrawGuarantees;
    const ended = await end(bot.desk, act.by, target, { reason, expectedVersion: meta.version });
    if (ended.ok) {
      const done = toldOrNot(ended.value, deed);
      return { kind: "done", screens: confirmation(bot, deed, ended.value, target, done) };
    }
    const { guarantees } = meta;
    const places = { reason_missing: "reason" };
    return refusedModal(bot, act, deed, ended.refusal, { places, guarantees, values });
  };
}
