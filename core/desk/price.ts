import type { ThreadEvent } from "../announcements.ts";
import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { impossibleContent } from "../guarantee/content.ts";
import { type CertificateContent, type Guarantee, latestCertificate } from "../guarantee/guarantee.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Day, Yen } from "../terms.ts";
import { changeCase } from "./change.ts";
import type { Target } from "./find.ts";
import { type RatioFinding, ratiosUnder } from "./ratios.ts";
import { keptReason } from "./reason.ts";

/**
 * Certificate note 2: a change of the price of the works contract alone needs no amended certificate. But the ratio is
 * another one then: a higher price can push a performance guarantee under its minimum, a lower one an advance above
 * its ceiling.
 */

type InForce = Extract<Guarantee, { status: "in_force" }>;

/**
 * Notes a new price that changes nothing else: ratios are checked again, thread and audit log say so. No certificate,
 * no request, no letter.
 * @returns the case afterwards and a finding for each targeted product in force.
 */
export async function notePrice(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: { expectedVersion: number; contractPriceYen: Yen; reason: string },
): Promise<Result<{ found: Case; findings: RatioFinding[] }>> {
  const { contractPriceYen, expectedVersion } = input;
  const reason = keptReason(input.reason);
  let findings: RatioFinding[] = [];
  const noted = await changeCase(
    desk,
    by,
    "amend",
    target,
    async ({ tx, found, guarantees, at, version }) => {
      if (found.version !== expectedVersion) return refuse("stale_screen");
      if (reason === "") return refuse("reason_missing");
      const inForce = guarantees.flatMap((one) => (one.status === "in_force" ? [one] : []));
      const [first] = guarantees;
      if (inForce.length === 0) return wrongStatus(first);
      const impossible = contradiction(inForce, contractPriceYen, dayInTokyo(at));
      if (impossible !== null) return impossible;
      findings = ratiosUnder(desk, found, priced(inForce, contractPriceYen));
      const [event, ...more] = findings.map(
        ({ kind, check }): ThreadEvent => ({ event: "price_noted", by: by.name, kind, check }),
      );
      if (event === undefined) throw new Error("a guarantee in force has no finding");
      for (const [n, content] of more.entries())
        await tx.addSlack(
          { kind: "thread", cause: `price:${found.id}:${version}:${n}`, caseId: found.id, content },
          at,
        );
      const before = new Set(inForce.map((one) => latestCertificate(one).content.contractPriceYen));
      const changes = [...before].map((price) => ({
        ...{ field: "contractPriceYen", before: String(price), after: String(contractPriceYen) },
      }));
      return ok({
        guarantees: inForce,
        action: "price_change_noted",
        event,
        data: { changes, reason, checks: findings.map(({ check }) => check) },
      });
    },
  );
  return noted.ok ? ok({ found: noted.value, findings }) : noted;
}

/** What their certificates say, but for the price. */
function priced(inForce: readonly InForce[], contractPriceYen: Yen): Map<string, CertificateContent> {
  return new Map(
    inForce.map((one) => [one.id, { ...latestCertificate(one).content, contractPriceYen }] as const),
  );
}

/** A price below what is guaranteed cannot be noted alone: an amount has to change with it, or it is a typing error. */
function contradiction(
  inForce: readonly InForce[],
  contractPriceYen: Yen,
  today: Day,
): ReturnType<typeof refuse> | null {
  for (const content of priced(inForce, contractPriceYen).values()) {
    const refusal = impossibleContent(content, today);
    // That its 保証期限 has passed is no reason not to note a price.
    if (refusal?.code === "figures_contradict") return { ok: false, refusal };
  }
  return null;
}
