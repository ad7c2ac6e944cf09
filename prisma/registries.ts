import type { z } from "zod";
import {
  type Contractor,
  contractorsFile,
  type FileFault,
  faultsOf,
  type Orderer,
  orderersFile,
  type Registered,
} from "../core/registry.ts";
import type { Store, Transaction } from "../core/store.ts";
import type { Instant } from "../core/terms.ts";
import { foldForComparison } from "../core/text.ts";

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
  return name === "orderers"
    ? importWith(store, name, orderersFile.safeParse(json), at, (tx, entries) =>
        tx.replaceOrderers(entries, at),
      )
    : importWith(store, name, contractorsFile.safeParse(json), at, (tx, entries) =>
        tx.replaceContractors(entries, at),
      );
}

async function importWith<T extends Orderer | Contractor>(
  store: Store,
  name: RegistryName,
  parsed: z.ZodSafeParseResult<T[]>,
  at: Instant,
  replace: (tx: Transaction, entries: T[]) => Promise<void>,
): Promise<ImportResult> {
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) };
  const entries = parsed.data;
  const twice = duplicates(entries);
  if (twice.length > 0) return { ok: false, faults: twice };
  await store.transact(async (tx) => {
    await replace(tx, entries);
    await tx.audit({
      at,
      actor: { kind: "desk" },
      action: `${name}_imported`,
      caseId: null,
      guaranteeId: null,
      cause: "command:import",
      data: { names: entries.map((entry) => entry.name) },
    });
  });
  return { ok: true, count: entries.length };
}

/** A name that stands twice would replace itself: the operator must say which one is meant. */
function duplicates(entries: readonly (Orderer | Contractor)[]): FileFault[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const key =
      "prefecture" in entry
        ? `${entry.prefecture} ${foldForComparison(entry.name)}`
        : foldForComparison(entry.name);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path: String(index), message: `duplicate: ${entry.name}` }];
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
