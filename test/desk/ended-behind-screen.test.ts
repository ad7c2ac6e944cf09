import { afterAll, beforeAll, expect, it } from "vitest";
import { declineGuarantees } from "../../core/desk/end.ts";
import { reviewCase } from "../../core/desk/review.ts";
import { openDesk, PEOPLE, type TestDesk } from "./desk.ts";

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

it("a case without a product does not end on the strength of a screen from before it was put right", async () => {
  const { desk } = world;
  const caseId = await world.openCase({ guarantees: [] });
  const { version: expectedVersion, application } = await world.found(caseId);
  const reviewed = await reviewCase(desk, PEOPLE.clerk, caseId, {
    ...{ expectedVersion, application: { ...application, worksNumber: "第12号" } },
    ...{ settledProblems: [], settledChecks: [], note: "", tellApplicant: false },
  });
  expect(reviewed.ok).toBe(true);
  const decline = (version: number) =>
    declineGuarantees(
      desk,
      PEOPLE.approver,
      { caseId, only: [] },
      { reason: "商品のお申出がないため", expectedVersion: version },
    );
  const stale = await decline(expectedVersion);
  expect(stale.ok ? "" : stale.refusal.code).toBe("stale_screen");
  expect((await decline(expectedVersion + 1)).ok).toBe(true);
});
