import type { Contractor, Orderer, Registered } from "../registry.ts";
import type { Instant } from "../terms.ts";

/** The registries, as they are kept. */

export interface RegistryRows {
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
}
