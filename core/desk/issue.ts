import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { MissingGlyphError } from "../documents.ts";
import { newAuthKey } from "../guarantee/auth-key.ts";
import { contentHash } from "../guarantee/content-hash.ts";
import type { CertificateContent, Guarantee } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { fiscalYearOf, formatGuaranteeNumber } from "../guarantee/number.ts";
import { parseYen } from "../money.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import type { Refusal } from "../refusals.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Day } from "../terms.ts";
import { whyNotAcceptable } from "./accept.ts";
import { changeCase, each } from "./change.ts";
import { certificateData, noticeData } from "./draw.ts";
import { type Target, targeted } from "./find.ts";
import { actor } from "./settle.ts";

/** What the maker confirms beyond the application: it will stand on the certificates. */
export interface IssueConfirmation {
  expectedVersion: number;
  contractorAddress: string;
  contractorRepresentative: string;
  until: { guaranteeId: string; day: Day }[];
}

/** Printed lines have a bound; longer ones are a pasted mistake. */
const PRINTED_LINE_MAX = 200;

/**
 * What the certificates would print, from application and registry: the maker's modal shows it, prefilled.
 * @returns a refusal while something that is printed is open.
 */
export function draftContents(
  found: Case,
  target: Target,
): Result<{ guaranteeId: string; content: CertificateContent }[]> {
  const ready = targeted(found, target).filter(mayBeRequested);
  const [first] = targeted(found, target);
  if (ready.length === 0)
    return refuse("wrong_status", { status: first?.status ?? "", kind: first?.kind ?? "" });
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
  return changeCase(desk, by, "issue", target, async ({ found, at }) => {
    if (found.version !== input.expectedVersion) return refuse("stale_screen");
    const drafts = draftContents(found, target);
    if (!drafts.ok) return drafts;
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
          by: actor(by),
          at,
        });
      },
    );
    if (!requested.ok) return requested;
    for (const guarantee of requested.value) {
      const undrawable = await tryToDraw(desk, guarantee);
      if (undrawable !== null) return { ok: false, refusal: undrawable };
    }
    return ok({
      guarantees: requested.value,
      action: "issue_requested",
      event: { event: "issue_requested", by: by.name, kinds: requested.value.map((g) => g.kind) },
      data: {
        contents: requested.value.map((g) => (g.status === "awaiting_approval" ? g.request.content : null)),
      },
    });
  });
}

/** Why the documents cannot be drawn, or `null` when they can. */
async function tryToDraw(desk: Desk, guarantee: Guarantee): Promise<Refusal | null> {
  if (guarantee.status !== "awaiting_approval") return null;
  const { content, requestedAt } = guarantee.request;
  const number = formatGuaranteeNumber(fiscalYearOf(dayInTokyo(requestedAt)), 1);
  try {
    await desk.documents.drawCertificate(certificateData(desk, content, number, 0, requestedAt));
    if (content.medium === "electronic")
      await desk.documents.drawNotice(
        noticeData(desk, content, number, newAuthKey(desk.random), requestedAt),
      );
    return null;
  } catch (error) {
    if (error instanceof MissingGlyphError)
      return { code: "glyph_missing", detail: { character: error.character } };
    if (error instanceof RangeError) return { code: "too_long_to_print", detail: { kind: guarantee.kind } };
    throw error;
  }
}

/**
 * The checker approves (承認): another employee than the maker, the very content that was requested, the whole amount
 * typed once more. Numbers and keys are reserved here, for this version; documents are drawn afterwards by the job.
 */
export function approveIssue(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: {
    expectedVersion: number;
    approvals: { guaranteeId: string; contentHash: string; repeated: string }[];
  },
): Promise<Result<Case>> {
  return changeCase(desk, by, "approve", target, async ({ tx, found, guarantees, at }) => {
    const waiting = guarantees.filter((g) => g.status === "awaiting_approval" && g.approval === null);
    const decided = guarantees.find((g) => g.status === "in_force" || g.status === "awaiting_approval");
    if (waiting.length === 0 && decided !== undefined) return alreadyApproved(decided);
    if (found.version !== input.expectedVersion) return refuse("stale_screen");
    const approved: Guarantee[] = [];
    for (const guarantee of waiting.length > 0 ? waiting : guarantees) {
      const given = input.approvals.find((a) => a.guaranteeId === guarantee.id);
      if (given === undefined) return refuse("amount_not_repeated", { kind: guarantee.kind });
      // Who may approve and whether the screen is fresh is decided before a number is taken and before amounts are compared.
      const trial = decide(guarantee, {
        type: "approve",
        contentHash: given.contentHash,
        number: "",
        by: actor(by),
        at,
        approvals: desk.policy.approvals,
      });
      if (!trial.ok) return trial;
      if (guarantee.status !== "awaiting_approval")
        return refuse("wrong_status", { status: guarantee.status, kind: guarantee.kind });
      const typed = parseYen(given.repeated, { bareMinimumYen: 0 });
      if (!typed.ok || typed.yen !== guarantee.request.content.guaranteedYen)
        return refuse("amount_not_repeated", { kind: guarantee.kind });
      const year = fiscalYearOf(dayInTokyo(at));
      const number = formatGuaranteeNumber(year, await tx.nextGuaranteeSerial(year));
      approved.push({ ...guarantee, approval: { checker: actor(by), approvedAt: at, number } });
      if (guarantee.request.content.medium === "electronic")
        await tx.saveKey(guarantee.id, desk.sealer.seal(new TextEncoder().encode(newAuthKey(desk.random))));
    }
    await tx.addIssueJob(found.id);
    return ok({
      guarantees: approved,
      action: "issue_approved",
      event: { event: "approved", by: by.name, kinds: approved.map((g) => g.kind) },
      data: { approvals: approved.map((g) => (g.status === "awaiting_approval" ? g.approval : null)) },
    });
  });
}

function alreadyApproved(guarantee: Guarantee): ReturnType<typeof refuse> {
  const checker = guarantee.status === "awaiting_approval" ? guarantee.approval?.checker.name : undefined;
  return refuse("already_approved", checker === undefined ? {} : { checker });
}
