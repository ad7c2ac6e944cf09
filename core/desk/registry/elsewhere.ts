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
    const found: AddressElsewhere[] = [];
    for (const address of added) {
      const builders = (await tx.contractorsLike(address, ELSEWHERE_MAX)).filter(({ id }) => id !== entryId);
      const towns = await tx.orderersLike(address, ELSEWHERE_MAX);
      const names = [...builders, ...towns].map(({ name }) => name).slice(0, ELSEWHERE_MAX);
      if (names.length > 0) found.push({ address, names });
    }
    return found;
  });
}
