import { type Case, reviewOf } from "../case.ts";
import { PRINTED_LINE_MAX } from "../guarantee/content.ts";
import { contentHash } from "../guarantee/content-hash.ts";
import type { CertificateContent, Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Day } from "../terms.ts";
import { whyNotAcceptable } from "./accept.ts";
import { changeCase, each } from "./change.ts";
import { type Target, targeted } from "./find.ts";
import { actor } from "./settle.ts";
import { tryToDraw } from "./trial.ts";
import { noteVoid } from "./void.ts";

/** What the maker confirms beyond the application: it will stand on the certificates. */
export interface IssueConfirmation {
  expectedVersion: number;
  contractorAddress: string;
  contractorRepresentative: string;
  until: { guaranteeId: string; day: Day }[];
  /** 中間前払金: the orderer's 認定 has been seen. */
  certified?: boolean;
}

/**
 * What the certificates would print, from application and registry: the maker's modal shows it, prefilled.
 * @returns a refusal while something that is printed is open.
 */
export function draftContents(
  found: Case,
  target: Target,
): Result<{ guaranteeId: string; content: CertificateContent }[]> {
  const possible = targeted(found, target).filter(mayBeRequested);
  // Products move on their own: one whose fee is still awaited does not hold up one that is paid.
  const paid = possible.filter((one) => "fee" in one && one.fee.settlement !== null);
  // What waits for a checker is asked for anew only where it was named, or where nothing else can be.
  const fresh = target.only === null ? paid.filter(({ status }) => status === "accepted") : paid;
  const ready = [fresh, paid, possible].find((some) => some.length > 0) ?? [];
  const [first] = targeted(found, target);
  if (ready.length === 0) return wrongStatus(first);
  const hindrance = whyNotAcceptable(
    found,
    ready.map((g) => g.kind),
  );
  if (hindrance !== null) return { ok: false, refusal: hindrance };
  const drafts = ready.map((guarantee) => ({
    guaranteeId: guarantee.id,
    content: draftContent(found, guarantee),
  }));
  const complete = drafts.flatMap((d) =>
    d.content === null ? [] : [{ guaranteeId: d.guaranteeId, content: d.content }],
  );
  return complete.length === drafts.length
    ? ok(complete)
    : refuse("application_incomplete", { problems: "" });
}

/** The orderer's 認定 of an interim advance payment is asked for until a person has seen it. */
export function certificationOpen(found: Case): boolean {
  const check = found.checks.find(({ code }) => code === "interim_certified");
  return check !== undefined && reviewOf(found, check) === null;
}

function mayBeRequested(guarantee: Guarantee): boolean {
  if (guarantee.status === "awaiting_approval") return guarantee.approval === null;
  return guarantee.status === "accepted";
}

function draftContent(found: Case, { kind, requested }: Guarantee): CertificateContent | null {
  const { application: a, contractor, orderer } = found;
  if (contractor === null || orderer === null) return null;
  if (a.worksTitle === null || a.contractPriceYen === null || a.contractDate === null) return null;
  if (
    a.worksFrom === null ||
    a.worksUntil === null ||
    requested.guaranteedYen === null ||
    requested.form === null
  )
    return null;
  return {
    kind,
    medium: requested.form,
    contractorName: contractor.name,
    contractorAddress: contractor.address,
    contractorRepresentative: contractor.representative,
    jointVentureName: a.jointVentureName,
    ordererName: orderer.certificateName,
    guaranteedYen: requested.guaranteedYen,
    guaranteeUntil: a.worksUntil,
    worksTitle: a.worksTitle,
    worksNumber: a.worksNumber,
    contractPriceYen: a.contractPriceYen,
    fiscalYearYen: requested.fiscalYearYen,
    worksFrom: a.worksFrom,
    worksUntil: a.worksUntil,
    contractDate: a.contractDate,
    depositBank: kind === "performance" ? null : requested.depositBank,
    handlingBranch: a.handlingBranch ?? orderer.branch,
  };
}

/**
 * The maker asks for approval of exactly what the modal showed (発行). Every document is drawn once with a stand-in
 * number and key, so that a character no font has is known now and not after two people have signed.
 */
export async function requestIssue(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: IssueConfirmation,
): Promise<Result<Case>> {
  const address = input.contractorAddress.normalize("NFC").trim();
  const representative = input.contractorRepresentative.normalize("NFC").trim();
  if (address === "" || representative === "") return refuse("confirmation_missing");
  if (Math.max(address.length, representative.length) > PRINTED_LINE_MAX)
    return refuse("confirmation_missing");
  return changeCase(desk, by, "issue", target, async ({ tx, found, at, version }) => {
    if (found.version !== input.expectedVersion) return refuse("stale_screen");
    const drafts = draftContents(found, target);
    if (!drafts.ok) return drafts;
    const interim = drafts.value.some(({ content }) => content.kind === "interim_advance_payment");
    if (interim && input.certified !== true && certificationOpen(found))
      return refuse("certification_missing");
    const requested = each(
      found.guarantees.filter((g) => drafts.value.some((d) => d.guaranteeId === g.id)),
      (guarantee) => {
        const draft = drafts.value.find((d) => d.guaranteeId === guarantee.id)?.content;
        const day = input.until.find((u) => u.guaranteeId === guarantee.id)?.day;
        if (draft === undefined || day === undefined) return refuse("confirmation_missing");
        const content = {
          ...draft,
          contractorAddress: address,
          contractorRepresentative: representative,
          guaranteeUntil: day,
        };
        return decide(guarantee, {
          type: "request_issue",
          content,
          contentHash: contentHash(content),
          drafted: draft,
          ...{ version, by: actor(by), at },
        });
      },
    );
    if (!requested.ok) return requested;
    const asked = requested.value.map(({ id }) => id);
    await noteVoid(
      { desk, tx, by, at },
      found.guarantees.filter(({ id }) => asked.includes(id)),
    );
    for (const guarantee of requested.value) {
      const undrawable = await tryToDraw(desk, guarantee);
      if (undrawable !== null) return { ok: false, refusal: undrawable };
    }
    return ok({
      guarantees: requested.value,
      action: "issue_requested",
      event: {
        ...{ event: "issue_requested", by: by.name, alone: desk.policy.approvals === 1 },
        kinds: requested.value.map((g) => g.kind),
      },
      data: {
        certified: interim && input.certified === true,
        contents: requested.value.map((g) => (g.status === "awaiting_approval" ? g.request.content : null)),
      },
    });
  });
}
