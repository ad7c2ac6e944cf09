import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { eraseOldLetters, erasePersonsLetters } from "../../core/desk/upkeep.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { onServer } from "../database.ts";
import {
  ANNA,
  bytesOf,
  database,
  fresh,
  LONG_AGO,
  NOW,
  openedCase,
  outBytesOf,
  received,
  rows,
  sent,
  step,
  uid,
} from "./kept.ts";
import * as sample from "./samples.ts";

/** Time to live, erasure, duties and figures on the real database. */

const until = (guarantee: Guarantee, day: string): Guarantee =>
  "certificates" in guarantee
    ? {
        ...guarantee,
        certificates: guarantee.certificates.map((one) => ({
          ...one,
          content: { ...one.content, guaranteeUntil: day },
        })),
      }
    : guarantee;
const declined = (id: string): Guarantee => ({ ...sample.applied(id), status: "declined", reason: "-" });
const desk = () => ({ store: database.store, now: () => NOW });
const JUST_BEFORE = "2028-11-26T23:59:00.000Z";
const JUST_AFTER = "2028-11-28T00:01:00.000Z";

describe("letters whose time has come", () => {
  it("go 400 days after their case closed, and not before; open cases keep theirs", async () => {
    const force = (id: string, number: string, day: string) => until(sample.inForce(id, number), day);
    await openedCase("declined", LONG_AGO, [declined("g1")]);
    await openedCase("expired", LONG_AGO, [force("g2", "20800-000017", "2028-11-20")]);
    await openedCase("open", LONG_AGO, [sample.applied("g3")]);
    await openedCase("nothing asked for yet", LONG_AGO, []);
    await openedCase("expired lately", LONG_AGO, [force("g4", "20800-000025", "2028-12-20")]);
    await openedCase("declined lately", LONG_AGO, [declined("g5")], JUST_AFTER);
    await openedCase("in force", LONG_AGO, [force("g6", "20800-000033", "2031-03-31")]);
    const half = [declined("g7"), { ...sample.applied("g8"), kind: "performance" } as Guarantee];
    await openedCase("half done", LONG_AGO, half);
    const kept: Record<string, [number, number]> = {};
    const letters = new Map<string, [string, string]>();
    const all = ["declined", "expired", "open", "nothing asked for yet", "expired lately", "declined lately"];
    for (const caseId of [...all, "in force", "half done"])
      letters.set(caseId, [
        await received(LONG_AGO, { caseId, state: "answered" }),
        await sent(LONG_AGO, "sent", { caseId }),
      ]);
    expect(await eraseOldLetters(desk(), 400)).toBe(4);
    for (const [caseId, [letter, out]] of letters)
      kept[caseId] = [await bytesOf(letter), await outBytesOf(out)];
    const stays = [3, 1];
    expect(kept).toEqual({
      declined: [0, 0],
      expired: [0, 0],
      open: stays,
      "nothing asked for yet": stays,
      "expired lately": stays,
      "declined lately": stays,
      "in force": stays,
      "half done": stays,
    });
    expect(await eraseOldLetters(desk(), 400)).toBe(0);
  });

  it("without a case go 400 days after they came; what waits for somebody stays", async () => {
    const gone = [
      await received(JUST_BEFORE, { kind: "verification", state: "answered" }),
      await received(JUST_BEFORE, { state: "not_answered" }),
    ];
    const stay = [
      await received(JUST_AFTER, { kind: "verification", state: "answered" }),
      await received(JUST_BEFORE, { state: "parked" }),
      await received(JUST_BEFORE, null),
    ];
    const outGone = [await sent(JUST_BEFORE, "sent"), await sent(JUST_BEFORE, "refused")];
    const outStay = [];
    for (const state of ["pending", "ambiguous", "parked"] as const)
      outStay.push(await sent(JUST_BEFORE, state));
    outStay.push(await sent(JUST_AFTER, "sent"));
    expect(await eraseOldLetters(desk(), 400)).toBe(4);
    expect(await Promise.all(gone.map(bytesOf))).toEqual([0, 0]);
    expect(await Promise.all(stay.map(bytesOf))).toEqual([3, 3, 3]);
    expect(await Promise.all(outGone.map(outBytesOf))).toEqual([0, 0]);
    expect(await Promise.all(outStay.map(outBytesOf))).toEqual([1, 1, 1, 1]);
  });

  it("leave what tells that they came, an audit entry, and the documents", async () => {
    const number = "20800-000017";
    await openedCase("c", LONG_AGO, [until(sample.inForce("g", number), "2028-11-20")]);
    const file = {
      id: "d",
      guaranteeId: "g",
      position: 0,
      filename: "n.pdf",
      sealed: true,
      bytes: Uint8Array.of(5),
    };
    await step(async (tx) => {
      await tx.saveKey("g", Uint8Array.of(7));
      await tx.saveDocument({ ...file, kind: "notice" });
    });
    const id = await received(LONG_AGO, { caseId: "c", state: "answered" });
    const place = { mailbox: "INBOX", uidValidity: 1n, uid };
    await eraseOldLetters(desk(), 400);
    const again = sample.arrived({ place, sender: ANNA, contentKey: randomUUID() });
    expect(await step((tx) => sample.recordOne(tx, again))).toEqual({ id, duplicate: true });
    expect(await rows("SELECT subject, sender, erased_at IS NOT NULL AS erased FROM letters")).toEqual([
      { subject: null, sender: ANNA, erased: true },
    ]);
    const entries = await rows(
      "SELECT action, case_id, data FROM audit_entries ORDER BY serial DESC LIMIT 1",
    );
    expect(entries).toEqual([
      { action: "letters_erased", case_id: null, data: { letters: 1, keptDays: 400 } },
    ]);
    expect((await step((tx) => tx.document("d")))?.bytes).toEqual(Uint8Array.of(5));
    expect((await step((tx) => tx.sealedKeys(["g"]))).size).toBe(1);
    expect((await database.checkAudit()).broken).toBeNull();
  });

  it("go in steps, all of them", async () => {
    await onServer(
      fresh.url,
      `INSERT INTO letters (id, mailbox, uid_validity, uid, received_at, content_key, header_key, sealed_raw, size, oversize,
         answerable, state, attempts) SELECT 'l' || n, 'INBOX', 2, n, '${LONG_AGO}', 'k' || n, '', '\\x01', 1, false, true,
         'noted', 1 FROM generate_series(1, 450) n`,
    );
    expect(await eraseOldLetters(desk(), 400)).toBe(450);
    expect(await rows("SELECT data->>'letters' AS n FROM audit_entries ORDER BY serial")).toEqual([
      { n: "200" },
      { n: "200" },
      { n: "50" },
    ]);
  });
});

