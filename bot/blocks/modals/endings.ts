import type { Case } from "../../../core/case.ts";
import type { GuaranteeKind } from "../../../core/terms.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { type Modal, sections } from "../kit.ts";
import { modal, reasonInput, summary } from "../modals.ts";
import { productChoice } from "./choice.ts";
import { paragraph } from "./finish.ts";

/**
 * 謝絶 and 取下: what ends, and the reason that the sender will read. Without products the case ends as a whole. Whoever
 * takes an application back needs no reason: ours is filled in.
 */
export function endingModal(
  deed: "decline" | "withdraw",
  found: Case,
  kinds: readonly GuaranteeKind[],
  meta: ModalMeta,
  say: Say,
): Modal {
  const about = kinds.length === 0 ? say("modal.wholeCase") : concerned(kinds, meta, say);
  const usual = deed === "withdraw" ? say("modal.withdraw.usual") : "";
  const reason = reasonInput("reason", say(`modal.${deed}.reason`), say(`modal.${deed}.hint`), usual);
  const blocks = [
    ...summary(found, say),
    ...sections(about),
    ...productChoice(meta, say),
    deed === "withdraw" ? { ...reason, optional: true } : reason,
  ];
  return modal(deed, meta, blocks, say);
}

/**
 * 差戻: to the applicant with a letter, or to the maker of what waits for approval without one. Where both are possible
 * (`either`), the applicant's are ticked first.
 * @param to `kinds` are what goes back unless something else is ticked.
 */
export function returnModal(
  found: Case,
  to: { whom: "applicant" | "maker" | "either"; kinds: readonly GuaranteeKind[]; maker: string },
  meta: ModalMeta,
  say: Say,
): Modal {
  const whom = say(`modal.return.to.${to.whom}`, { maker: to.maker });
  const about = paragraph([concerned(to.kinds, meta, say), whom]);
  const reason = reasonInput("reason", say("modal.return.reason"), say(`modal.return.hints.${to.whom}`));
  const blocks = [
    ...summary(found, say, to.kinds),
    ...sections(about),
    ...productChoice(meta, say, to.kinds),
    reason,
  ];
  return modal("return", meta, blocks, say);
}

/** `対象：前払金保証`; nothing where the boxes say it. */
function concerned(kinds: readonly GuaranteeKind[], { choose }: ModalMeta, say: Say): string {
  const products = kinds.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
  return choose ? "" : say("modal.products.line", { products });
}
