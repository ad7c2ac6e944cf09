import { afterAll, beforeAll, expect, it } from "vitest";
import { completeIssue } from "../../core/desk/complete.ts";
import { settleFee } from "../../core/desk/settle.ts";
import { requested } from "./application.ts";
import { openDesk, PEOPLE, type TestDesk } from "./desk.ts";

/** A contractor who has no mail address at all applies by telephone. */

let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
  await world.query("DELETE FROM contractor_addresses");
});
afterAll(() => world.close());

async function called(form: "paper" | "electronic"): Promise<string> {
  const caseId = await world.openCase({
    guarantees: [{ ...requested("advance_payment", 20_000_000), form }],
  });
  await world.query(
    "UPDATE cases SET sender_address = '', origin = 'phone', letter_id = NULL WHERE id = $1",
    [caseId],
  );
  return caseId;
}

const said = async (caseId: string) =>
  (
    await world.query<{ event: string }>(
      "SELECT post->'content'->>'event' AS event FROM slack_messages WHERE case_id = $1 AND kind = 'thread'",
      [caseId],
    )
  ).map(({ event }) => event);
const letters = (caseId: string) =>
  world.query("SELECT template FROM outbound_letters WHERE case_id = $1", [caseId]);

it("on paper he is guaranteed without a letter, and people are told to call and to post", async () => {
  const { desk } = world;
  const caseId = await called("paper");
  expect((await world.accept(caseId)).ok).toBe(true);
  expect(await said(caseId)).toContain("fee_not_told");
  await settleFee(desk, PEOPLE.clerk, { caseId, only: null });
  expect((await world.request(caseId)).ok).toBe(true);
  expect((await world.approve(caseId)).ok).toBe(true);
  await completeIssue(desk, caseId);
  const issued = await world.found(caseId);
  expect(issued.guarantees).toMatchObject([{ status: "in_force" }]);
  expect(issued.tasks.map(({ task }) => task).sort()).toEqual(["post_certificate", "post_receipt"]);
  expect(await said(caseId)).toContain("contractor_not_told");
  expect(await letters(caseId)).toEqual([]);
});

it("an electronic guarantee waits for an address to which its key may go", async () => {
  const caseId = await called("electronic");
  expect(await world.accept(caseId)).toMatchObject({ refusal: { code: "contractor_without_address" } });
  expect((await world.found(caseId)).guarantees).toMatchObject([{ status: "applied" }]);
});