describe("one person's letters", () => {
  it("go in and out, whatever their age; those of open cases and those under way stay and are counted", async () => {
    await openedCase("open", LONG_AGO, [sample.applied("g1")]);
    await openedCase("closed", LONG_AGO, [declined("g2")], NOW);
    const gone = [
      await received(NOW, { state: "answered" }, { sender: "Anna@Tone.example" }),
      await received(NOW, { state: "answered", caseId: "closed" }),
    ];
    const others = await received(NOW, { state: "noted" }, { sender: "bert@tone.example" });
    const open = await received(NOW, { state: "answered", caseId: "open" });
    await received(NOW, null);
    await received(NOW, { state: "parked" });
    const out = await sent(NOW, "sent");
    await sent(NOW, "sent", { caseId: "open" });
    await sent(NOW, "pending");
    const toOthers = await sent(NOW, "sent", { to: "joanna@tone.example" });
    expect(await erasePersonsLetters(desk(), "ANNA@tone.example")).toEqual({
      erased: 3,
      keptForOpenCases: 2,
      keptUnderWay: 3,
    });
    expect(await Promise.all(gone.map(bytesOf))).toEqual([0, 0]);
    expect([await bytesOf(others), await bytesOf(open), await outBytesOf(toOthers)]).toEqual([3, 3, 1]);
    const left = await rows(
      `SELECT coalesce(sender, '') || coalesce(from_address, '') || coalesce(subject, '') AS text FROM letters
       WHERE erased_at IS NOT NULL
       UNION ALL SELECT recipient || subject FROM outbound_letters WHERE id = '${out}'`,
    );
    expect(left).toEqual([{ text: "" }, { text: "" }, { text: "" }]);
    expect(await erasePersonsLetters(desk(), ANNA)).toMatchObject({ erased: 0, keptForOpenCases: 2 });
  });

  it("are named in the audit log by a hash alone", async () => {
    await received(NOW, { state: "noted" });
    await erasePersonsLetters(desk(), ANNA);
    const log = JSON.stringify(await rows("SELECT * FROM audit_entries"));
    expect(log).toContain("letters_erased");
    expect(log).toMatch(/"addressHash":"[0-9a-f]{64}"/);
    expect(log).not.toContain("anna");
  });
});

