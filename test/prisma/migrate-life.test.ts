import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addDays, dayInTokyo } from "../../core/dates.ts";
import { approveCase } from "../../core/desk/approve.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { newAuthKey } from "../../core/guarantee/auth-key.ts";
import { awaited } from "../../core/guarantee/awaited.ts";
import { isIssued } from "../../core/guarantee/guarantee.ts";
import type { StaffMember } from "../../core/policy.ts";
import { sealerFromKey } from "../../core/seal.ts";
import { emptyDatabase } from "../database.ts";
import { openStaffDesk, type StaffDesk } from "../journeys/staff-desk.ts";
import { ask } from "../journeys/steps.ts";
import { CONTRACTOR, startWorld, TOWN, type World } from "../journeys/world.ts";
import { certificateBytes, fillAsBefore, ISSUED_AT, numberOf, receiptOf, STATES } from "./life-before.ts";

const PEOPLE = {
  maker: member("1001", "佐藤 恵", ["clerk"]),
  checker: member("1002", "田中 剛", ["approver"]),
};

function member(employee: string, name: string, roles: StaffMember["roles"]): StaffMember {
  return { slack: `U${employee}`, employee, name, roles, branch: null };
}

/** A desk that has worked for a while is updated: what it promised stands, and can be changed from now on. */
describe("a database of the release before, with a case in every state", { timeout: 30_000 }, () => {
  let database: Awaited<ReturnType<typeof emptyDatabase>>;
  let world: World;
  let staff: StaffDesk;
  const key = newAuthKey((length) => randomBytes(length));
  const PATIENCE = { timeoutMs: 20_000 };

  beforeAll(async () => {
    database = await emptyDatabase();
    const sealKey = randomBytes(32).toString("base64");
    await fillAsBefore(database.url, key, sealerFromKey(sealKey).seal);
    world = await startWorld({
      ...{ databaseUrl: database.url, withoutDesk: true, settings: { SEAL_KEY: sealKey } },
    });
    staff = await openStaffDesk(world, database.url);
  }, 60_000);
  afterAll(async () => {
    await staff?.close();
    await world?.stop();
    await database?.drop();
  });

  const only = async (state: string) => {
    const [guarantee] = (await staff.found(receiptOf(state))).guarantees;
    if (guarantee === undefined) throw new Error(`no guarantee ${state}`);
    return guarantee;
  };
  const pair = (state: string) => `照会します。\n\n保証契約番号：${numberOf(state)}\n認証キー：${key}\n`;
  const certificateIn = (letter: { attachments: { contentType: string; bytes: Buffer }[] }) =>
    letter.attachments.find(({ contentType }) => contentType === "application/pdf")?.bytes;

  /** What waits for a checker is approved, by another person than asked for it, and drawn. */
  async function approve(state: string): Promise<void> {
    const one = await staff.found(receiptOf(state));
    const approvals = one.guarantees.flatMap((guarantee) => {
      const waits = awaited(guarantee);
      if (waits === null) return [];
      const { contentHash, guaranteedYen } = waits;
      return [{ guaranteeId: guarantee.id, contentHash, repeated: `${guaranteedYen}円` }];
    });
    const target = { caseId: one.id, only: null };
    const input = { expectedVersion: one.version, approvals };
    expect(await approveCase(staff.desk, PEOPLE.checker, target, input)).toMatchObject({ ok: true });
    await completeIssue(staff.desk, one.id);
  }

  it("every case is read as it was, and is found by its words", async () => {
    for (const [state, facts] of Object.entries(STATES)) {
      const one = await staff.found(receiptOf(state));
      expect(one, state).toMatchObject({
        ...{ version: 1, origin: "mail", changedAt: ISSUED_AT, openedAt: ISSUED_AT, tasks: [], ended: null },
        guarantees: [{ status: facts(numberOf(state)).status }],
      });
    }
    const inForce = await only("in force");
    if (!isIssued(inForce)) throw new Error(inForce.status);
    expect(inForce).toMatchObject({ number: numberOf("in force"), change: null });
    expect(inForce.certificates).toMatchObject([
      { position: 0, serial: 0, issuedAt: ISSUED_AT, heldFrom: ISSUED_AT, ended: null },
    ]);
    const found = await staff.desk.store.transact((tx) => tx.searchCases(["１１２号線", "利根建設"], 50));
    expect(found).toHaveLength(Object.keys(STATES).length);
    const until = inForce.certificates[0]?.content.guaranteeUntil ?? "";
    const question = { about: "expiry" as const, from: until, until };
    const [expiring] = await staff.desk.store.transact((tx) => tx.casesFor([question], 50));
    expect(expiring?.map(({ receiptNumber }) => receiptNumber).sort()).toEqual(
      [receiptOf("in force"), receiptOf("in force on paper")].sort(),
    );
  });

  it("a question is answered with the certificate of before; one that ended is answered as ended", async () => {
    const { letter, answers } = await ask(world, TOWN, pair("in force"));
    expect(answers).toMatchObject([{ outcome: "confirmed", status: "in_force", amendmentSerial: 0 }]);
    expect(certificateIn(letter)?.equals(certificateBytes("in force"))).toBe(true);
    for (const status of ["cancelled", "released"])
      expect((await ask(world, TOWN, pair(status))).answers).toMatchObject([
        { outcome: "confirmed", status },
      ]);
  });

  it("its notice leaves again with a second person: how long its address was there, nobody knows", async () => {
    const { id, version, guarantees, contractor } = await staff.found(receiptOf("in force"));
    expect(contractor?.addresses).toContain(CONTRACTOR);
    const input = {
      ...{ expectedVersion: version, guaranteeIds: guarantees.map((one) => one.id), to: CONTRACTOR },
      reason: "紛失",
    };
    const asked = await resendNotice(staff.desk, PEOPLE.maker, { caseId: id, only: null }, input);
    expect(asked.ok).toBe(true);
    expect(await only("in force")).toMatchObject({
      change: { proposed: { change: "resend" }, approval: null },
    });
    expect(await world.mail.inbox(CONTRACTOR)).toEqual([]);
    await approve("in force");
    const letter = await world.mail.waitForLetter(
      CONTRACTOR,
      ({ subject }) => subject.includes(receiptOf("in force")),
      PATIENCE,
    );
    expect(letter.attachments.map(({ bytes }) => bytes.toString())).toEqual(["%PDF-1.7 notice, in force"]);
  });

  it("it is amended under its number and key, the change withdrawn, the guarantee ended; who saw it is told", async () => {
    const receiptNumber = receiptOf("in force");
    const until = addDays(dayInTokyo(new Date().toISOString()), 380);
    await staff.change(receiptNumber, "performance", (content) => ({
      ...{ change: "amend", reason: "工期の延長" },
      content: { ...content, worksUntil: until, guaranteeUntil: until },
    }));
    const told = (to: string, word: string) =>
      world.mail.waitForLetter(
        to,
        ({ subject }) => subject.includes(word) && subject.includes(receiptNumber),
        PATIENCE,
      );
    const amended = certificateIn(await told(TOWN, "変更"));
    await told(CONTRACTOR, "変更");
    const { letter, answers } = await ask(world, TOWN, pair("in force"));
    expect(answers).toMatchObject([{ outcome: "confirmed", amendmentSerial: 1 }]);
    expect(certificateIn(letter)?.equals(amended ?? Buffer.of())).toBe(true);

    await staff.change(receiptNumber, "performance", () => ({ change: "unamend", reason: "誤入力" }));
    const back = await told(TOWN, "変更取消");
    expect(certificateIn(back)?.equals(certificateBytes("in force"))).toBe(true);
    const on = dayInTokyo(new Date().toISOString());
    await staff.change(receiptNumber, "performance", () => ({ change: "cancel", reason: "解除", on }));
    await told(TOWN, "解約");
    expect(await only("in force")).toMatchObject({ status: "cancelled", on });
  });

  it("what waited goes on: approved and drawn, asked for and approved, applied for and issued", async () => {
    const drawn = await staff.found(receiptOf("approved, not drawn"));
    await completeIssue(staff.desk, drawn.id);
    expect(await only("approved, not drawn")).toMatchObject({
      ...{ status: "in_force", number: numberOf("approved, not drawn") },
    });
    await approve("asked for");
    await staff.issue(receiptOf("applied"));
    const numbers = [await only("asked for"), await only("applied")].map((one) => {
      if (one.status !== "in_force") throw new Error(one.status);
      return Number(one.number.replace("-", "").slice(3, 10));
    });
    // Counted on behind those of before.
    const last = Object.keys(STATES).length;
    expect(numbers).toEqual([last + 1, last + 2]);
  });
});
