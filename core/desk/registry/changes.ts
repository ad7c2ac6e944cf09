import { createHash } from "node:crypto";
import type { DeskEvent } from "../../announcements.ts";
import { canonicalJson } from "../../canonical.ts";
import { type Deed, mayDo, type StaffMember } from "../../policy.ts";
import type { Desk } from "../../ports.ts";
import type { Contractor, Registered } from "../../registry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { ChangeContent, NewRegistryChange, RegistryChange } from "../../rows/registry.ts";
import type { Transaction } from "../../store.ts";
import type { Instant } from "../../terms.ts";
import { foldForComparison } from "../../text.ts";

/**
 * What every change of a registry shares: one person proposes it whole, another confirms exactly that. Keys go to the
 * addresses in there, and names are printed on certificates.
 */

/** One step about a registry: who acts, when, and under which cause its traces stand. */
export interface RegistryStep {
  desk: Desk;
  tx: Transaction;
  by: StaffMember;
  at: Instant;
  cause: string;
}

/** Runs a step; the role is looked at now, whatever a screen showed. A refusal must come before anything is written. */
export async function registryStep<T>(
  desk: Desk,
  by: StaffMember,
  deed: Deed,
  work: (step: RegistryStep) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (!mayDo(by, deed)) return refuse("role_missing", { deed });
  return desk.store.transact((tx) =>
    work({ desk, tx, by, at: desk.now(), cause: `command:${desk.newId()}` }),
  );
}

/** SHA-256 over a value with its members in alphabetical order: what the second person confirms, what may not move. */
export function registryHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** An entry without its id: what a hash is made over and what `content` keeps. */
export function withoutId<T extends { id: string }>({ id: _, ...entry }: T): Omit<T, "id"> {
  return entry;
}

/** The contractor of this name, or of one that differs only in how it is written. */
export async function twinOf(
  tx: Pick<Transaction, "contractorsLike">,
  name: string,
): Promise<Registered<Contractor> | null> {
  const folded = foldForComparison(name);
  const [nearest] = await tx.contractorsLike(name, 1);
  return nearest !== undefined && foldForComparison(nearest.name) === folded ? nearest : null;
}

/**
 * Adds a proposal in place of the open one about the same subject: whoever amends it becomes the maker, and nothing that
 * was shown before can be confirmed any more.
 */
export async function addProposal(
  step: RegistryStep,
  proposed: Pick<NewRegistryChange, "registry" | "subject" | "entryId" | "content">,
): Promise<RegistryChange> {
  const { desk, tx, by, at } = step;
  const older = await tx.openRegistryChangeOf(proposed.subject);
  const maker = { employee: by.employee, name: by.name };
  const contentHash = registryHash(proposed.content);
  // A second click of the same person asks for nothing new.
  if (older?.contentHash === contentHash && older.maker.employee === by.employee) return older;
  const { approvals } = desk.policy;
  if (older !== null) {
    const decision = { state: "replaced", checker: maker, at, reason: null, approvals } as const;
    await tx.decideRegistryChange(older.id, { ...decision, entryId: older.entryId });
    await noteChange(step, older, "registry_replaced");
  }
  const change = await tx.addRegistryChange({
    ...{ ...proposed, id: desk.newId(), contentHash },
    ...{ maker, proposedAt: at, approvals },
  });
  await noteChange(step, change, actionsOf(change.content).requested);
  const alone = approvals === 1;
  await tellDesk(step, { ...eventOf(change), event: "registry_requested", by: by.name, alone });
  return change;
}

/** What is proposed, as one word: `registered` (new), `changed` or `mailbox`. */
export function whatOf(content: ChangeContent): "registered" | "changed" | "mailbox" {
  if (content.kind === "mailbox") return "mailbox";
  return content.before === null ? "registered" : "changed";
}

const ACTIONS = {
  registered: { requested: "contractor_register_requested", confirmed: "contractor_registered" },
  addresses: { requested: "address_change_requested", confirmed: "address_changed" },
  changed: { requested: "contractor_change_requested", confirmed: "contractor_changed" },
  mailbox: { requested: "mailbox_confirm_requested", confirmed: "mailbox_confirmed" },
} as const;

/** How the audit log names a proposal and its confirmation; where keys may go to is named apart. */
export function actionsOf(content: ChangeContent): { requested: string; confirmed: string } {
  const what = whatOf(content);
  const moves = what === "changed" && content.kind === "contractor" && changesAddresses(content);
  return ACTIONS[moves ? "addresses" : what];
}

/** What the desk's channel may know of a proposal: whom it is about, never an address. */
export function eventOf({ id, version, content }: RegistryChange) {
  const name = content.kind === "mailbox" ? content.ordererName : content.after.name;
  const addresses = content.kind === "contractor" && changesAddresses(content);
  return { changeId: id, version, what: whatOf(content), name, addresses };
}

function changesAddresses({ before, after }: Extract<ChangeContent, { kind: "contractor" }>): boolean {
  const folded = (list: readonly string[]) => list.map((one) => one.toLowerCase()).sort();
  return registryHash(folded(before?.addresses ?? [])) !== registryHash(folded(after.addresses));
}

/** The proposal in the audit log, before and after; addresses stand there, keys never do. */
export async function noteChange(
  { tx, by, at, cause }: RegistryStep,
  { id, registry, entryId, version, content, contentHash, maker }: RegistryChange,
  action: string,
  reason: string | null = null,
): Promise<void> {
  await tx.audit({
    ...{ at, action, caseId: null, guaranteeId: null, cause },
    actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
    data: { changeId: id, registry, entryId, version, content, contentHash, maker, reason },
  });
}

/** Registered addresses are personal data: who looked at whose stands in the audit log. */
export async function noteView(
  { tx, by, at, cause }: RegistryStep,
  { id: entryId, name }: { id: string; name: string },
): Promise<void> {
  await tx.audit({
    ...{ at, action: "contractor_viewed", caseId: null, guaranteeId: null, cause, data: { entryId, name } },
    actor: { kind: "staff", actor: { employee: by.employee, name: by.name } },
  });
}

export async function tellDesk({ tx, cause, at }: RegistryStep, content: DeskEvent): Promise<void> {
  await tx.addSlack({ kind: "desk", cause, content }, at);
}

/** Proposals that wait for a second person, oldest first. */
export function openRegistryChanges(desk: Desk, limit: number): Promise<RegistryChange[]> {
  return desk.store.transact((tx) => tx.openRegistryChanges(limit));
}

/** One proposal as a screen names it: which one, as of which content. */
export interface ShownChange {
  id: string;
  version: number;
  hash: string;
}

/** The proposal that a button names, to look at before deciding. */
export async function openChange(
  desk: Desk,
  by: StaffMember,
  deed: Deed,
  shown: Pick<ShownChange, "id" | "version">,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, deed, async ({ tx }) => {
    const change = await tx.registryChange(shown.id);
    return change === null || change.version !== shown.version
      ? refuse("registry_unknown")
      : stillOpen(change);
  });
}

/** A proposal that somebody has decided about is over, whatever a screen still shows. */
export function stillOpen(change: RegistryChange): Result<RegistryChange> {
  if (change.state === "open") return ok(change);
  return refuse("registry_decided", { checker: change.checker?.name ?? "" });
}
