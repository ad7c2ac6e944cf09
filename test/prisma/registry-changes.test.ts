import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NewRegistryChange } from "../../core/rows/registry.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { AT } from "./samples.ts";

/** What the database itself refuses, whoever writes to it. */
describe("a proposal to change a registry, in the database", () => {
  let database: FreshDatabase;
  let open: Database;
  let db: Awaited<ReturnType<typeof connectOnce>>;
  beforeAll(async () => {
    database = await freshDatabase();
    open = await openDatabase({ url: database.url, dataDir: "" });
    db = await connectOnce(database.url);
  });
  afterAll(async () => {
    await db.end();
    await open.close();
    await database.drop();
  });

  const maker = { employee: "1001", name: "見本 作成" };
  const other = { employee: "1002", name: "見本 確認" };
  const after = { name: "見本建設", address: "a", representative: "b", lumpFee: false, branch: null };
  const proposal = (id: string, subject = id): NewRegistryChange => ({
    ...{ id, registry: "contractor", subject, entryId: null, contentHash: "h", approvals: 2 },
    content: { kind: "contractor", before: null, after: { ...after, addresses: ["a@b.example"] } },
    ...{ maker, proposedAt: AT },
  });
  const add = (change: NewRegistryChange) => open.store.transact((tx) => tx.addRegistryChange(change));
  const confirmed = { state: "confirmed", at: AT, reason: null, entryId: null } as const;

  it("is not confirmed by its maker, however the row is written", async () => {
    await add(proposal("own"));
    const decision = { ...confirmed, checker: maker, approvals: 2 } as const;
    await expect(open.store.transact((tx) => tx.decideRegistryChange("own", decision))).rejects.toThrow();
    await expect(
      db.query(
        `UPDATE registry_changes SET state = 'confirmed', checker_employee = maker_employee, checker_name = 'x',
           decided_at = now() WHERE id = 'own'`,
      ),
    ).rejects.toThrow(/four_eyes/);
    await expect(
      db.query("UPDATE registry_changes SET state = 'confirmed', decided_at = now() WHERE id = 'own'"),
    ).rejects.toThrow(/registry_changes_decided/);
    const one = { ...decision, approvals: 1 } as const;
    expect(await open.store.transact((tx) => tx.decideRegistryChange("own", one))).toBe(true);
  });

  it("is about its entry from the start, or from the decision that makes the entry", async () => {
    await add({ ...proposal("known"), entryId: "c1" });
    await add(proposal("new"));
    const to = (id: string, entryId: string | null) =>
      open.store.transact((tx) =>
        tx.decideRegistryChange(id, { ...confirmed, entryId, checker: other, approvals: 2 }),
      );
    // The trigger's code (restrict_violation) in the driver's words.
    for (const entryId of ["c2", null])
      await expect(to("known", entryId)).rejects.toThrow("constraint violated");
    await expect(db.query("UPDATE registry_changes SET entry_id = 'c3' WHERE id = 'new'")).rejects.toThrow(
      /registry_changes are kept/,
    );
    expect([await to("known", "c1"), await to("new", "c3")]).toEqual([true, true]);
  });

  it("is decided once, and is one among the open ones until then", async () => {
    await add(proposal("first"));
    await expect(add(proposal("beside", "first"))).rejects.toThrow();
    expect((await open.store.transact((tx) => tx.openRegistryChanges(10))).map(({ id }) => id)).toEqual([
      "first",
    ]);
    const decision = { ...confirmed, checker: other, approvals: 2 } as const;
    const twice = await Promise.all(
      [1, 2].map(() => open.store.transact((tx) => tx.decideRegistryChange("first", decision))),
    );
    expect(twice.sort()).toEqual([false, true]);
    expect((await add(proposal("second", "first"))).version).toBe(2);
  });

  it("was refused for a reason or not at all", async () => {
    await add(proposal("refused"));
    await expect(
      db.query(
        `UPDATE registry_changes SET state = 'refused', checker_employee = '1', checker_name = 'x',
           decided_at = now() WHERE id = 'refused'`,
      ),
    ).rejects.toThrow(/refused_with_reason/);
  });
});
