import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withdrawGuarantees } from "../../core/desk/end.ts";
import { sendLetter } from "../../core/desk/send.ts";
import { erasePersonsLetters } from "../../core/desk/upkeep.ts";
import type { LetterContent, OutgoingLetter } from "../../core/letters.ts";
import type { StoryLine } from "../../core/rows/reports.ts";
import type { VerificationAnswer } from "../../core/verification/answer.ts";
import { pastTriggers } from "../database.ts";
import { APPLICANT, openDesk, PEOPLE, type TestDesk, TOWN_HALL } from "../desk/desk.ts";
import { AT } from "./samples.ts";

/** Letters out are entries of the chain; the story of a case says of each how far it came. */

const TO = "anna@tone.example";
const NUMBER = "20800-000001";
let world: TestDesk;
beforeAll(async () => {
  world = await openDesk();
});
afterAll(() => world.close());

interface Entry {
  serial: number;
  cause: string;
  data: Record<string, unknown>;
}
const entries = () =>
  world.query<Entry>(
    "SELECT serial::int, cause, data FROM audit_entries WHERE action = 'letter_written' ORDER BY serial",
  );
const withdrawn = async (caseId: string): Promise<LetterContent> => {
  const { receiptNumber, application } = await world.found(caseId);
  return { template: "withdrawn", receiptNumber, application, kinds: ["performance"], reason: "都合" };
};
async function send(caseId: string | null, cause: string, content: LetterContent, to = TO) {
  const letter: OutgoingLetter = {
    ...{ cause, to, caseId, answers: null, replyTo: null },
    content,
    attachments: [],
  };
  await world.store.transact((tx) => sendLetter(world.desk, tx, letter, AT));
}
const story = async (id: string) => (await world.store.transact((tx) => tx.storyOf(id, 0, 50))).lines;
const lettersOf = async (id: string) =>
  (await story(id)).filter((line): line is StoryLine & { what: "letter_out" } => line.what === "letter_out");

