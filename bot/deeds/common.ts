import type { Case } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import type { Deed } from "../../core/policy.ts";
import type { Refusal } from "../../core/refusals.ts";
import { nextSteps, productLine } from "../blocks/card.ts";
import { message, type Screen } from "../blocks/kit.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";

/** What a modal about these guarantees has to remember. */
export function metaFor(
  act: Act,
  found: Case,
  target: Target,
  guarantees: readonly (Pick<Guarantee, "id" | "kind"> & { hash?: string })[],
): ModalMeta {
  return {
    caseId: found.id,
    version: found.version,
    only: target.only,
    channel: act.channel,
    guarantees: guarantees.map(({ id, kind, hash }) => ({ id, kind, hash: hash ?? "" })),
  };
}

/** None of the targeted products is in the state that a deed starts from. */
export function wrongStatus(found: Case, target: Target): Refusal {
  const [first] = targeted(found, target);
  return {
    code: "wrong_status",
    detail: { status: first?.status ?? "other", ...(first ? { kind: first.kind } : {}) },
  };
}

/** What was done, how the case stands now and who is next. */
export function confirmation(bot: Bot, deed: Deed, found: Case, target: Target): Screen[] {
  const card = caseCard(found);
  const products = card.products.filter(({ kind }) => target.only === null || target.only.includes(kind));
  const lines = [
    bot.say(`done.${deed}`, { receiptNumber: found.receiptNumber }),
    ...products.map((product) => productLine(product, bot.say)),
    bot.say("card.next", { next: nextSteps(card.products, bot.say) }),
  ];
  return message(lines.join("\n"));
}
