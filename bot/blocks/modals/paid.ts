import type { Case } from "../../../core/case.ts";
import type { Guarantee } from "../../../core/guarantee/guarantee.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { yenText } from "../facts.ts";
import { type Modal, sections } from "../kit.ts";
import { modal, summary } from "../modals.ts";
import { productChoice } from "./choice.ts";

/** A product whose fee was told and not yet received. */
export type Unpaid = Extract<Guarantee, { status: "accepted" }>;

/** 入金: which of several fees have been received. */
export function paidModal(found: Case, unpaid: readonly Unpaid[], meta: ModalMeta, say: Say): Modal {
  const fees = unpaid.map(({ kind, fee }) =>
    say("modal.paid.fee", { product: say(`product.${kind}`), amount: yenText(fee.feeYen, say) }),
  );
  const blocks = [...summary(found, say), ...sections(fees.join("\n")), ...productChoice(meta, say)];
  return modal("paid", meta, blocks, say);
}
