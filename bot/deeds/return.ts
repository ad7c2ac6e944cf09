import type { Case } from "../../core/case.ts";
import { caseById, type Target, targeted } from "../../core/desk/find.ts";
import { sendBack } from "../../core/desk/send-back.ts";
import { type Awaited, awaited } from "../../core/guarantee/awaited.ts";
import { returnModal } from "../blocks/modals/endings.ts";
import type { Act, Bot } from "../bot.ts";
import { type ModalMeta, PRODUCTS } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, refusedModal, toldOrNot, wrongStatus } from "./common.ts";

/**
 * 差戻: opens the modal that says to whom it goes and asks why. What only the applicant can mend comes first; where no
 * product was named, what waits for a checker can be ticked instead.
 */
export async function openReturn(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const applied = targeted(found, target).filter(({ status }) => status === "applied");
  const waiting = firstKind(targeted(found, target).flatMap((one) => awaited(one) ?? []));
  const made = waiting.map(({ guarantee }) => guarantee);
  const first = applied.length > 0 ? applied : made;
  if (first.length === 0) return refused(bot, act, "return", wrongStatus(found, target));
  const kinds = first.map(({ kind }) => kind);
  const either = target.only === null && applied.length > 0 && made.length > 0;
  const back = either ? [...applied, ...made] : first;
  const meta = metaFor(act, found, target, back);
  const makers = [...new Set(waiting.map(({ maker }) => maker.name))].join(bot.say("list.comma"));
  const whom = either ? "either" : applied.length > 0 ? "applicant" : "maker";
  const to = { whom, kinds, maker: makers } as const;
  return { kind: "open", modal: returnModal(found, to, meta, bot.say) };
}

/** Of what waits for a checker, what is of the first kind. */
export function firstKind<T extends Pick<Awaited, "what">>(waiting: readonly T[]): T[] {
  return waiting.filter(({ what }) => what === waiting[0]?.what);
}

/** A letter to the applicant and a word to the maker have different readers: never both with one reason. */
async function goesTwoWays({ desk }: Bot, { caseId, choose, guarantees }: ModalMeta): Promise<boolean> {
  const found = await caseById(desk, caseId);
  if (!choose || !found.ok) return false;
  const chosen = found.value.guarantees.filter(({ id }) => guarantees.some((one) => one.id === id));
  const applied = chosen.filter(({ status }) => status === "applied");
  return applied.length > 0 && applied.length < chosen.length;
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
  if (await goesTwoWays(bot, meta))
    return { kind: "errors", errors: { [PRODUCTS]: bot.say("modal.return.twoWays") } };
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
