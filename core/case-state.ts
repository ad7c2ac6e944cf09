import type { Guarantee } from "./guarantee/guarantee.ts";

/** What the card says of a product; worded 受付, 差戻, 引受, 入金待ち, 承認待ち, 発行済, 解約, 終了, 謝絶, 取下. */
export type CaseStateWord =
  | "applied"
  | "returned"
  | "accepted"
  | "fee_awaited"
  | "awaiting_approval"
  | "in_force"
  | "cancelled"
  | "released"
  | "declined"
  | "withdrawn";

/** An accepted guarantee waits for its fee until that is settled; every other state is its status. */
export function stateWord(guarantee: Guarantee): CaseStateWord {
  if (guarantee.status !== "accepted") return guarantee.status;
  return guarantee.fee.settlement === null ? "fee_awaited" : "accepted";
}
