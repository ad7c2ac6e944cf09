import type { StaffMember } from "../../policy.ts";
import type { Desk } from "../../ports.ts";
import type { Contractor, Registered } from "../../registry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { ChangeContent, ChangeDecision, RegistryChange } from "../../rows/registry.ts";
import { keptReason } from "../reason.ts";
import { reassess } from "../refresh.ts";
import {
  actionsOf,
  eventOf,
  noteChange,
  type RegistryStep,
  registryHash,
  registryStep,
  type ShownChange,
  stillOpen,
  tellDesk,
  twinOf,
  withoutId,
} from "./changes.ts";

/** The second person's part: confirm, refuse; and the maker's way back. */

/** Cases looked at again in the step that confirms; the rest is when staff come back to them. */
const CASES_MAX = 50;
/** What a person may write as a reason; Slack's field is as long. */
export const REASON_MAX = 500;

/**
 * Confirms a proposal, and only then it holds. In one step: live role, another employee than the maker (unless
 * ISSUE_APPROVALS=1), still open, exactly what was shown, and the entry as it was when it was proposed.
 */
export function confirmChange(
  desk: Desk,
  by: StaffMember,
  shown: ShownChange,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, "confirm_registry", async (step) => {
    const found = await lockChange(step, shown);
    if (!found.ok) return found;
    const change = found.value;
    // The row itself may have been altered: what is applied is what was hashed when it was proposed.
    if (registryHash(change.content) !== shown.hash || change.contentHash !== shown.hash)
      return refuse("registry_changed");
    const { maker } = change;
    if (desk.policy.approvals === 2 && maker.employee === by.employee)
      return refuse("registry_same_person", { maker: maker.name, makerEmployee: maker.employee });
    const applied = await apply(step, change);
    if (!applied.ok) return applied;
    const confirmed = { ...change, entryId: applied.value };
    await decide(step, confirmed, { state: "confirmed", reason: null });
    await noteChange(step, confirmed, actionsOf(change.content).confirmed);
    return ok(confirmed);
  });
}

/** Turns a proposal down, with the reason that its maker will read. */
export function refuseChange(
  desk: Desk,
  by: StaffMember,
  shown: Omit<ShownChange, "hash">,
  reason: string,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, "confirm_registry", async (step) => {
    const found = await lockChange(step, shown);
    if (!found.ok) return found;
    const why = keptReason(reason).slice(0, REASON_MAX);
    if (why === "") return refuse("registry_reason_missing");
    await decide(step, found.value, { state: "refused", reason: why });
    await noteChange(step, found.value, "registry_refused", why);
    return found;
  });
}

/** Takes a proposal back; whoever made it, and nobody else. */
export function withdrawChange(
  desk: Desk,
  by: StaffMember,
  shown: Omit<ShownChange, "hash">,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, "register", async (step) => {
    const found = await lockChange(step, shown);
    if (!found.ok) return found;
    const { maker } = found.value;
    if (maker.employee !== by.employee) return refuse("registry_not_own", { maker: maker.name });
    await decide(step, found.value, { state: "withdrawn", reason: null });
    await noteChange(step, found.value, "registry_withdrawn");
    return found;
  });
}

/** The proposal, while nobody else can decide about it or put another in its place. */
async function lockChange(
  { tx }: RegistryStep,
  shown: Omit<ShownChange, "hash">,
): Promise<Result<RegistryChange>> {
  const known = await tx.registryChange(shown.id);
  if (known === null || known.version !== shown.version) return refuse("registry_unknown");
  await tx.lockSubject(known.subject);
  const change = await tx.registryChange(shown.id);
  return change === null ? refuse("registry_unknown") : stillOpen(change);
}

async function decide(
  step: RegistryStep,
  change: RegistryChange,
  { state, reason }: { state: Exclude<ChangeDecision["state"], "replaced">; reason: string | null },
): Promise<void> {
  const { desk, tx, by, at } = step;
  const checker = { employee: by.employee, name: by.name };
  const decision = { state, reason, checker, at, approvals: desk.policy.approvals, entryId: change.entryId };
  // The subject is locked: nobody can have been quicker.
  if (!(await tx.decideRegistryChange(change.id, decision))) throw new Error("decided twice");
  const { maker } = change;
  await tellDesk(step, {
    ...eventOf(change),
    ...{ event: "registry_decided", state, by: by.name, maker: maker.name, reason },
  });
}

/** Writes what was confirmed by the same way as an imported file. @returns the entry's id. */
function apply(step: RegistryStep, change: RegistryChange): Promise<Result<string>> {
  const { content, entryId } = change;
  return content.kind === "mailbox"
    ? applyMailbox(step, content, entryId)
    : applyContractor(step, content, entryId);
}

async function applyContractor(
  step: RegistryStep,
  { before, after }: Extract<ChangeContent, { kind: "contractor" }>,
  entryId: string | null,
): Promise<Result<string>> {
  const { tx, at } = step;
  if (before === null || entryId === null) {
    const twin = await twinOf(tx, after.name);
    if (twin !== null) return refuse("registry_known", { name: twin.name });
    await tx.replaceContractors([after], at);
    const registered = await twinOf(tx, after.name);
    if (registered === null) throw new Error("the contractor was not written");
    await lookAgain(step, registered);
    return ok(registered.id);
  }
  const standing = await tx.lockContractor(entryId);
  if (standing === null || registryHash(withoutId(standing)) !== registryHash(before))
    return refuse("registry_changed");
  await tx.replaceContractors([after], at);
  await lookAgain(step, { ...after, id: entryId });
  return ok(entryId);
}

/** Undecided cases of the contractor show at once what its registration now means for them. */
async function lookAgain({ desk, tx, at }: RegistryStep, contractor: Registered<Contractor>): Promise<void> {
  for (const caseId of await tx.undecidedCasesOf(contractor, CASES_MAX)) await reassess(desk, tx, caseId, at);
}

async function applyMailbox(
  { tx, at }: RegistryStep,
  { mailbox }: Extract<ChangeContent, { kind: "mailbox" }>,
  entryId: string | null,
): Promise<Result<string>> {
  const orderer = entryId === null ? null : await tx.lockOrderer(entryId);
  const place = orderer?.mailboxes.findIndex((one) => registryHash(one) === registryHash(mailbox)) ?? -1;
  if (orderer === null || place < 0) return refuse("registry_changed");
  const mailboxes = orderer.mailboxes.map((one, i) => (i === place ? { ...one, confirmed: true } : one));
  await tx.replaceOrderers([{ ...withoutId(orderer), mailboxes }], at);
  return ok(orderer.id);
}
