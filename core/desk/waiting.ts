import type { Case } from "../case.ts";
import { type Standing, standingOf } from "../case-state.ts";
import type { Instant } from "../terms.ts";

type Judged = Pick<Case, "changedAt" | "ended" | "guarantees" | "tasks" | "undelivered">;

/** Nothing is left to do about a product that stands so. */
const AT_REST: readonly Standing[] = ["in_force", "cancelled", "released", "declined", "withdrawn"];

/** Somebody, here or elsewhere, has something left to do about the case. */
export function isWaiting(found: Judged): boolean {
  return found.undelivered !== null || waitsOtherwise(found);
}

/**
 * Since when the case waits: since it last changed; one that is done with but for a letter that did not arrive, since
 * that was known. A letter that comes back touches no product, so the case itself has not changed then.
 */
export function waitingSince(found: Judged): Instant {
  return found.undelivered === null || waitsOtherwise(found) ? found.changedAt : found.undelivered.since;
}

function waitsOtherwise({ ended, guarantees, tasks }: Judged): boolean {
  if (tasks.some(({ done }) => done === null)) return true;
  if (guarantees.length === 0) return ended === null;
  return guarantees.some((guarantee) => !AT_REST.includes(standingOf(guarantee)));
}
