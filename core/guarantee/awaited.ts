import type { Yen } from "../terms.ts";
import { contentAfter } from "./changes.ts";
import type { Actor, ChangeKind, Guarantee } from "./guarantee.ts";

/** What waits for a checker: the same facts for a first issue and for every change after it. */
export interface Awaited {
  guarantee: Guarantee;
  what: "issue" | ChangeKind;
  version: number;
  contentHash: string;
  maker: Actor;
  /** The amount that the checker types: of what will hold, or of what ends. */
  guaranteedYen: Yen;
}

/** What of a guarantee waits for a checker; null when nothing does. */
export function awaited(guarantee: Guarantee): Awaited | null {
  if (guarantee.status === "awaiting_approval" && guarantee.approval === null) {
    const { version, contentHash, maker, content } = guarantee.request;
    return { guarantee, what: "issue", version, contentHash, maker, guaranteedYen: content.guaranteedYen };
  }
  if (guarantee.status !== "in_force" || guarantee.change === null || guarantee.change.approval !== null)
    return null;
  const { version, contentHash, maker, proposed } = guarantee.change;
  const { guaranteedYen } = contentAfter(guarantee, proposed);
  return { guarantee, what: proposed.change, version, contentHash, maker, guaranteedYen };
}
