import type { Case } from "../../core/case.ts";
import type { Target } from "../../core/desk/find.ts";
import { contentAfter } from "../../core/guarantee/changes.ts";
import { type IssuedGuarantee, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { standingNote } from "../blocks/modals/change.ts";
import { unamendModal } from "../blocks/modals/finish.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { ask, changeable, standing } from "./ask.ts";
import { metaFor } from "./common.ts";

/** 変更取消: opens the modal that shows what would hold without the latest amendment. */
export async function openUnamend(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const free = changeable(found, target);
  if (!free.ok) return refused(bot, act, "unamend", free.refusal);
  const amended = free.value.filter((one) => latestCertificate(one).serial > 0);
  if (amended.length === 0) {
    const detail = { kind: free.value[0]?.kind ?? "" };
    return refused(bot, act, "unamend", { code: "nothing_to_unamend", detail });
  }
  const meta = metaFor(act, found, target, amended);
  const ones = amended.map((guarantee) => ({
    guarantee,
    now: latestCertificate(guarantee).content,
    after: contentAfter(guarantee, { change: "unamend", reason: "-" }),
  }));
  const righted = amended.filter(rightedSince).map(({ kind }) => bot.say(`product.${kind}`));
  const warning =
    righted.length === 0
      ? []
      : [bot.say("modal.unamend.righted", { products: righted.join(bot.say("list.comma")) })];
  const head = [...warning, ...standingNote(standing(amended), bot.say)].join("\n");
  return { kind: "open", modal: unamendModal(found, ones, { head, meta }, bot.say) };
}

/** The amendment that holds was rectified: what holds without it may have the fault still. */
function rightedSince(guarantee: IssuedGuarantee): boolean {
  const { serial } = latestCertificate(guarantee);
  return guarantee.certificates.some((one) => one.serial === serial && one.ended?.how === "rectified");
}

/** The modal of `openUnamend`, submitted. */
export function submitUnamend(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const proposed = { change: "unamend" as const, reason: values.get("reason") ?? "" };
  return ask(bot, act, meta, values, {
    change: "unamend",
    proposals: meta.guarantees.map(({ id }) => ({ guaranteeId: id, proposed })),
    places: { reason_missing: "reason" },
  });
}
