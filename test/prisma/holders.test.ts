import { afterAll, beforeAll, expect, it } from "vitest";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import { AT, CONTRACTOR, orderer } from "./samples.ts";

/** Whose an address is already, for whoever confirms that it becomes somebody's. */

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" });
  const builder = (name: string, ...addresses: string[]) => ({ ...CONTRACTOR, name, addresses });
  const town = (name: string, mailbox: { address?: string; domain?: string }, confirmed: boolean) =>
    orderer({
      name,
      certificateName: `${name}長`,
      mailboxes: [
        {
          ...{ address: null, domain: null, office: null, products: [], from: null, until: null, confirmed },
          ...mailbox,
        },
      ],
    });
  await database.store.transact(async (tx) => {
    await tx.replaceContractors(
      [
        builder("一番建設", "Shared@shoshi.example", "one@kensetsu.example"),
        builder("二番建設", "shared@shoshi.example"),
        builder("三番建設", "shared@shoshi.example"),
      ],
      AT,
    );
    await tx.replaceOrderers(
      [
        town("甲町", { domain: "shoshi.example" }, true),
        town("乙町", { address: "one@kensetsu.example" }, false),
      ],
      AT,
    );
  });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

it("names contractors before orderers, mailboxes for a whole domain too, not the entry itself, and no more than asked", async () => {
  const [own] = await database.store.transact((tx) => tx.contractorsLike("一番建設", 1));
  const asked = ["SHARED@shoshi.example", "one@kensetsu.example", "new@kensetsu.example"];
  const holders = async (except: string | null, limit: number) =>
    (await database.store.transact((tx) => tx.holdersOf(asked, except, limit))).map(
      ({ address, name }) => `${address} ${name}`,
    );
  const shared = ["shared@shoshi.example 三番建設", "shared@shoshi.example 二番建設"];
  expect((await holders(own?.id ?? "", 3)).sort()).toEqual(
    [...shared, "shared@shoshi.example 甲町", "one@kensetsu.example 乙町"].sort(),
  );
  expect((await holders(null, 9)).slice(3)).toEqual([
    "shared@shoshi.example 甲町",
    "one@kensetsu.example 一番建設",
    "one@kensetsu.example 乙町",
  ]);
  expect(await holders(null, 1)).toHaveLength(2);
  expect(await database.store.transact((tx) => tx.holdersOf([], null, 3))).toEqual([]);
});