describe("how the work stands", () => {
  it("counts what waits, and how long it has", async () => {
    await received("2029-12-31T23:00:00.000Z", null);
    await received("2029-12-31T23:30:00.000Z", { state: "parked" });
    await sent("2029-12-31T23:50:00.000Z", "pending");
    await sent("2029-12-31T23:40:00.000Z", "ambiguous");
    for (const state of ["parked", "refused"] as const) await sent(NOW, state);
    const content = { event: "engine_trouble", code: "quota", detail: {} } as const;
    await step((tx) => tx.addSlack({ kind: "desk", cause: "c", content }, "2029-12-31T23:59:00.000Z"));
    await step(async (tx) => {
      await tx.takeDuty("canary", NOW, NOW);
      await tx.leaveDuty("canary", { backAt: "2029-12-31T23:45:00.000Z" });
    });
    expect(await step((tx) => tx.vitals(NOW))).toEqual({
      oldestUnfinishedLetter: 3600,
      parkedLetters: 1,
      oldestOutbound: 1200,
      pendingOutbound: 2,
      ambiguous: 1,
      parkedOutbound: 2,
      oldestSlack: 60,
      canaryAge: 900,
    });
  });

  it("a letter that is retried hours apart is no discrepancy until it missed its time", async () => {
    const id = await sent("2029-12-31T18:00:00.000Z", "pending");
    const hourAgo = "2029-12-31T23:00:00.000Z";
    const retryAt = (at: string) =>
      onServer(fresh.url, `UPDATE outbound_letters SET retry_at = '${at}' WHERE id = '${id}'`);
    await retryAt("2029-12-31T23:50:00.000Z");
    expect((await step((tx) => tx.discrepancies(hourAgo))).unsettledOutbound).toBe(0);
    await retryAt("2029-12-31T22:50:00.000Z");
    expect((await step((tx) => tx.discrepancies(hourAgo))).unsettledOutbound).toBe(1);
  });

  it("an answered letter whose answer is missing is found", async () => {
    await received(LONG_AGO, { state: "answered" });
    const answered = await received(LONG_AGO, { state: "answered" });
    const id = randomUUID();
    const letter = sample.outgoing(`letter:${answered}`, ANNA);
    await step((tx) => tx.addLetter(letter, Uint8Array.of(1), { ...sample.composed(id), id }, LONG_AGO));
    expect(await step((tx) => tx.discrepancies(NOW))).toMatchObject({ answeredWithoutLetter: 1 });
  });
});

describe("a duty", () => {
  it("is taken by one of many, again only when its time has come, and at once when it failed", async () => {
    const take = (at: string, notSince: string) => step((tx) => tx.takeDuty("d", at, notSince));
    const many = await Promise.all(Array.from({ length: 8 }, () => take(NOW, LONG_AGO)));
    expect(many.filter(Boolean)).toHaveLength(1);
    expect(await take("2030-01-01T00:10:00.000Z", LONG_AGO)).toBe(false);
    await step((tx) => tx.giveBackDuty("d", JUST_AFTER));
    expect(await take("2030-01-01T00:10:00.000Z", LONG_AGO)).toBe(false);
    await step((tx) => tx.giveBackDuty("d", NOW));
    expect(await take("2030-01-01T00:10:00.000Z", LONG_AGO)).toBe(true);
  });
});
