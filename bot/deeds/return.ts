import type { Case } from "../../core/case.ts";
import { type Awaited, awaited } from "../../core/desk/approve.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { sendBack } from "../../core/desk/send-back.ts";
import { returnModal } from "../blocks/modals/endings.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, refusedModal, toldOrNot, wrongStatus } from "./common.ts";

/** 差戻: opens the modal that says to whom it goes and asks why. What only the applicant can mend comes first. */
export async function openReturn(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const applied = targeted(found, target).filter(({ status }) => status === "applied");
  const waiting = firstKind(targeted(found, target).flatMap((one) => awaited(one) ?? []));
  const back = applied.length > 0 ? applied : waiting.map(({ guarantee }) => guarantee);
  if (back.length === 0) return refused(bot, act, "return", wrongStatus(found, target));
  const kinds = back.map(({ kind }) => kind);
  const meta = metaFor(act, found, { ...target, only: kinds }, back);
  const makers = [...new Set(waiting.map(({ maker }) => maker.name))].join(bot.say("list.comma"));
  const to =
    applied.length > 0
      ? { whom: "applicant" as const, kinds }
      : { whom: "maker" as const, kinds, maker: makers };
  return { kind: "open", modal: returnModal(found, to, meta, bot.say) };
}

/** Of what waits for a checker, what is of the first kind. */
export function firstKind<T extends Pick<Awaited, "what">>(waiting: readonly T[]): T[] {
  return waiting.filter(({ what }) => what === waiting[0]?.what);
}

/** The modal of `openReturn`, submitted. */
export async function submitReturn(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const reason = values.get("reason") ?? "";
  const back = await sendBack(bot.desk, act.by, target, { reason, expectedVersion: meta.version });
  if (!back.ok) {
    const { guarantees } = meta;
    const places = { reason_missing: "reason" };
    return refusedModal(bot, act, "return", back.refusal, { places, guarantees, values });
  }
  const returned = back.value.guarantees.some(
    ({ id, status }) => status === "returned" && meta.guarantees.some((one) => one.id === id),
  );
  const done = returned ? toldOrNot(back.value, "return") : "returnToMaker";
  return { kind: "done", screens: confirmation(bot, "return", back.value, target, done) };
}
