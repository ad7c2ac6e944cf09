/**
 * Why a command was not carried out. A code never changes its meaning; the sentence for people stands under the
 * same code in `templates/ja/refusals.json`, where `detail` fills the placeholders.
 */
export const REFUSAL_CODES = [
  "case_not_found",
  "guarantee_not_found",
  "product_not_in_case",
  "not_staff",
  "role_missing",
  "same_person",
  "stale_screen",
  "wrong_status",
  "application_incomplete",
  "contractor_not_registered",
  "sender_not_registered",
  "orderer_not_registered",
  "fee_not_entered",
  "fee_out_of_range",
  "fee_unsettled",
  "confirmation_missing",
  "guarantee_until_before_works_end",
  "amount_not_repeated",
  "already_approved",
  "reason_missing",
  "glyph_missing",
  "too_long_to_print",
  "figures_contradict",
  "already_ended",
  "letter_not_waiting",
  "letter_erased",
  "letter_unknown",
  "letter_gone",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  code: RefusalCode;
  /** Placeholders of the sentence; never a secret. */
  detail: Record<string, string>;
}
