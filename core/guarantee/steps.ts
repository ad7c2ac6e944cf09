import { stateWord } from "../case-state.ts";
import { refuse } from "../result.ts";
import type { Actor, Guarantee } from "./guarantee.ts";

/** What the steps of the state machine share. */

/** The step does not fit; said with the word that the card shows. */
export function wrongStatus(guarantee: Guarantee | undefined): ReturnType<typeof refuse> {
  if (guarantee === undefined) return refuse("wrong_status", { status: "", kind: "" });
  return refuse("wrong_status", { status: stateWord(guarantee), kind: guarantee.kind });
}

/** Why this person cannot approve this request; `null` when he can. */
export function notByHim(
  { maker, contentHash }: { maker: Actor; contentHash: string },
  command: { contentHash: string; by: Actor; approvals: 1 | 2 },
): ReturnType<typeof refuse> | null {
  if (command.approvals === 2 && maker.employee === command.by.employee)
    return refuse("same_person", { maker: maker.name, makerEmployee: maker.employee });
  return contentHash === command.contentHash ? null : refuse("stale_screen");
}

/** What a guarantee is whatever its status. */
export function common({ id, kind, requested }: Guarantee) {
  return { id, kind, requested };
}
