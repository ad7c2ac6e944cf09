import type { StaffMember } from "../../policy.ts";
import type { Desk } from "../../ports.ts";
import { type Contractor, contractorSchema, type Registered } from "../../registry.ts";
import { ok, type Result, refuse } from "../../result.ts";
import type { RegistryChange } from "../../rows/registry.ts";
import type { Instant } from "../../terms.ts";
import { foldForComparison, foldText, foldWidth, keepable } from "../../text.ts";
import {
  addProposal,
  noteView,
  type RegistryStep,
  registryHash,
  registryStep,
  twinOf,
  withoutId,
} from "./changes.ts";

/** 受注者: looking one up, and proposing what it should be. */

/** What is typed to find an entry; names are at most 200 characters long. */
const WORDS_MAX = 200;
/** Addresses of one contractor in Slack: so many of the longest (254) fit into one field of 3,000 characters. */
export const ADDRESSES_MAX = 10;
/** Past states read for the history; older ones stay in the database. */
export const HISTORY_MAX = 20;

/** A contractor with all that its screen shows. */
export interface ContractorView {
  contractor: Registered<Contractor>;
  /** Tells a screen that was drawn before somebody changed the entry. */
  hash: string;
  /** Since when each address is registered, by the address in lower case. */
  since: Map<string, Instant>;
  cases: number;
  /** The proposal that waits for a second person. */
  open: RegistryChange | null;
}

/** Contractors by a part of the name or a mail address; without words those that changed last. */
export async function findContractors(
  desk: Desk,
  by: StaffMember,
  words: string,
  limit: number,
): Promise<Result<Registered<Contractor>[]>> {
  return registryStep(desk, by, "contractor", async ({ tx }) =>
    ok(await tx.contractorsLike(keepable(words).slice(0, WORDS_MAX), limit)),
  );
}

export async function viewContractor(
  desk: Desk,
  by: StaffMember,
  id: string,
): Promise<Result<ContractorView>> {
  return registryStep(desk, by, "contractor", async (step) => {
    const { tx } = step;
    const contractor = await tx.contractorById(id);
    if (contractor === null) return refuse("registry_unknown");
    await noteView(step, contractor);
    return ok({
      contractor,
      hash: registryHash(withoutId(contractor)),
      since: await tx.addressesSince(id),
      cases: await tx.casesOfContractor(id),
      open: await tx.openRegistryChangeOf(subjectOf(id)),
    });
  });
}

/** One change of a contractor: when, what it was before and after, and who proposed and confirmed it. */
export interface ContractorPast {
  at: Instant;
  before: Contractor | null;
  after: Contractor;
  /** Null: an imported file, the operator's word. */
  change: RegistryChange | null;
}

/** What changed when and by whom, newest first; and whether there was more. */
export async function contractorPast(
  desk: Desk,
  by: StaffMember,
  id: string,
): Promise<Result<{ contractor: Registered<Contractor>; past: ContractorPast[]; more: boolean }>> {
  return registryStep(desk, by, "contractor", async ({ tx }) => {
    const contractor = await tx.contractorById(id);
    if (contractor === null) return refuse("registry_unknown");
    const history = await tx.contractorHistory(id, HISTORY_MAX + 1);
    const decided = await tx.decidedRegistryChanges(id, 2 * HISTORY_MAX);
    const confirmed = decided.filter(({ state }) => state === "confirmed");
    const changed = history.map(({ replacedAt, before }, i): ContractorPast => {
      const after = history[i - 1]?.before ?? withoutId(contractor);
      const change = confirmed.find(({ decidedAt }) => decidedAt === replacedAt) ?? null;
      return { at: replacedAt, before, after, change };
    });
    const first = confirmed.find(({ content }) => content.kind === "contractor" && content.before === null);
    const begun: ContractorPast[] =
      first?.content.kind === "contractor" && first.decidedAt !== null
        ? [{ at: first.decidedAt, before: null, after: first.content.after, change: first }]
        : [];
    const past = [...changed, ...begun];
    return ok({ contractor, past: past.slice(0, HISTORY_MAX), more: past.length > HISTORY_MAX });
  });
}

