import { afterAll, beforeAll, expect, it } from "vitest";
import { acceptCase } from "../../core/desk/accept.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { openDesk, PEOPLE, type TestDesk } from "./desk.ts";

/** The button at a card names no product: what can go on goes on, the rest is left alone. */

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

async function acceptedCase(): Promise<string> {
  const caseId = await world.openCase();
  const { version: expectedVersion, guarantees } = await world.found(caseId);
  const fees = guarantees.map(({ id }) => ({ guaranteeId: id, feeYen: 65_000 }));
  await acceptCase(world.desk, PEOPLE.clerk, { caseId, only: null }, { expectedVersion, fees });
  return caseId;
}

async function request(caseId: string) {
  const { version: expectedVersion, guarantees } = await world.found(caseId);
  return requestIssue(
    world.desk,
    PEOPLE.clerk,
    { caseId, only: null },
    {
      ...{ expectedVersion, contractorAddress: "利根町布川1" },
      contractorRepresentative: "代表取締役 利根 太郎",
      until: guarantees.map(({ id }) => ({ guaranteeId: id, day: "2027-03-19" })),
    },
  );
}

it("a product whose fee was received is issued while the other one still waits for its fee", async () => {
  const caseId = await acceptedCase();
  await settleFee(world.desk, PEOPLE.clerk, { caseId, only: ["advance_payment"] });
  expect((await request(caseId)).ok).toBe(true);
  const { guarantees } = await world.found(caseId);
  expect(guarantees.map(({ kind, status }) => [kind, status])).toEqual([
    ["advance_payment", "awaiting_approval"],
    ["performance", "accepted"],
  ]);
});

it("no product is issued before a fee was received, and the refusal says why", async () => {
  const refused = await request(await acceptedCase());
  expect(refused.ok ? "" : refused.refusal.code).toBe("fee_unsettled");
});
