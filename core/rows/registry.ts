import type { Actor } from "../guarantee/guarantee.ts";
import type { Contractor, Orderer, OrdererMailbox, Registered } from "../registry.ts";
import type { Instant } from "../terms.ts";

/** The registries, as they are kept. */

export interface RegistryRows extends RegistryChangeRows {
  orderers(): Promise<Registered<Orderer>[]>;
  contractors(): Promise<Registered<Contractor>[]>;
  /** The orderer by the name an application gives: its name or its name on certificates, compared folded. */
  ordererNamed(foldedName: string): Promise<Registered<Orderer>[]>;
  contractorNamed(foldedName: string): Promise<Registered<Contractor> | null>;
  /** Orderers with a confirmed mailbox for this address or its domain. */
  orderersAtAddress(address: string): Promise<Registered<Orderer>[]>;
  /** True when the address is a contractor's or a confirmed mailbox (or in the domain of one) of an orderer. */
  isRegisteredAddress(address: string): Promise<boolean>;
  /** Whole files at once: few statements however many entries. No entry may stand twice. */
  replaceOrderers(orderers: readonly Orderer[], at: Instant): Promise<void>;
  replaceContractors(contractors: readonly Contractor[], at: Instant): Promise<void>;
  /**
   * By a part of the name (compared folded) or a whole mail address; the name itself first, then those that begin so.
   * Without words those that changed last.
   */
  contractorsLike(words: string, limit: number): Promise<Registered<Contractor>[]>;
  /** The same; part of the name, of the name on certificates, or of prefecture and name together. */
  orderersLike(words: string, limit: number): Promise<Registered<Orderer>[]>;
  /**
   * Who has these addresses (mailboxes of orderers count, confirmed or not, and those for a whole domain), without entry
   * `except`: contractors first, in one order. @param limit of names an address.
   */
  holdersOf(
    addresses: readonly string[],
    except: string | null,
    limit: number,
  ): Promise<{ address: string; name: string }[]>;
  contractorById(id: string): Promise<Registered<Contractor> | null>;
  ordererById(id: string): Promise<Registered<Orderer> | null>;
  /** Held against others until the step ends, so that what is compared is what is replaced. */
  lockContractor(id: string): Promise<Registered<Contractor> | null>;
  lockOrderer(id: string): Promise<Registered<Orderer> | null>;
  /** Since when each address of a contractor is registered, by the address in lower case. One that stays keeps its time. */
  addressesSince(contractorId: string): Promise<Map<string, Instant>>;
  casesOfContractor(contractorId: string): Promise<number>;
  /**
   * Undecided cases (something is still only applied for) that belong to a contractor or name one that is not
   * registered so far, oldest first. Ids in one order everywhere, so that steps do not wait for each other.
   */
  undecidedCasesOf(contractor: Registered<Contractor>, limit: number): Promise<string[]>;
}

/** What somebody proposes, whole: the second person confirms exactly this. */
export type ChangeContent =
  /** `before` is null for one that is not registered yet. */
  | { kind: "contractor"; before: Contractor | null; after: Contractor }
  /** To trust a mailbox of an orderer; `mailbox` as it stands, not confirmed. */
  | { kind: "mailbox"; prefecture: string; ordererName: string; mailbox: OrdererMailbox };

export type ChangeState = "open" | "confirmed" | "refused" | "withdrawn" | "replaced";

/** A change of a registry that one person proposed and another confirms (four eyes). */
export interface RegistryChange {
  id: string;
  registry: "contractor" | "orderer";
  /** What has one open proposal at a time; `version` counts the proposals about it. */
  subject: string;
  version: number;
  /** Null while the entry does not exist. */
  entryId: string | null;
  content: ChangeContent;
  contentHash: string;
  maker: Actor;
  proposedAt: Instant;
  state: ChangeState;
  /** Who decided; of one that was replaced, who proposed the newer one. */
  checker: Actor | null;
  decidedAt: Instant | null;
  reason: string | null;
  /** ISSUE_APPROVALS when it was decided; of an open one, when it was proposed. */
  approvals: 1 | 2;
}

export type NewRegistryChange = Omit<
  RegistryChange,
  "version" | "state" | "checker" | "decidedAt" | "reason"
>;

export interface ChangeDecision {
  state: Exclude<ChangeState, "open">;
  checker: Actor;
  at: Instant;
  reason: string | null;
  approvals: 1 | 2;
  /** The entry that came of it. */
  entryId: string | null;
}

/** An entry of a registry as it was until `replacedAt`. */
export interface RegistryHistoryEntry {
  replacedAt: Instant;
  before: Contractor;
}

export interface RegistryChangeRows {
  /** Makes every other step that proposes or decides about the subject wait for the end of this one. */
  lockSubject(subject: string): Promise<void>;
  /** Adds a proposal. An open one about the same subject must have been decided before. */
  addRegistryChange(change: NewRegistryChange): Promise<RegistryChange>;
  registryChange(id: string): Promise<RegistryChange | null>;
  openRegistryChangeOf(subject: string): Promise<RegistryChange | null>;
  /** The open ones about any of these. */
  openRegistryChangesOf(subjects: readonly string[]): Promise<RegistryChange[]>;
  /** Writes the decision; false when it was decided already. */
  decideRegistryChange(id: string, decision: ChangeDecision): Promise<boolean>;
  /** Oldest first. */
  openRegistryChanges(limit: number): Promise<RegistryChange[]>;
  /** What was proposed about an entry and decided, newest first. */
  decidedRegistryChanges(entryId: string, limit: number): Promise<RegistryChange[]>;
  /** What a contractor was before each change, newest first. */
  contractorHistory(id: string, limit: number): Promise<RegistryHistoryEntry[]>;
}
