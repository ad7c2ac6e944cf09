import { afterAll, beforeAll, expect, it } from "vitest";
import { dayInTokyo } from "../../core/dates.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk } from "./desk.ts";

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

it("a key is sent again while its guarantee is in force, and not after it was cancelled", async () => {
  const { desk } = world;
  const caseId = await world.issuedCase();
  const target = { caseId, only: null };
  const guaranteeIds = (await world.found(caseId)).guarantees.map(({ id }) => id);
  const resend = async () => {
    const { version } = await world.found(caseId);
    const asked = { expectedVersion: version, guaranteeIds, to: APPLICANT, reason: "紛失" };
    return resendNotice(desk, PEOPLE.clerk, target, asked);
  };
  expect((await resend()).ok).toBe(true);
  const { version: expectedVersion } = await world.found(caseId);
  const proposed = { change: "cancel" as const, on: dayInTokyo(desk.now()), reason: "工事の中止のため" };
  await requestChange(desk, PEOPLE.clerk, target, {
    ...{ expectedVersion, change: "cancel" },
    proposals: guaranteeIds.map((guaranteeId) => ({ guaranteeId, proposed })),
  });
  expect((await world.approve(caseId)).ok).toBe(true);
  const refused = await resend();
  expect(refused.ok ? "sent" : refused.refusal.code).toBe("wrong_status");
});
