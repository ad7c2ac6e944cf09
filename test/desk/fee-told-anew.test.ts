import { afterAll, beforeAll, expect, it } from "vitest";
import { reviewCase } from "../../core/desk/review.ts";
import { openDesk, PEOPLE, type TestDesk } from "./desk.ts";

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

it("a fee is told anew as often as staff put right what was accepted", async () => {
  const caseId = await world.openCase();
  expect((await world.accept(caseId)).ok).toBe(true);
  for (const worksTitle of ["町道113号線改良工事", "町道114号線改良工事"]) {
    const { version: expectedVersion, application } = await world.found(caseId);
    const reviewed = await reviewCase(world.desk, PEOPLE.clerk, caseId, {
      ...{ expectedVersion, application: { ...application, worksTitle } },
      ...{ settledProblems: [], settledChecks: [], note: "", tellApplicant: false },
    });
    expect(reviewed.ok).toBe(true);
    expect((await world.accept(caseId, 60_000)).ok).toBe(true);
  }
  const letters = await world.query(
    "SELECT id FROM outbound_letters WHERE case_id = $1 AND template = 'fee_due'",
    [caseId],
  );
  expect(letters).toHaveLength(3);
});
