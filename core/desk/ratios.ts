import type { Case, Check } from "../case.ts";
import { type CertificateContent, type Guarantee, latestCertificate } from "../guarantee/guarantee.ts";
import { fittingAmount } from "../orderers/fitting-amount.ts";
import type { Desk } from "../ports.ts";
import type { Application, GuaranteeKind, RequestedGuarantee, Yen } from "../terms.ts";
import { amountCheckOf, workKindOf } from "./checks.ts";

/** The ratio of one product under what its certificate would say, and the amount that would keep a broken rule. */
export interface RatioFinding {
  guaranteeId: string;
  kind: GuaranteeKind;
  check: Check;
  fittingYen: Yen | null;
}

/**
 * Checks the ratios of guarantees in force against the orderer's rules, as if their certificates had these contents (by
 * the guarantee's id); the others beside them count as they are, since advances have a ceiling together.
 */
export function ratiosUnder(
  desk: Desk,
  found: Case,
  contents: ReadonlyMap<string, CertificateContent>,
): RatioFinding[] {
  const { orderer } = found;
  const guarantees = found.guarantees.flatMap((one) => {
    const content = contents.get(one.id) ?? held(one);
    return content === null ? [] : [asRequested(one, content)];
  });
  return found.guarantees.flatMap((one): RatioFinding[] => {
    const content = contents.get(one.id);
    if (content === undefined) return [];
    const { worksTitle, contractDate, contractPriceYen } = content;
    const application: Application = { ...found.application, contractPriceYen, contractDate, guarantees };
    const workKind = workKindOf(worksTitle, desk.policy.workKindWords);
    const check = amountCheckOf({ application, orderer, workKind, today: contractDate }, one.kind);
    const asked = asRequested(one, content);
    const fittingYen = fittingAmount(orderer, application, asked, workKind, contractDate);
    return [{ guaranteeId: one.id, kind: one.kind, check, fittingYen }];
  });
}

function held(guarantee: Guarantee): CertificateContent | null {
  return guarantee.status === "in_force" ? latestCertificate(guarantee).content : null;
}

function asRequested(guarantee: Guarantee, content: CertificateContent): RequestedGuarantee {
  const { guaranteedYen, fiscalYearYen } = content;
  return { ...guarantee.requested, guaranteedYen, fiscalYearYen };
}
