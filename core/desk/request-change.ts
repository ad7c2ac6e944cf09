import type { Case } from "../case.ts";
import { changeHash } from "../guarantee/content-hash.ts";
import {
  type ChangeKind,
  type Guarantee,
  latestCertificate,
  type ProposedChange,
} from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import type { Deed, StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { RefusalCode } from "../refusals.ts";
import { ok, type Result, refuse } from "../result.ts";
import { changeCase } from "./change.ts";
import type { Target } from "./find.ts";
import { keptReason } from "./reason.ts";
import { actor } from "./settle.ts";
import { tryToDraw } from "./trial.ts";
import { noteVoid } from "./void.ts";

/** The maker's half of a change of guarantees in force; the other half is `approve.ts`. */
export interface ChangeInput {
  expectedVersion: number;
  change: ChangeKind;
  proposals: { guaranteeId: string; proposed: ProposedChange }[];
  /** An amendment may change the fee: the maker has looked at that, and settled what there was to settle. */
  feeLookedAt?: boolean;
}

/** Of several products those that do not change are left alone, as long as one does. */
const LEFT_ALONE: readonly RefusalCode[] = [
  "nothing_changed",
  "price_alone",
  "nothing_to_unamend",
  "wrong_status",
];

/**
 * Asks for a change (変更, 訂正, 変更取消, 解約, 終了, 再送) of guarantees in force. Nothing that outsiders see changes
 * before another person has approved it. A new certificate is drawn once, so that what cannot be printed is known now.
 */
export function requestChange(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: ChangeInput,
): Promise<Result<Case>> {
  const deed: Deed = input.change;
  return changeCase(desk, by, deed, target, async ({ tx, found, guarantees, at, version }) => {
    if (found.version !== input.expectedVersion) return refuse("stale_screen");
    if (input.change === "amend" && input.feeLookedAt !== true) return refuse("settlement_unconfirmed");
    const requested: Guarantee[] = [];
    let misfit: ReturnType<typeof refuse> | null = null;
    for (const { guaranteeId, proposed: typed } of input.proposals) {
      const proposed = { ...typed, reason: keptReason(typed.reason) };
      const guarantee = guarantees.find(({ id }) => id === guaranteeId);
      if (guarantee === undefined || proposed.change !== input.change) return refuse("stale_screen");
      if (guarantee.status !== "in_force") {
        misfit ??= wrongStatus(guarantee);
        continue;
      }
      const contentHash = changeHash(latestCertificate(guarantee), proposed);
      const result = decide(guarantee, {
        ...{ type: "request_change", proposed, contentHash, version, by: actor(by), at },
      });
      if (result.ok) requested.push(result.value);
      else if (LEFT_ALONE.includes(result.refusal.code)) misfit ??= result;
      else return result;
    }
    if (requested.length === 0) return misfit ?? refuse("stale_screen");
    const asked = requested.map(({ id }) => id);
    await noteVoid(
      { desk, tx, by, at },
      guarantees.filter(({ id }) => asked.includes(id)),
    );
    for (const guarantee of requested) {
      const undrawable = await tryToDraw(desk, guarantee);
      if (undrawable !== null) return { ok: false, refusal: undrawable };
    }
    const kinds = requested.map(({ kind }) => kind);
    const reason = keptReason(input.proposals[0]?.proposed.reason ?? "");
    return ok({
      guarantees: requested,
      action: "change_requested",
      event: {
        ...{ event: "change_requested", by: by.name, change: input.change, kinds, reason },
        alone: desk.policy.approvals === 1,
      },
      data: {
        change: input.change,
        requests: requested.map((one) => (one.status === "in_force" ? one.change : null)),
        before: requested.map((one) => (one.status === "in_force" ? latestCertificate(one).content : null)),
      },
    });
  });
}