describe("a letter that leaves", () => {
  it("has an entry with whom it was written to and the hash of its bytes, and none of its text", async () => {
    const id = await world.openCase();
    await send(id, "withdraw:1", await withdrawn(id));
    const [entry] = (await entries()).slice(-1);
    const [row] = await world.query<{ id: string; messageId: string; sealed: Buffer }>(
      `SELECT id, message_id AS "messageId", sealed_bytes AS sealed FROM outbound_letters WHERE case_id = $1`,
      [id],
    );
    const bytes = world.desk.sealer.unseal(row?.sealed ?? Buffer.of());
    expect(entry).toMatchObject({ cause: "withdraw:1" });
    expect(entry?.data).toEqual({
      ...{ template: "withdrawn", to: TO, messageId: row?.messageId, outboundId: row?.id },
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    expect(await lettersOf(id)).toEqual([
      {
        ...{ what: "letter_out", at: AT, template: "withdrawn", to: TO, state: "pending", stateAt: AT },
        entry: { serial: entry?.serial, hash: expect.stringMatching(/^[0-9a-f]{64}$/), cause: "withdraw:1" },
      },
    ]);
    expect((await world.database.checkAudit()).broken).toBeNull();
  });

  it("has one entry however often the same effect is asked for, also twice in one step", async () => {
    const id = await world.openCase();
    const content = await withdrawn(id);
    const before = (await entries()).length;
    const letter: OutgoingLetter = {
      ...{ cause: "withdraw:2", to: TO, caseId: id, answers: null, replyTo: null, content, attachments: [] },
    };
    await world.store.transact(async (tx) => {
      await sendLetter(world.desk, tx, letter, AT);
      await sendLetter(world.desk, tx, letter, AT);
    });
    await send(id, "withdraw:2", content);
    expect((await entries()).length).toBe(before + 1);
    const [row] = await world.query<{ id: string }>("SELECT id FROM outbound_letters WHERE case_id = $1", [
      id,
    ]);
    expect((await entries()).at(-1)?.data.outboundId).toBe(row?.id);
    expect(await lettersOf(id)).toHaveLength(1);
  });

  it("stays in the story when its row is changed or gone, and is one line when it was sent anew", async () => {
    const id = await world.openCase();
    await send(id, "withdraw:3", await withdrawn(id));
    const [before] = await lettersOf(id);
    await world.query(
      `UPDATE outbound_letters SET recipient = 'thief@example.com', template = 'receipt', created_at = now(),
         state = 'sent' WHERE case_id = $1`,
      [id],
    );
    expect(await lettersOf(id)).toEqual([{ ...before, state: "sent" }]);
    await world.query("DELETE FROM outbound_letters WHERE case_id = $1", [id]);
    expect(await lettersOf(id)).toEqual([{ ...before, state: "missing" }]);
  });

  it("is told by its row alone when it was written before letters had entries", async () => {
    const id = await world.openCase();
    await send(id, "withdraw:4", await withdrawn(id));
    await pastTriggers(world.url, `UPDATE audit_entries SET action = 'x' WHERE cause = 'withdraw:4'`);
    expect(await lettersOf(id)).toMatchObject([{ template: "withdrawn", to: TO, entry: null }]);
    await pastTriggers(
      world.url,
      `UPDATE audit_entries SET action = 'letter_written' WHERE cause = 'withdraw:4'`,
    );
    expect((await world.database.checkAudit()).broken).toBeNull();
  });

  it("does not name in the story whom the row has forgotten; the chain stays whole", async () => {
    const id = await world.openCase();
    const target = { caseId: id, only: null };
    const done = await withdrawGuarantees(world.desk, PEOPLE.clerk, target, { reason: "都合" });
    expect(done.ok).toBe(true);
    expect(await lettersOf(id)).toMatchObject([{ to: APPLICANT, state: "pending" }]);
    await world.query("UPDATE outbound_letters SET state = 'sent' WHERE case_id = $1", [id]);
    const log = await entries();
    expect((await erasePersonsLetters(world.desk, APPLICANT)).erased).toBe(1);
    expect(await lettersOf(id)).toMatchObject([{ to: "", state: "sent" }]);
    expect(await entries()).toEqual(log);
    expect((await world.database.checkAudit()).broken).toBeNull();
  });
});

describe("an answer to a verification", () => {
  const rest = { status: null, amendmentSerial: null, asOf: null, certificate: null, otherGuarantor: null };
  const answer = (number: string, outcome: VerificationAnswer["outcome"]): VerificationAnswer => ({
    ...{ number, outcome, comparison: [], ...rest },
  });

  it("says in its entry what was confirmed, never what was only typed, and its line in the story leads there", async () => {
    const id = await world.openCase();
    const [guarantee] = (await world.found(id)).guarantees;
    const attempt = {
      ...{ id: "v1", at: AT, letterId: "l9", address: TOWN_HALL, ordererId: null },
      failed: false,
    };
    await world.store.transact((tx) =>
      tx.saveAttempts([
        { ...attempt, number: NUMBER, outcome: "confirmed", guaranteeId: guarantee?.id ?? null },
      ]),
    );
    const answers = [
      answer(NUMBER, "confirmed"),
      answer("K7PX9RTW4HCJ", "mistyped"),
      answer(NUMBER, "confirmed"),
    ];
    const content = { template: "verification", answeredAt: AT, ordererName: "利根町", answers } as const;
    await send(null, "letter:other", { ...content, answers: [] });
    await send(null, "letter:l9", content, TOWN_HALL);
    const entry = (await entries()).at(-1);
    expect(entry?.data).toMatchObject({ template: "verification", to: TOWN_HALL, confirmed: [NUMBER] });
    expect(JSON.stringify(await entries())).not.toContain("K7PX9RTW4HCJ");
    expect((await story(id)).filter(({ what }) => what === "verified")).toMatchObject([
      { number: NUMBER, address: TOWN_HALL, entry: { serial: entry?.serial, cause: "letter:l9" } },
    ]);
  });
});
