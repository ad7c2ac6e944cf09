import type { Case } from "../../core/case.ts";
import { dayInTokyo } from "../../core/dates.ts";
import type { Target } from "../../core/desk/find.ts";
import { standingNote } from "../blocks/modals/change.ts";
import { finishModal } from "../blocks/modals/finish.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { ask, changeable, standing } from "./ask.ts";
import { metaFor } from "./common.ts";

/** 解約 and 終了: opens the modal that asks from which day and why. */
export function openFinish(deed: "cancel" | "release") {
  return async (bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> => {
    const free = changeable(found, target);
    if (!free.ok) return refused(bot, act, deed, free.refusal);
    const meta = metaFor(act, found, target, free.value);
    const today = dayInTokyo(bot.desk.now());
    const head = standingNote(standing(free.value), bot.say).join("\n");
    return { kind: "open", modal: finishModal(deed, found, free.value, { head, today, meta }, bot.say) };
  };
}

/** That modal, submitted. */
export function submitFinish(deed: "cancel" | "release") {
  return async (bot: Bot, act: Act, meta: ModalMeta, values: ReadonlyMap<string, string>): Promise<Reply> => {
    const proposed = { change: deed, on: values.get("on") ?? "", reason: values.get("reason") ?? "" };
    return ask(bot, act, meta, values, {
      change: deed,
      proposals: meta.guarantees.map(({ id }) => ({ guaranteeId: id, proposed })),
      places: { day_out_of_range: "on", reason_missing: "reason" },
    });
  };
}
