import type { Case } from "../case.ts";
import type { IssuedGuarantee } from "../guarantee/guarantee.ts";
import { latestCertificate } from "../guarantee/guarantee.ts";
import type { SubmissionDraft } from "../letters.ts";
import type { SubmissionRoute } from "../registry.ts";
import { isValidOn } from "../registry.ts";
import type { Day, GuaranteeKind } from "../terms.ts";
import { LIST_DOT } from "../text.ts";

/**
 * Ready-to-send letters in the orderer's own format, one for each mail route that takes one of the products. A route
 * to an address that nobody confirmed may stand in a draft: the contractor sends it, not the desk.
 * Routes not yet or no longer valid today are left out.
 * @param noticeNames file names of the notices in the order of the electronic guarantees.
 */
export function submissionDrafts(
  found: Case,
  guarantees: readonly IssuedGuarantee[],
  noticeNames: readonly string[],
  productName: (kind: GuaranteeKind) => string,
  today: Day,
): SubmissionDraft[] {
  const electronic = guarantees.filter((g) => latestCertificate(g).content.medium === "electronic");
  const byRoute = new Map<SubmissionRoute, IssuedGuarantee[]>();
  for (const guarantee of electronic) {
    const route = found.orderer?.routes.find(
      (r) =>
        r.kind === "mail" && r.to.length > 0 && r.products.includes(guarantee.kind) && isValidOn(r, today),
    );
    if (route) byRoute.set(route, [...(byRoute.get(route) ?? []), guarantee]);
  }
  return [...byRoute].map(([route, group]) => {
    const fill = (template: string) => fillTemplate(template, found, group, productName);
    return {
      to: route.to,
      cc: route.cc,
      subject: fill(route.subjectTemplate ?? "{worksTitle} {product} {contractorName}"),
      bodyItems: route.bodyItems.map(fill),
      extraDocuments: route.extraDocuments,
      confirmByPhone: route.confirmByPhone,
      note: route.note,
      attachmentNames: group.flatMap((g) => noticeNames[electronic.indexOf(g)] ?? []),
    };
  });
}

function fillTemplate(
  template: string,
  found: Case,
  group: readonly IssuedGuarantee[],
  productName: (kind: GuaranteeKind) => string,
): string {
  const values: Record<string, string> = {
    worksTitle: found.application.worksTitle ?? "",
    worksNumber: found.application.worksNumber ?? "",
    contractorName: found.contractor?.name ?? found.application.contractorName ?? "",
    ordererName: found.orderer?.certificateName ?? found.application.ordererName ?? "",
    product: group.map((g) => productName(g.kind)).join(LIST_DOT),
    guaranteeNumber: group.map((g) => g.number).join(LIST_DOT),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole).trim();
}
