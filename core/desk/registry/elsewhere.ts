import type { Desk } from "../../ports.ts";
import type { RegistryChange } from "../../rows/registry.ts";

/** An address that a proposal would add, and who has it already. */
export interface AddressElsewhere {
  address: string;
  names: string[];
}

/** Names told of one address; one is reason enough to ask. */
const ELSEWHERE_MAX = 3;

/**
 * Addresses that would be added and belong to somebody else as well: a scrivener may write for two companies, and a key
 * may be led to the wrong one. Whoever confirms is told, nothing is refused.
 */
export function addressesElsewhere(
  desk: Desk,
  { content, entryId }: RegistryChange,
): Promise<AddressElsewhere[]> {
  if (content.kind !== "contractor") return Promise.resolve([]);
  const had = (content.before?.addresses ?? []).map((one) => one.toLowerCase());
  const added = content.after.addresses.filter((one) => !had.includes(one.toLowerCase()));
  return desk.store.transact(async (tx) => {
    const holders = await tx.holdersOf(added, entryId, ELSEWHERE_MAX);
    const namesOf = (address: string) =>
      holders.filter((one) => one.address === address.toLowerCase()).map(({ name }) => name);
    return added
      .map((address) => ({ address, names: namesOf(address) }))
      .filter(({ names }) => names.length > 0);
  });
}
