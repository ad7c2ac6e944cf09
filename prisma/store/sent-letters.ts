import type { OutboxRows } from "../../core/rows/outbox.ts";
import type { Context } from "./context.ts";
import { deliveryState } from "./shapes.ts";

/** The letters out of a case as a list shows them. Its bytes stay where they are: they may hold a key. */
export function sentRows({ tx }: Pick<Context, "tx">): Pick<OutboxRows, "sentLetters"> {
  return {
    async sentLetters(caseId, limit) {
      const rows = await tx.outboundLetter.findMany({
        where: { caseId },
        orderBy: [{ createdAt: "desc" }, { id: "asc" }],
        take: limit,
        select: { id: true, template: true, to: true, state: true, changedAt: true },
      });
      return rows.map(({ changedAt, state, ...letter }) => ({
        ...letter,
        ...{ state: deliveryState.parse(state), at: changedAt.toISOString() },
      }));
    },
  };
}
