import type { Store } from "../core/ports.ts";
import {
  type Contractor,
  contractorsFile,
  type FileFault,
  faultsOf,
  type Orderer,
  orderersFile,
  type Registered,
} from "../core/registry.ts";
import type { Instant } from "../core/terms.ts";

export type ImportResult = { ok: true; count: number } | { ok: false; faults: FileFault[] };

/** Both registries can be carried in and out; the rest of the program reads them through the store. */
export type RegistryName = "orderers" | "contractors";

/**
 * Imports a registry file in one transaction, validated whole before one row changes. Orderers match by prefecture
 * and name, contractors by name: what matches is replaced (its history is kept), the rest stays.
 */
export async function importRegistry(
  store: Store,
  name: RegistryName,
  json: unknown,
  at: Instant,
): Promise<ImportResult> {
  const parsed = name === "orderers" ? orderersFile.safeParse(json) : contractorsFile.safeParse(json);
  if (!parsed.success)
    return {
      ok: false,
      faults: parsed.error.issues.map((i) => ({ path: i.path.join("."), message: i.message })),
    };
  const twice = duplicates(parsed.data);
  if (twice.length > 0) return { ok: false, faults: twice };
  await store.transact(async (tx) => {
    for (const entry of parsed.data)
      await ("certificateName" in entry ? tx.replaceOrderer(entry, at) : tx.replaceContractor(entry, at));
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: `${name}_imported`,
      caseId: null,
      guaranteeId: null,
      cause: "command:import",
      data: { names: parsed.data.map((entry) => entry.name) },
    });
  });
  return { ok: true, count: parsed.data.length };
}

/** A name that stands twice would replace itself: the operator must say which one is meant. */
function duplicates(entries: readonly (Orderer | Contractor)[]): FileFault[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const key = "prefecture" in entry ? `${entry.prefecture} ${entry.name}` : entry.name;
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path: String(index), message: `duplicate: ${key}` }];
  });
}

/** The registry as a file that `import` accepts. */
export async function exportRegistry(store: Store, name: RegistryName): Promise<unknown[]> {
  const entries = await store.transact(
    (tx): Promise<Registered<Orderer | Contractor>[]> =>
      name === "orderers" ? tx.orderers() : tx.contractors(),
  );
  return entries.map(({ id: _, ...entry }) => entry);
}
