import type { Case } from "../case.ts";
import { dayInTokyo } from "../dates.ts";
import { newAuthKey } from "../guarantee/auth-key.ts";
import { type Awaited, awaited } from "../guarantee/awaited.ts";
import { type ChangeKind, type Guarantee, latestCertificate } from "../guarantee/guarantee.ts";
import { decide } from "../guarantee/life-cycle.ts";
import { fiscalYearOf, formatGuaranteeNumber } from "../guarantee/number.ts";
import { wrongStatus } from "../guarantee/steps.ts";
import { typedAmount } from "../money.ts";
import type { StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Decision } from "../rows/cases.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { type Change, type Changed, changeCase } from "./change.ts";
import type { Target } from "./find.ts";
import { resendKey } from "./resend.ts";
import { actor } from "./settle.ts";
import { tellOfChange } from "./tell-change.ts";

/** What the checker saw and typed, product by product. */
export interface ApprovalInput {
  expectedVersion: number;
  approvals: { guaranteeId: string; contentHash: string; repeated: string }[];
}

/**
 * The checker approves (承認): another employee than the maker, the very content that was requested, the whole amount
 * typed once more. Numbers and keys are reserved here, for this version; documents are drawn afterwards by the job.
 * What needs no document happens in this step. One kind of change is approved at a time.
 */
export function approveCase(
  desk: Desk,
  by: StaffMember,
  target: Target,
  input: ApprovalInput,
): Promise<Result<Case>> {
  return changeCase(desk, by, "approve", target, async (change) => {
    const waiting = change.guarantees.flatMap((one) => awaited(one) ?? []);
    if (waiting.length === 0) return nothingWaits(change.guarantees);
    if (change.found.version !== input.expectedVersion) return refuse("stale_screen");
    const shown = waiting.filter(({ guarantee }) =>
      input.approvals.some(({ guaranteeId }) => guaranteeId === guarantee.id),
    );
    const [first] = shown;
    if (first === undefined || shown.some(({ what }) => what !== first.what)) return refuse("stale_screen");
    const approved: Guarantee[] = [];
    for (const one of shown) {
      const result = await approveOne(desk, change, one, input);
      if (!result.ok) return result;
      approved.push(result.value);
    }
    return first.what === "issue"
      ? issueApproved(change, approved)
      : changeApproved(desk, change, first.what, shown, approved);
  });
}

async function approveOne(
  desk: Desk,
  { tx, by, at }: Change,
  { guarantee, what, version, contentHash, maker, guaranteedYen }: Awaited,
  input: ApprovalInput,
): Promise<Result<Guarantee>> {
  const { approvals } = desk.policy;
  const given = input.approvals.find(({ guaranteeId }) => guaranteeId === guarantee.id);
  const seen = { contentHash: given?.contentHash ?? "", by: actor(by), at, approvals };
  const command = (number: string) =>
    what === "issue"
      ? { type: "approve" as const, ...seen, number }
      : { type: "approve_change" as const, ...seen };
  // Who may approve and whether the screen is fresh comes before a number is taken and before amounts are compared.
  const trial = decide(guarantee, command(""));
  if (!trial.ok) return trial;
  if (typedAmount(given?.repeated ?? "") !== guaranteedYen)
    return refuse("amount_not_repeated", { kind: guarantee.kind });
  await tx.saveDecision({
    ...{ subject: guarantee.id, version, verdict: "approved", what, contentHash, maker },
    ...{ checker: actor(by), at, approvals },
  } satisfies Decision);
  if (what !== "issue") return trial;
  if (guarantee.status === "awaiting_approval" && guarantee.request.content.medium === "electronic")
    await tx.saveKey(guarantee.id, desk.sealer.seal(new TextEncoder().encode(newAuthKey(desk.random))));
  return decide(guarantee, command(await nextNumber(tx, at)));
}

async function nextNumber(tx: Transaction, at: Instant): Promise<string> {
  const year = fiscalYearOf(dayInTokyo(at));
  return formatGuaranteeNumber(year, await tx.nextGuaranteeSerial(year));
}

