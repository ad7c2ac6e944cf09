import type { Case } from "../case.ts";
import { type Guarantee, isIssued } from "../guarantee/guarantee.ts";
import type { Desk } from "../ports.ts";
import type { Instant } from "../terms.ts";

/** An address that a key may be sent to again (再送). */
export interface KeyAddress {
  address: string;
  since: Instant;
  /** Registered after one of these guarantees was issued: another person has to approve (core/desk/resend.ts). */
  newer: boolean;
}

/** The addresses registered for the contractor of a case, oldest first, as they stand now. */
export async function keyAddresses(
  desk: Desk,
  found: Case,
  guarantees: readonly Guarantee[],
): Promise<KeyAddress[]> {
  const { contractor } = found;
  if (contractor === null) return [];
  const registered = await desk.store.transact((tx) => tx.addressesSince(contractor.id));
  const issued = guarantees.flatMap((one) =>
    isIssued(one) ? one.certificates.slice(0, 1).map(({ issuedAt }) => issuedAt) : [],
  );
  return [...registered]
    .map(([folded, since]) => {
      const address = contractor.addresses.find((one) => one.toLowerCase() === folded) ?? folded;
      return { address, since, newer: issued.some((at) => at < since) };
    })
    .sort((a, b) => (a.since === b.since ? (a.address < b.address ? -1 : 1) : a.since < b.since ? -1 : 1));
}
