import { afterAll, beforeAll, expect, it } from "vitest";
import { completeIssue } from "../../core/desk/complete.ts";
import { requestChange } from "../../core/desk/request-change.ts";
import { isIssued, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { requested } from "./application.ts";
import { openDesk, PEOPLE, type TestDesk, TOWN_HALL } from "./desk.ts";

/** An orderer looks at a guarantee in the very moment in which its certificate is put right. */

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

/** A guarantee in force whose rectification has been approved and waits to be drawn. */
async function rectified(): Promise<{ caseId: string; number: string; guaranteeId: string }> {
  const caseId = await world.issuedCase({ guarantees: [requested("advance_payment", 20_000_000)] });
  const { version, guarantees } = await world.found(caseId);
  const [issued] = guarantees;
  if (issued === undefined || !isIssued(issued)) throw new Error("not issued");
  const { id: guaranteeId } = issued;
  const content = { ...latestCertificate(issued).content, worksTitle: "町道113号線改良工事" };
  const proposed = { change: "rectify" as const, content, reason: "工事名の誤記" };
  const asked = await requestChange(
    world.desk,
    PEOPLE.clerk,
    { caseId, only: null },
    {
      ...{ expectedVersion: version, change: "rectify", proposals: [{ guaranteeId, proposed }] },
    },
  );
  expect(asked.ok).toBe(true);
  expect((await world.approve(caseId)).ok).toBe(true);
  return { caseId, guaranteeId, number: issued.number };
}

it("whoever was told of the faulty certificate hears of the right one, also when both happen at once", async () => {
  const { desk, store } = world;
  const { caseId, guaranteeId, number } = await rectified();
  const looked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  // The verification has read the guarantee as it was, and has not committed what it told.
  const verification = store.transact(async (tx) => {
    await tx.failuresSince([number], desk.now());
    const [row] = await tx.issuedByNumbers([number]);
    looked.resolve();
    await goOn.promise;
    await tx.saveAttempts([
      {
        ...{ id: desk.newId(), at: desk.now(), letterId: "letter", address: TOWN_HALL, number, guaranteeId },
        ...{ ordererId: row?.ordererId ?? null, outcome: "confirmed", failed: false },
      },
    ]);
    return row?.guarantee.certificates.length;
  });
  await looked.promise;
  const completed = completeIssue(desk, caseId);
  // The change has come to the point where it asks who has seen the guarantee.
  await expect
    .poll(async () => {
      const [row] = await world.query<{ waiting: string }>(
        "SELECT count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
      );
      return Number(row?.waiting);
    })
    .toBeGreaterThan(0);
  goOn.resolve();
  expect(await verification).toBe(1);
  await completed;
  const told = await world.query<{ recipient: string }>(
    "SELECT recipient FROM outbound_letters WHERE case_id = $1 AND template = 'rectified' ORDER BY recipient",
    [caseId],
  );
  expect(told.map(({ recipient }) => recipient)).toContain(TOWN_HALL);
});
