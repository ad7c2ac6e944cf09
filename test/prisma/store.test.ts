import { afterAll, beforeAll, expect, test } from "vitest";
import type { LetterOutcome } from "../../core/rows/outbox.ts";
import type { Transaction } from "../../core/store.ts";
import { type Database, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";
import * as sample from "./samples.ts";

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ url: fresh.url, dataDir: "" }, { now: () => "2026-04-09T15:30:00.000Z" });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

function step<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.store.transact(work);
}

test("receipt numbers have no gaps although many open cases at once and some fail", async () => {
  const tries = Array.from({ length: 20 }, (_, index) =>
    step(async (tx) => {
      const number = await tx.nextReceiptNumber();
      if (index % 3 === 0) throw new Error("changed my mind");
      return number;
    }).catch(() => null),
  );
  const given = (await Promise.all(tries)).filter((number) => number !== null);
  const expected = Array.from(
    { length: given.length },
    (_, index) => `A-${String(index + 1).padStart(6, "0")}`,
  );
  expect(given.sort()).toEqual(expected);
  expect(given.length).toBe(13);
});

test("guarantee serials count by themselves in each fiscal year", async () => {
  const serials = await step(async (tx) => [
    await tx.nextGuaranteeSerial(2026),
    await tx.nextGuaranteeSerial(2026),
    await tx.nextGuaranteeSerial(2027),
  ]);
  expect(serials).toEqual([1, 2, 1]);
});

test("the same letter seen again at its place, and again elsewhere, is a duplicate both times", async () => {
  const letter = sample.arrived();
  const place = { ...letter.place, uid: 2 };
  const first = await step((tx) => sample.recordOne(tx, letter));
  expect(first.duplicate).toBe(false);
  expect(await step((tx) => sample.recordOne(tx, letter))).toEqual({ id: first.id, duplicate: true });
  expect(await step((tx) => sample.recordOne(tx, { ...letter, place }))).toEqual({
    id: first.id,
    duplicate: true,
  });
  const uids = await step((tx) => tx.recordedUids("INBOX", letter.place.uidValidity));
  expect([...uids].sort()).toEqual([1, 2]);
});