async function issueApproved({ tx, found, by }: Change, approved: Guarantee[]): Promise<Result<Changed>> {
  await tx.addIssueJob(found.id);
  return ok({
    guarantees: approved,
    action: "issue_approved",
    event: { event: "approved", by: by.name, kinds: approved.map((g) => g.kind) },
    data: { approvals: approved.map((g) => (g.status === "awaiting_approval" ? g.approval : null)) },
  });
}

async function changeApproved(
  desk: Desk,
  change: Change,
  what: ChangeKind,
  shown: readonly Awaited[],
  approved: Guarantee[],
): Promise<Result<Changed>> {
  const { tx, found, by } = change;
  if (what === "amend" || what === "rectify") await tx.addIssueJob(found.id);
  else if (what === "resend") {
    // Requests of several products may name several addresses: each notice goes where it was approved to go.
    for (const [to, ids] of resendAddresses(shown)) {
      const theirs = approved.filter(({ id }) => ids.includes(id));
      const sent = await resendKey(desk, change, theirs, to);
      if (!sent.ok) return sent;
    }
  }
  const then = async () => {
    if (what === "unamend" || what === "cancel" || what === "release")
      for (const guarantee of approved) await tookEffect(desk, change, what, shown, guarantee);
  };
  return ok({
    guarantees: approved,
    action: "change_approved",
    event: { event: "change_approved", by: by.name, change: what, kinds: approved.map((g) => g.kind) },
    data: { change: what, approvals: shown.map(({ version, contentHash }) => ({ version, contentHash })) },
    then,
  });
}

/** The guarantees whose notice goes to each address. */
function resendAddresses(shown: readonly Awaited[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { guarantee } of shown) {
    const proposed = guarantee.status === "in_force" ? guarantee.change?.proposed : undefined;
    if (proposed?.change !== "resend") throw new Error("a key is sent again without an address");
    ids.set(proposed.to, [...(ids.get(proposed.to) ?? []), guarantee.id]);
  }
  return ids;
}

/** Withdrawing an amendment and an end need no new certificate: they hold with the approval, and are told at once. */
async function tookEffect(
  desk: Desk,
  { tx, found, at, by }: Change,
  change: "unamend" | "cancel" | "release",
  shown: readonly Awaited[],
  after: Guarantee,
): Promise<void> {
  const before = shown.find(({ guarantee }) => guarantee.id === after.id)?.guarantee;
  if (!("number" in after) || before?.status !== "in_force") return;
  const version = latestCertificate(after);
  const { kind, number } = after;
  const electronic = version.content.medium === "electronic";
  const cause = `${change}:${after.id}:${found.version}`;
  const content = {
    ...{ event: "changed" as const, change, kind, number },
    ...{ serial: version.serial, electronic },
  };
  await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
  const holdsAgain = change === "unamend" ? await tx.certificateOf(after.id, version.position) : null;
  const was = latestCertificate(before);
  await tellOfChange(
    desk,
    tx,
    found,
    {
      ...{ guarantee: after, change, version, certificate: holdsAgain?.bytes ?? null },
      before: change === "unamend" ? was : null,
    },
    at,
  );
  await tx.audit({
    at,
    actor: { kind: "staff", actor: actor(by) },
    action: { unamend: "amendment_withdrawn", cancel: "cancelled", release: "released" }[change],
    caseId: found.id,
    guaranteeId: after.id,
    cause,
    data: {
      ...{ number, on: "on" in after ? after.on : null, serial: version.serial },
      ...(change === "unamend" ? { before: was.content, after: version.content } : {}),
    },
  });
}

function nothingWaits(guarantees: readonly Guarantee[]): ReturnType<typeof refuse> {
  for (const guarantee of guarantees) {
    if (guarantee.status === "awaiting_approval" && guarantee.approval !== null)
      return refuse("already_approved", { checker: guarantee.approval.checker.name });
    if (guarantee.status === "in_force" && guarantee.change?.approval)
      return refuse("already_approved", { checker: guarantee.change.approval.checker.name });
    if (guarantee.status === "in_force") return refuse("already_approved");
  }
  return wrongStatus(guarantees[0]);
}
