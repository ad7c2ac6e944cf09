import { afterAll, beforeAll, expect, it } from "vitest";
import { dayInTokyo } from "../../core/dates.ts";
import { acceptCase } from "../../core/desk/accept.ts";
import { approveCase, awaited } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { requestIssue } from "../../core/desk/issue.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk } from "./desk.ts";

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

async function approve(caseId: string): Promise<void> {
  const { version: expectedVersion, guarantees } = await world.found(caseId);
  const approvals = guarantees.flatMap((one) => {
    const waits = awaited(one);
    if (waits === null) return [];
    return [{ guaranteeId: one.id, contentHash: waits.contentHash, repeated: `${waits.guaranteedYen}円` }];
  });
  const target = { caseId, only: null };
  const done = await approveCase(world.desk, PEOPLE.approver, target, { expectedVersion, approvals });
  expect(done.ok).toBe(true);
}

it("a key is sent again while its guarantee is in force, and not after it was cancelled", async () => {
  const { desk } = world;
  const caseId = await world.openCase();
  const target = { caseId, only: null };
  let { version: expectedVersion, guarantees } = await world.found(caseId);
  const guaranteeIds = guarantees.map(({ id }) => id);
  const fees = guaranteeIds.map((guaranteeId) => ({ guaranteeId, feeYen: 65_000 }));
  await acceptCase(desk, PEOPLE.clerk, target, { expectedVersion, fees });
  await settleFee(desk, PEOPLE.clerk, target);
  ({ version: expectedVersion } = await world.found(caseId));
  await requestIssue(desk, PEOPLE.clerk, target, {
    ...{ expectedVersion, contractorAddress: "利根町布川1" },
    contractorRepresentative: "代表取締役 利根 太郎",
    until: guaranteeIds.map((guaranteeId) => ({ guaranteeId, day: "2027-03-19" })),
  });
  await approve(caseId);
  await completeIssue(desk, caseId);
  const resend = async () => {
    const { version } = await world.found(caseId);
    const asked = { expectedVersion: version, guaranteeIds, to: APPLICANT, reason: "紛失" };
    return resendNotice(desk, PEOPLE.clerk, target, asked);
  };
  expect((await resend()).ok).toBe(true);
  ({ version: expectedVersion, guarantees } = await world.found(caseId));
  const proposed = { change: "cancel" as const, on: dayInTokyo(desk.now()), reason: "工事の中止のため" };
  await requestChange(desk, PEOPLE.clerk, target, {
    ...{ expectedVersion, change: "cancel" },
    proposals: guaranteeIds.map((guaranteeId) => ({ guaranteeId, proposed })),
  });
  await approve(caseId);
  const refused = await resend();
  expect(refused.ok ? "sent" : refused.refusal.code).toBe("wrong_status");
});
