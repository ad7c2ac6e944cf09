import type { Case, SeenEntry } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { type IssuedGuarantee, isIssued, latestCertificate } from "../guarantee/guarantee.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { AnsweredStatus } from "../verification/answer.ts";
import { statusOn } from "./examine.ts";
import { findCase } from "./find.ts";
import { viewGuarantee } from "./view-case.ts";

/** What staff see when they look a guarantee up (照会); never its key. */
export async function staffLookup(
  desk: Desk,
  by: StaffMember,
  number: string,
): Promise<Result<{ found: Case; guarantee: IssuedGuarantee; status: AnsweredStatus; seen: SeenEntry[] }>> {
  if (!mayDo(by, "verify")) return refuse("role_missing", { deed: "verify" });
  const found = await findCase(desk, number, []);
  if (!found.ok) return found;
  const { found: theCase, target } = found.value;
  const guarantee = theCase.guarantees
    .filter(isIssued)
    .find((g) => target.only === null || target.only.includes(g.kind));
  if (guarantee === undefined) return refuse("guarantee_not_found", { reference: number });
  const status = statusOn(guarantee, latestCertificate(guarantee), dayInTokyo(desk.now()));
  const seen = await viewGuarantee(desk, by, { caseId: theCase.id, number: guarantee.number });
  return ok({ found: theCase, guarantee, status, seen });
}
