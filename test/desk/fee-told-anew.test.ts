import { afterAll, beforeAll, expect, it } from "vitest";
import { acceptCase } from "../../core/desk/accept.ts";
import { reviewCase } from "../../core/desk/review.ts";
import { openDesk, PEOPLE, type TestDesk } from "./desk.ts";

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

/** 引受 of all that waits for it, at this fee for each product. */
async function accept(caseId: string, feeYen: number): Promise<void> {
  const { version: expectedVersion, guarantees } = await world.found(caseId);
  const fees = guarantees.map(({ id }) => ({ guaranteeId: id, feeYen }));
  const target = { caseId, only: null };
  const accepted = await acceptCase(world.desk, PEOPLE.clerk, target, { expectedVersion, fees });
  expect(accepted.ok).toBe(true);
}

it("a fee is told anew as often as staff put right what was accepted", async () => {
  const caseId = await world.openCase();
  await accept(caseId, 65_000);
  for (const worksTitle of ["町道113号線改良工事", "町道114号線改良工事"]) {
    const { version: expectedVersion, application } = await world.found(caseId);
    const reviewed = await reviewCase(world.desk, PEOPLE.clerk, caseId, {
      ...{ expectedVersion, application: { ...application, worksTitle } },
      ...{ settledProblems: [], settledChecks: [], note: "", tellApplicant: false },
    });
    expect(reviewed.ok).toBe(true);
    await accept(caseId, 60_000);
  }
  const letters = await world.query(
    "SELECT id FROM outbound_letters WHERE case_id = $1 AND template = 'fee_due'",
    [caseId],
  );
  expect(letters).toHaveLength(3);
});