test("ten watchers record one letter once", async () => {
  const letter = sample.arrived({
    place: { mailbox: "INBOX", uidValidity: 7n, uid: 1 },
    contentKey: "b".repeat(64),
  });
  const many = await Promise.all(
    Array.from({ length: 10 }, () => step((tx) => sample.recordOne(tx, letter))),
  );
  expect(many.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  expect(new Set(many.map(({ id }) => id)).size).toBe(1);
});

test("each attempt to read a letter is counted, and its verdict stays", async () => {
  const place = { mailbox: "INBOX", uidValidity: 8n, uid: 1 };
  const { id } = await step((tx) =>
    sample.recordOne(tx, sample.arrived({ place, contentKey: "c".repeat(64) })),
  );
  await step((tx) => tx.beginLetters([id]));
  const [begun] = await step((tx) => tx.beginLetters([id]));
  expect(begun).toMatchObject({ attempts: 2, state: "stored", receivedAt: sample.AT });
  expect(begun?.sealedRaw).toEqual(Uint8Array.of(1, 2, 3));
  const facts = { fromAddress: "a@b.example", subject: "前払", messageId: null, authenticationResults: null };
  const verdict = {
    state: "parked",
    at: sample.AT,
    kind: "application",
    trust: "other",
    caseId: null,
    reason: "two_senders",
  } as const;
  await step((tx) => tx.finishLetter(id, { ...facts, ...verdict }));
  expect(await step((tx) => tx.letter(id))).toMatchObject({
    state: "parked",
    kind: "application",
    subject: "前払",
  });
  expect(await step((tx) => tx.letter("no such letter"))).toBeNull();
});

test("an approval, its number and its key survive; the certificate follows under the same number", async () => {
  const number = "20800-000017";
  await step(async (tx) => {
    await tx.insertCase(sample.newCase("case-1", "A-100001", [sample.applied("g-1")]));
  });
  await step(async (tx) => {
    await tx.saveGuarantees("case-1", [sample.awaiting("g-1", number)]);
    await tx.saveKey("g-1", Uint8Array.of(7, 7));
  });
  const approved = await step((tx) => tx.caseByGuaranteeNumber(number));
  expect(approved).toMatchObject({ id: "case-1", version: 2, guarantees: [sample.awaiting("g-1", number)] });
  expect((await step((tx) => tx.sealedKeys(["g-1"]))).get("g-1")).toEqual(Uint8Array.of(7, 7));
  expect(await step((tx) => tx.issuedByNumbers([number]))).toEqual([]);

  const file = {
    id: "d-1",
    guaranteeId: "g-1",
    position: 0,
    filename: "保証証書.pdf",
    sealed: false,
    bytes: Uint8Array.of(5),
  };
  await step(async (tx) => {
    await tx.saveGuarantees("case-1", [sample.inForce("g-1", number)]);
    await tx.saveDocument({ ...file, kind: "certificate" });
  });
  const [issued] = await step((tx) => tx.issuedByNumbers([number, "20800-000025"]));
  expect(issued).toMatchObject({
    caseId: "case-1",
    guarantee: sample.inForce("g-1", number),
    ordererId: null,
  });
  expect(issued?.sealedKey).toEqual(Uint8Array.of(7, 7));
  expect(issued?.certificates).toEqual([
    { position: 0, documentId: "d-1", filename: "保証証書.pdf", bytes: Uint8Array.of(5) },
  ]);
});

test("a notice in the clear and a second key are refused by the database itself", async () => {
  await step((tx) =>
    tx.insertCase(sample.newCase("case-2", "A-100002", [sample.awaiting("g-2", "20800-000033")])),
  );
  const notice = {
    id: "d-2",
    guaranteeId: "g-2",
    position: 0,
    kind: "notice" as const,
    filename: "n.pdf",
    bytes: Uint8Array.of(1),
  };
  await expect(step((tx) => tx.saveDocument({ ...notice, sealed: false }))).rejects.toThrow();
  await step((tx) => tx.saveDocument({ ...notice, sealed: true }));
  await step((tx) => tx.saveKey("g-2", Uint8Array.of(1)));
  await expect(step((tx) => tx.saveKey("g-2", Uint8Array.of(2)))).rejects.toThrow();
  expect((await step((tx) => tx.sealedKeys(["g-2"]))).get("g-2")).toEqual(Uint8Array.of(1));
});

test("two guarantees never get the same number", async () => {
  await step((tx) =>
    tx.insertCase(sample.newCase("case-3", "A-100003", [sample.awaiting("g-3", "20800-000041")])),
  );
  const second = sample.newCase("case-4", "A-100004", [sample.awaiting("g-4", "20800-000041")]);
  await expect(step((tx) => tx.insertCase(second))).rejects.toThrow();
  expect(await step((tx) => tx.caseById("case-4"))).toBeNull();
});

test("a correction replaces the products asked for and counts the version up", async () => {
  const found = sample.newCase("case-5", "A-100005", [sample.applied("g-5")]);
  await step((tx) => tx.insertCase(found));
  const performance = { ...sample.applied("g-6"), kind: "performance" as const };
  await step((tx) => tx.saveApplication("case-5", { ...found, guarantees: [performance] }));
  const changed = await step((tx) => tx.lockCase("case-5"));
  expect(changed).toMatchObject({ version: 2, guarantees: [performance] });
  expect(changed?.guarantees).toHaveLength(1);
});

test("only cases with something left to do are on the work list, oldest first", async () => {
  const early = {
    ...sample.newCase("case-6", "A-100006", [sample.applied("g-7")]),
    openedAt: "2026-01-01T00:00:00.000Z",
  };
  const done: typeof early = {
    ...sample.newCase("case-7", "A-100007", []),
    openedAt: "2025-12-01T00:00:00.000Z",
  };
  done.guarantees = [{ ...sample.applied("g-8"), status: "declined", reason: "見本" }];
  await step((tx) => tx.insertCase(early));
  await step((tx) => tx.insertCase(done));
  const open = await step((tx) => tx.openCases(100));
  expect(open[0]?.id).toBe("case-6");
  expect(open.map(({ id }) => id)).not.toContain("case-7");
});

test("an orderer is found by either of its names, and by a confirmed mailbox or domain that is valid today", async () => {
  const mailbox = {
    address: null,
    domain: null,
    office: null,
    products: [],
    from: null,
    until: null,
    confirmed: true,
  };
  const mailboxes = [
    { ...mailbox, address: "Soumu@town.tone.example" },
    { ...mailbox, domain: "town.tone.example" },
    { ...mailbox, address: "old@elsewhere.example", until: "2026-04-09" },
    { ...mailbox, address: "new@elsewhere.example", from: "2026-04" },
    { ...mailbox, address: "soon@elsewhere.example", from: "2026-05" },
    { ...mailbox, address: "unconfirmed@elsewhere.example", confirmed: false },
  ];
  await step((tx) => tx.replaceOrderers([sample.orderer({ mailboxes })], sample.AT));
  const [found] = await step((tx) => tx.ordererNamed("利根町長"));
  expect(found).toMatchObject(sample.orderer({ mailboxes }));
  expect(await step((tx) => tx.ordererNamed(" 利根町 "))).toEqual([found]);
  const at = async (address: string) => (await step((tx) => tx.orderersAtAddress(address))).length;
  // 00:30 on 2026-04-10 in Tokyo.
  expect(await at("soumu@TOWN.tone.example")).toBe(1);
  expect(await at("anybody@town.tone.example")).toBe(1);
  expect(await at("anybody@sub.town.tone.example")).toBe(0);
  expect(await at("old@elsewhere.example")).toBe(0);
  expect(await at("new@elsewhere.example")).toBe(1);
  expect(await at("soon@elsewhere.example")).toBe(0);
  expect(await at("unconfirmed@elsewhere.example")).toBe(0);
});

test("a contractor that is replaced keeps its id, and its mail address counts in any case", async () => {
  await step((tx) => tx.replaceContractors([sample.CONTRACTOR], sample.AT));
  const before = await step((tx) => tx.contractorNamed("利根建設(株)"));
  expect(before).toMatchObject(sample.CONTRACTOR);
  await step((tx) => tx.replaceContractors([{ ...sample.CONTRACTOR, lumpFee: true }], sample.AT));
  const after = await step((tx) => tx.contractorNamed("利根建設株式会社"));
  expect(after).toEqual({ ...before, lumpFee: true });
  expect(await step((tx) => tx.isRegisteredAddress("suzuki@TONE-kensetsu.example"))).toBe(true);
  expect(await step((tx) => tx.isRegisteredAddress("someone@tone-kensetsu.example"))).toBe(false);
});

test("a file of contractors replaces those it names, keeps the rest, and the history keeps what was", async () => {
  const many = Array.from({ length: 1200 }, (_, n) => ({
    ...sample.CONTRACTOR,
    name: `見本工業${n}`,
    addresses: [],
  }));
  await step((tx) => tx.replaceContractors(many, sample.AT));
  const before = await step((tx) => tx.contractorNamed("見本工業1100"));
  await step((tx) => tx.replaceContractors([{ ...sample.CONTRACTOR, name: "見本工業1100" }], sample.AT));
  expect(await step((tx) => tx.contractorNamed("見本工業1100"))).toEqual({
    ...before,
    addresses: sample.CONTRACTOR.addresses,
  });
  expect(await step((tx) => tx.contractorNamed("見本工業1"))).not.toBeNull();
  const db = await connectOnce(fresh.url);
  const { rows } = await db.query("SELECT before FROM registry_history WHERE entry_id = $1", [before?.id]);
  await db.end();
  expect(rows).toEqual([{ before }]);
});

test("one cause sends one letter, however often it is told", async () => {
  const sent: string[] = [];
  for (const id of ["m-1", "m-2"])
    await step((tx) =>
      tx.addLetter(sample.outgoing("letter:1"), Uint8Array.of(4), sample.composed(id), sample.AT),
    );
  await database.jobs.work("mail.send", async (id) => {
    sent.push(id);
  });
  await expect.poll(() => sent.length).toBe(1);
  const [id = ""] = sent;
  const claim = () => step((tx) => tx.claimLetters([id], sample.AT, "2026-04-10T02:00:00.000Z"));
  expect(await claim()).toMatchObject([
    { found: "taken", row: { attempt: 1, to: "suzuki@tone.example", messageId: "<m-1@desk.example>" } },
  ]);
  expect(await claim()).toMatchObject([{ found: "own", row: { state: "sending", attempt: 1 } }]);
  const put = (outcome: Omit<LetterOutcome, "id" | "at">) =>
    step((tx) => tx.settleLetters([{ id, at: sample.AT, ...outcome }]));
  expect(await put({ state: "pending", detail: "451", retryAt: sample.AT, attempt: 1 })).toEqual(["sending"]);
  await expect.poll(() => sent).toEqual([id, id]);
  expect(await claim()).toMatchObject([{ found: "taken", row: { attempt: 2 } }]);
  expect(await put({ state: "refused", detail: "late word of the first attempt", attempt: 1 })).toEqual([
    null,
  ]);
  expect(await put({ state: "sent", detail: "250", attempt: 2 })).toEqual(["sending"]);
  expect(await put({ state: "parked", detail: "too late", attempt: 2 })).toEqual([null]);
  expect(await claim()).toMatchObject([{ found: "done", row: { state: "sent", attempt: 2 } }]);
  expect(await step((tx) => tx.claimLetters(["no such row"], sample.AT, sample.AT))).toEqual([null]);
});

test("a case has one card, and a change while it is being posted has it written once more", async () => {
  const posts: string[] = [];
  const card = { kind: "card", caseId: "case-9" } as const;
  await step((tx) => tx.addSlack(card, sample.AT));
  await step((tx) => tx.addSlack(card, sample.AT));
  await database.jobs.work("slack.post", async (id) => {
    posts.push(id);
  });
  await expect.poll(() => posts.length).toBe(1);
  const [id = ""] = posts;
  expect(await step((tx) => tx.claimSlack(id, sample.AT, sample.AT))).toMatchObject({
    post: card,
    state: "pending",
    ts: null,
  });
  await step((tx) => tx.addSlack(card, sample.AT));
  await step((tx) =>
    tx.settleSlack(id, { attempt: 1, state: "sent", at: sample.AT, detail: null, channel: "C1", ts: "1.2" }),
  );
  await expect.poll(() => posts).toEqual([id, id]);
  expect(await step((tx) => tx.claimSlack(id, sample.AT, sample.AT))).toMatchObject({
    state: "pending",
    channel: "C1",
    ts: "1.2",
  });
  await step((tx) => tx.settleSlack(id, { attempt: 2, state: "sent", at: sample.AT, detail: null }));
  expect(await step((tx) => tx.rootMessage("case-9"))).toEqual({ channel: "C1", ts: "1.2" });
  expect(await step((tx) => tx.rootMessage("case-1"))).toBeNull();
});

test("a step that fails leaves neither rows nor jobs", async () => {
  const letter = sample.arrived({
    place: { mailbox: "INBOX", uidValidity: 9n, uid: 1 },
    contentKey: "d".repeat(64),
  });
  const failing = step(async (tx) => {
    await sample.recordOne(tx, letter);
    await tx.addIssueJob("case-never");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  const issued: string[] = [];
  await step((tx) => tx.addIssueJob("case-real"));
  await database.jobs.work("desk.issue", async (id) => {
    issued.push(id);
  });
  await expect.poll(() => issued).toEqual(["case-real"]);
  expect(await step((tx) => tx.recordedUids("INBOX", 9n))).toEqual(new Set());
});

test("wrong pairs are counted for each number as written, and a stranger is told once a day", async () => {
  const attempt = {
    id: "v-1",
    at: sample.AT,
    letterId: "l",
    address: "a@b.example",
    ordererId: null,
    guaranteeId: null,
  };
  const wrong = { ...attempt, number: "20800-999999", outcome: "not_confirmed", failed: true };
  await step((tx) =>
    tx.saveAttempts([wrong, { ...wrong, id: "v-2" }, { ...wrong, id: "v-3", failed: false }]),
  );
  expect(await step((tx) => tx.failuresSince(["20800-999999", "1"], sample.AT))).toEqual(
    new Map([["20800-999999", 2]]),
  );
  expect(await step((tx) => tx.failuresSince(["20800-999999"], "2026-05-01T00:00:00.000Z"))).toEqual(
    new Map(),
  );
  expect(await step((tx) => tx.noteStranger("X@y.example", "2026-04-10"))).toBe(true);
  expect(await step((tx) => tx.noteStranger("x@y.example", "2026-04-10"))).toBe(false);
  expect(await step((tx) => tx.noteStranger("x@y.example", "2026-04-11"))).toBe(true);
});

test("steps that lock two cases in opposite order both succeed", async () => {
  await step((tx) => tx.insertCase(sample.newCase("case-a", "A-200001", [])));
  await step((tx) => tx.insertCase(sample.newCase("case-b", "A-200002", [])));
  const both = (first: string, second: string) =>
    step(async (tx) => {
      await tx.lockCase(first);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx.lockCase(second);
      await tx.saveGuarantees(second, []);
    });
  await Promise.all([both("case-a", "case-b"), both("case-b", "case-a")]);
  expect(await step((tx) => tx.caseById("case-a"))).toMatchObject({ version: 2 });
  expect(await step((tx) => tx.caseById("case-b"))).toMatchObject({ version: 2 });
});
