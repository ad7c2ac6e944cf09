import { afterAll, beforeAll, expect, it } from "vitest";
import { addDays, dayInTokyo } from "../../core/dates.ts";
import { tellExpiring } from "../../core/desk/expiry.ts";
import { isIssued } from "../../core/guarantee/guarantee.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import { openDesk, type TestDesk, TOWN_HALL } from "./desk.ts";

/** Whom no letter can reach has to be called: the thread says so, and nothing is sent anywhere else instead. */

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

/** Some weeks of works, so that the end is near. */
function issueOne(): Promise<string> {
  const today = dayInTokyo(world.desk.now());
  return world.issuedCase({ worksFrom: addDays(today, -1), worksUntil: addDays(today, 20) });
}

it("an orderer whose address is no longer confirmed and a contractor without one are named in the thread", async () => {
  const { desk, store } = world;
  const caseId = await issueOne();
  const [guarantee] = (await world.found(caseId)).guarantees;
  if (guarantee === undefined || !isIssued(guarantee)) throw new Error("not issued");
  const { number } = guarantee;
  await world.seenByTown(guarantee);
  const at = desk.now();
  await store.transact(async (tx) => {
    const town = { name: "利根町", certificateName: "利根町長", prefecture: "茨城県" };
    await tx.replaceOrderers([ordererSchema.parse({ ...town, mailboxes: [{ address: TOWN_HALL }] })], at);
    const builder = {
      name: "利根建設株式会社",
      address: "利根町布川1",
      representative: "代表取締役 利根 太郎",
    };
    await tx.replaceContractors([contractorSchema.parse({ ...builder, addresses: [] })], at);
  });
  expect(await tellExpiring(desk)).toBeGreaterThan(0);
  const said = await world.query<{ event: string }>(
    "SELECT post->'content'->>'event' AS event FROM slack_messages WHERE case_id = $1 AND post->'content'->>'number' = $2 ORDER BY id",
    [caseId, number],
  );
  expect(said.map(({ event }) => event).filter((event) => event !== "issued")).toEqual([
    "expiring",
    "contractor_not_told",
    "orderer_not_told",
  ]);
  const letters = "SELECT recipient FROM outbound_letters WHERE case_id = $1 AND template = 'expiring'";
  expect(await world.query(letters, [caseId])).toEqual([]);
  expect(await tellExpiring(desk)).toBe(0);
});