/** What a person enters about a contractor; the name only for one that is not registered yet. */
export interface ContractorInput {
  name: string;
  address: string;
  representative: string;
  branch: string;
  lumpFee: boolean;
  /** One a line. */
  addresses: string;
}

/**
 * Proposes a contractor: a new one, or what a registered one should become. Nothing holds before another person has
 * confirmed it. @param entry the entry that was shown, and as of which state; null for a new one.
 */
export function proposeContractor(
  desk: Desk,
  by: StaffMember,
  entry: { id: string; hash: string } | null,
  input: ContractorInput,
): Promise<Result<RegistryChange>> {
  return registryStep(desk, by, "register", (step) =>
    entry === null ? proposeNew(step, input) : proposeChange(step, entry, input),
  );
}

async function proposeNew(step: RegistryStep, input: ContractorInput): Promise<Result<RegistryChange>> {
  const after = readContractor(step.desk, foldText(keepable(input.name)), input);
  if (!after.ok) return after;
  const subject = `contractor:name:${foldForComparison(after.value.name)}`;
  await step.tx.lockSubject(subject);
  const twin = await twinOf(step.tx, after.value.name);
  if (twin !== null) return refuse("registry_known", { name: twin.name, field: "name" });
  const content = { kind: "contractor", before: null, after: after.value } as const;
  return ok(await addProposal(step, { registry: "contractor", subject, entryId: null, content }));
}

async function proposeChange(
  step: RegistryStep,
  { id, hash }: { id: string; hash: string },
  input: ContractorInput,
): Promise<Result<RegistryChange>> {
  const subject = subjectOf(id);
  await step.tx.lockSubject(subject);
  const standing = await step.tx.lockContractor(id);
  if (standing === null) return refuse("registry_unknown");
  const before = withoutId(standing);
  if (registryHash(before) !== hash) return refuse("registry_changed");
  const after = readContractor(step.desk, standing.name, input);
  if (!after.ok) return after;
  if (registryHash(after.value) === hash) return refuse("registry_same", { field: "address" });
  const content = { kind: "contractor", before, after: after.value } as const;
  return ok(await addProposal(step, { registry: "contractor", subject, entryId: id, content }));
}

/** One open proposal an entry. */
function subjectOf(contractorId: string): string {
  return `contractor:${contractorId}`;
}

/** Checked as an imported file is; the refusal names the field, and the address that is none. */
function readContractor(desk: Desk, name: string, input: ContractorInput): Result<Contractor> {
  const addresses = readAddresses(desk, input.addresses);
  if (!addresses.ok) return addresses;
  const branch = foldText(keepable(input.branch));
  const parsed = contractorSchema.safeParse({
    name,
    address: keepable(input.address).trim(),
    representative: keepable(input.representative).trim(),
    addresses: addresses.value,
    lumpFee: input.lumpFee,
    branch: branch === "" ? null : branch,
  });
  if (parsed.success) return ok(parsed.data);
  return refuse("registry_value_wrong", { field: String(parsed.error.issues[0]?.path[0] ?? "address") });
}

/** Addresses as people separate them; one that stands twice counts once. */
function readAddresses({ policy }: Desk, text: string): Result<string[]> {
  const typed = foldWidth(keepable(text))
    .split(/[\s,;、，]+/)
    .filter((one) => one !== "");
  const folded = (one: string) => one.toLowerCase();
  const each = typed.filter((one, i) => typed.findIndex((other) => folded(other) === folded(one)) === i);
  if (each.length > ADDRESSES_MAX)
    return refuse("registry_too_many_addresses", { field: "addresses", max: String(ADDRESSES_MAX) });
  for (const one of each) {
    if (!contractorSchema.shape.addresses.unwrap().element.safeParse(one).success)
      return refuse("registry_address_wrong", { field: "addresses", address: one.slice(0, 100) });
    // A key sent to the desk itself would reach nobody, and lie in its mailbox.
    if (folded(one) === folded(policy.deskAddress))
      return refuse("registry_address_own", { field: "addresses", address: one });
  }
  return ok(each);
}
