import { refuse } from "../result.ts";
import type { Actor, Guarantee } from "./guarantee.ts";

/** What the steps of the state machine share. */

export function wrongStatus(guarantee: Guarantee): ReturnType<typeof refuse> {
  return refuse("wrong_status", { status: guarantee.status, kind: guarantee.kind });
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
