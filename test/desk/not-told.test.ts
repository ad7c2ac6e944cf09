import { afterAll, beforeAll, expect, it } from "vitest";
import { addDays, dayInTokyo } from "../../core/dates.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase, awaited } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { tellExpiring } from "../../core/desk/expiry.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import { openDesk, PEOPLE, type TestDesk, TOWN_HALL } from "./desk.ts";

/** Whom no letter can reach has to be called: the thread says so, and nothing is sent anywhere else instead. */

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

/** Some weeks of works, so that the end is near. */
async function issueOne(): Promise<string> {
  const { desk } = world;
  const day = addDays(dayInTokyo(desk.now()), 20);
  const worksFrom = addDays(dayInTokyo(desk.now()), -1);
  const caseId = await world.openCase({ worksFrom, worksUntil: day });
  const target = { caseId, only: null };
  let { version: expectedVersion, guarantees } = await world.found(caseId);
  const fees = guarantees.map(({ id }) => ({ guaranteeId: id, feeYen: 65_000 }));
  await acceptCase(desk, PEOPLE.clerk, target, { expectedVersion, fees });
  await settleFee(desk, PEOPLE.clerk, target);
  ({ version: expectedVersion, guarantees } = await world.found(caseId));
  await requestIssue(desk, PEOPLE.clerk, target, {
    ...{
      expectedVersion,
      contractorAddress: "利根町布川1",
      contractorRepresentative: "代表取締役 利根 太郎",
    },
    until: guarantees.map(({ id }) => ({ guaranteeId: id, day })),
  });
  ({ version: expectedVersion, guarantees } = await world.found(caseId));
  const approvals = guarantees.flatMap((one) => {
    const waits = awaited(one);
    if (waits === null) return [];
    return [{ guaranteeId: one.id, contentHash: waits.contentHash, repeated: `${waits.guaranteedYen}円` }];
  });
  await approveCase(desk, PEOPLE.approver, target, { expectedVersion, approvals });
  await completeIssue(desk, caseId);
  return caseId;
}

it("an orderer whose address is no longer confirmed and a contractor without one are named in the thread", async () => {
  const { desk, store } = world;
  const caseId = await issueOne();
  const [guarantee] = (await world.found(caseId)).guarantees;
  expect(guarantee?.status).toBe("in_force");
  const number = guarantee !== undefined && "number" in guarantee ? guarantee.number : "";
  const at = desk.now();
  await store.transact(async (tx) => {
    const [town] = await tx.ordererNamed("利根町長");
    await tx.saveAttempts([
      {
        ...{
          id: desk.newId(),
          at,
          letterId: "letter",
          address: TOWN_HALL,
          ordererId: town?.id ?? null,
          number,
        },
        ...{ outcome: "confirmed", failed: false, guaranteeId: guarantee?.id ?? null },
      },
    ]);
    const town2 = { name: "利根町", certificateName: "利根町長", prefecture: "茨城県" };
    await tx.replaceOrderers([ordererSchema.parse({ ...town2, mailboxes: [{ address: TOWN_HALL }] })], at);
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
