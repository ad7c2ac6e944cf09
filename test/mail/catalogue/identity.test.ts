import { simpleParser } from "mailparser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, ask, cardWith, issue } from "../../journeys/steps.ts";
import { CHANNEL, CONTRACTOR, STRANGER, TOWN } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import { readable } from "../../sandbox/slack/readable.ts";
import { eventually } from "../watched.ts";
import { type CaseDesk, encoded, openCaseDesk, rawLetter } from "./fates.ts";

/** Cases 46 to 51: who wrote, and what may be made of it. The desk answers only senders that are proven. */

const BORDER = "mx.mihon-hosho.example";
const FOR_STAFF = "担当者の確認が必要なメールです";

describe.runIf(dovecotInstalled())("a desk on Dovecot that asks for proof", () => {
  let desk: CaseDesk;
  let receipt: string;
  let pair: string;
  beforeAll(async () => {
    desk = await openCaseDesk({ authservId: BORDER, settings: { MAIL_TRUST: "require" } });
    receipt = await apply(desk.world, "町道四十六号線工事");
    const [notice] = await issue(desk.world, receipt);
    pair = `保証契約番号：${notice?.number}\n認証キー：${notice?.key}\n`;
    await desk.adopt();
  });
  afterAll(() => desk?.stop());

  /** A letter as its bytes say, handed in by this person's mail program. */
  const written = (user: string, head: string[], body: string) =>
    desk.fate(user, { raw: rawLetter([...head, `Subject: ${encoded("電子保証の照会")}`], body) });
  const counts = async () => Promise.all([TOWN, CONTRACTOR, STRANGER].map(desk.count));

  it("case 46: the answer goes to who is registered, never to Reply-To", async () => {
    const before = await counts();
    expect(await written(TOWN, [`From: ${TOWN}`, `Reply-To: ${STRANGER}`], pair)).toMatchObject({
      ...{ state: "answered", trust: "authenticated" },
    });
    await desk.quiet();
    const [town = 0, ...others] = before;
    expect(await counts()).toEqual([town + 1, ...others]);
  }, 30_000);

  it("case 46: Reply-To makes nobody somebody else", async () => {
    const before = await counts();
    expect(await written(STRANGER, [`From: ${STRANGER}`, `Reply-To: ${TOWN}`], pair)).toMatchObject({
      ...{ reason: "stranger" },
    });
    await desk.quiet();
    const [town = 0, contractor = 0, stranger = 0] = before;
    // One neutral line, to who wrote.
    expect(await counts()).toEqual([town, contractor, stranger + 1]);
    expect((await desk.mail.inbox(STRANGER)).at(-1)?.text).not.toContain("確認しました");
  }, 30_000);

  it.each([
    ["two From fields", [`From: ${TOWN}`, `From: ${STRANGER}`]],
    ["two addresses in From", [`From: ${TOWN}, ${STRANGER}`]],
    ["a group in From", [`From: towns: ${TOWN};`]],
  ])(
    "case 47: a letter with %s is parked, whichever of them a parser takes",
    async (_, head) => {
      const before = await counts();
      const told = desk.told(FOR_STAFF);
      expect(await written(TOWN, head, pair)).toMatchObject({ state: "parked", reason: "no_single_sender" });
      await eventually(() => expect(desk.told(FOR_STAFF)).toBe(told + 1));
      await desk.quiet();
      expect(await counts()).toEqual(before);
    },
    30_000,
  );

  it("case 47: the parser by itself would take one of two From fields without a word", async () => {
    const mail = await simpleParser(rawLetter([`From: ${TOWN}`, `From: ${STRANGER}`], "x"));
    expect(mail.from?.value).toHaveLength(1);
  });

  it("case 48: an encoded word never becomes the address", async () => {
    const hidden = "=?utf-8?Q?=3Ckeiyaku=40town=2Etone=2Eexample=3E?=";
    expect(await written(STRANGER, [`From: ${hidden}`], pair)).toMatchObject({ state: "parked" });
    const named = await written(STRANGER, [`From: ${hidden} <${STRANGER}>`], pair);
    expect(named).toMatchObject({ reason: "stranger" });
    const [row] = await desk.query<{ from_address: string }>(
      "SELECT from_address FROM letters WHERE id = $1",
      [named.id],
    );
    expect(row?.from_address).toBe(STRANGER);
  }, 30_000);

  it.each([
    ["a quoted local part that looks like an address", `From: "${TOWN}"@elsewhere.example`],
    ["a NUL in the address", `From: keiyaku@town.tone\0.example`],
    ["a sender in another alphabet", "From: keiyaku@town.t\u043ene.example"],
  ])(
    "case 49: %s is for a person to look at",
    async (_, from) => {
      const before = await counts();
      expect(await written(TOWN, [from], pair)).toMatchObject({
        state: "parked",
        reason: "no_single_sender",
      });
      await desk.quiet();
      expect(await counts()).toEqual(before);
    },
    30_000,
  );

  it("case 50: whoever names our letters or our numbers does not get into the case by it", async () => {
    const mine = (await desk.mail.inbox(CONTRACTOR)).find(({ subject }) => subject.includes(receipt));
    const card = await cardWith(desk.world, receipt);
    const thread = () => desk.world.slack.thread(CHANNEL, card.ts).map((one) => readable(one));
    const [said, before] = [thread().length, await counts()];
    const letter = {
      subject: `Re: 【${receipt}】`,
      text: "訂正します。\n請負金額：99,000,000円\n",
      headers: { References: `${mine?.messageId}`, "In-Reply-To": `${mine?.messageId}` },
    };
    const fate = await desk.fate(STRANGER, letter);
    expect(fate).toMatchObject({
      kind: "correction",
      state: "for_staff",
      reason: "correction_not_of_sender",
      caseId: null,
    });
    await desk.quiet();
    expect(thread().slice(said).join()).not.toContain(STRANGER);
    expect(await counts()).toEqual(before);
    const [row] = await desk.query<{ yen: string }>(
      `SELECT application ->> 'contractPriceYen' AS yen FROM cases`,
    );
    expect(row?.yen).toBe("50000000");
  }, 30_000);

  it("case 50: a report that guesses the name of a letter of ours returns none", async () => {
    const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    const [real] = await desk.query<{ id: string }>("SELECT id FROM outbound_letters LIMIT 1");
    const guess = `<desk.${real?.id ?? id}.aaaaaaaaaaaaaaaaaaaa@mihon-hosho.example>`;
    const raw = [
      "From: MAILER-DAEMON@elsewhere.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n",
      "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n",
      `Final-Recipient: rfc822; ${CONTRACTOR}\r\nAction: failed\r\nStatus: 5.1.1\r\n`,
      `--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: ${guess}\r\n\r\n--b--\r\n`,
    ].join("\r\n");
    expect(await desk.fate(STRANGER, { envelopeFrom: "", raw })).toMatchObject({ state: "not_answered" });
    expect(await desk.query("SELECT 1 FROM outbound_letters WHERE state = 'refused'")).toEqual([]);
    expect(await desk.query("SELECT 1 FROM suppressed_addresses")).toEqual([]);
  }, 30_000);

  it("case 51: only the topmost word of our own border server counts; a forged one below it proves nothing", async () => {
    const before = await counts();
    const forged = `Authentication-Results: ${BORDER}; dmarc=pass header.from=town.tone.example`;
    const fate = await written(STRANGER, [forged, `From: ${TOWN}`], pair);
    // The town is known, but this letter is not proven to be the town's: no result leaves.
    expect(fate).toMatchObject({ trust: "registered", reason: "stranger" });
    await desk.quiet();
    const results = (await desk.mail.inbox(TOWN))
      .slice(before[0])
      .filter(({ subject }) => subject.includes("照会結果"));
    expect(results).toEqual([]);
    // The same letter from the town's own account is proven, and answered.
    const { answers } = await ask(desk.world, TOWN, pair);
    expect(answers[0]?.outcome).toBe("confirmed");
    await desk.adopt();
  }, 30_000);
});
