import type { Case } from "../../../core/case.ts";
import type { GuaranteeKind } from "../../../core/terms.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { type Modal, sections } from "../kit.ts";
import { modal, reasonInput, summary } from "../modals.ts";

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
  const about =
    kinds.length === 0
      ? say("modal.wholeCase")
      : say(`modal.${deed}.products`, { products: productList(kinds, say) });
  const usual = deed === "withdraw" ? say("modal.withdraw.usual") : "";
  const reason = reasonInput("reason", say(`modal.${deed}.reason`), say(`modal.${deed}.hint`), usual);
  const blocks = [
    ...summary(found, say),
    ...sections(about),
    deed === "withdraw" ? { ...reason, optional: true } : reason,
  ];
  return modal(deed, meta, blocks, say);
}

/** 差戻: to the applicant with a letter, or to the maker of what waits for approval without one. */
export function returnModal(
  found: Case,
  to:
    | { whom: "applicant"; kinds: GuaranteeKind[] }
    | { whom: "maker"; kinds: GuaranteeKind[]; maker: string },
  meta: ModalMeta,
  say: Say,
): Modal {
  const products = productList(to.kinds, say);
  const text =
    to.whom === "applicant"
      ? say("modal.return.toApplicant", { products })
      : say("modal.return.toMaker", { products, maker: to.maker });
  const reason = reasonInput("reason", say("modal.return.reason"), say(`modal.return.hints.${to.whom}`));
  return modal("return", meta, [...summary(found, say), ...sections(text), reason], say);
}

function productList(kinds: readonly GuaranteeKind[], say: Say): string {
  return kinds.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
}
