import type { Case } from "../case.ts";
import { decide } from "../guarantee/life-cycle.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import { changeCase, each, stillOpen } from "./change.ts";
import type { Target } from "./find.ts";
import { postLater } from "./tasks.ts";

/**
 * Records that the fee of the targeted products was received (入金).
 * @param input the version of the case that a screen showed, where the amounts were looked at on one.
 */
export function settleFee(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { expectedVersion?: number } = {},
): Promise<Result<Case>> {
  const { expectedVersion } = input;
  return changeCase(desk, by, "paid", target, async ({ tx, found, guarantees, at }) => {
    if (expectedVersion !== undefined && found.version !== expectedVersion) return refuse("stale_screen");
    const settled = each(stillOpen(guarantees), (g) =>
      decide(g, { type: "settle", how: "paid", by: actor(by), at }),
    );
    if (!settled.ok) return settled;
    // The receipt stays on paper, and goes by post.
    await postLater(desk, tx, found.id, "post_receipt", settled.value, at);
    return ok({
      guarantees: settled.value,
      action: "fee_settled",
      event: { event: "settled", by: by.name, how: "paid", kinds: settled.value.map((g) => g.kind) },
      data: {},
    });
  });
}

/** Only what identifies a person is kept with a decision, not the roles of that day. */
export function actor({ employee, name }: StaffMember): { employee: string; name: string } {
  return { employee, name };
}
