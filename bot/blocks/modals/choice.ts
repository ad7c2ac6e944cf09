import { GUARANTEE_KINDS, type GuaranteeKind } from "../../../core/terms.ts";
import { type ModalMeta, PRODUCTS } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { type Block, input, plain } from "../kit.ts";

/**
 * 対象の商品: which of several products are meant. Nothing where there is nothing to choose.
 * @param ticked at first; all of them unless said otherwise.
 */
export function productChoice(
  { choose, guarantees }: ModalMeta,
  say: Say,
  ticked: readonly GuaranteeKind[] = GUARANTEE_KINDS,
): Block[] {
  if (!choose) return [];
  const options = guarantees.map(({ id, kind }) => ({ text: plain(say(`product.${kind}`)), value: id }));
  const initial = options.filter((_, n) => ticked.some((kind) => kind === guarantees[n]?.kind));
  const element = { type: "checkboxes", options, initial_options: initial };
  return [input(PRODUCTS, say("modal.products.label"), element, say("modal.products.hint"))];
}

/** An input that only a ticked product needs: Slack must let it stand empty, and its deed looks at it. */
export function ofOneProduct({ choose }: ModalMeta, block: Block): Block {
  return choose ? { ...block, optional: true } : block;
}
