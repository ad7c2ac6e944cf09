import { afterAll, beforeAll, expect, it } from "vitest";
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
  await world.accept(caseId);
  return caseId;
}

it("a product whose fee was received is issued while the other one still waits for its fee", async () => {
  const caseId = await acceptedCase();
  await settleFee(world.desk, PEOPLE.clerk, { caseId, only: ["advance_payment"] });
  expect((await world.request(caseId)).ok).toBe(true);
  const { guarantees } = await world.found(caseId);
  expect(guarantees.map(({ kind, status }) => [kind, status])).toEqual([
    ["advance_payment", "awaiting_approval"],
    ["performance", "accepted"],
  ]);
});

it("no product is issued before a fee was received, and the refusal says why", async () => {
  const refused = await world.request(await acceptedCase());
  expect(refused.ok ? "" : refused.refusal.code).toBe("fee_unsettled");
});
