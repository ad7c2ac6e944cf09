import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTRACTOR, DESK, STRANGER } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import type { Draft, Letter } from "../../sandbox/mail-types.ts";
import { report } from "../reports.ts";
import { eventually } from "../watched.ts";
import { applicationFor, type CaseDesk, encoded, openCaseDesk, rawLetter, until } from "./fates.ts";

/** Cases 39 to 45: answers that would be answered. */

const LOOPER = (at: number) => `loop${at}@looping.example`;
const FLOOD = (at: number) => `a@flood${at}.example`;
const MANY = 6;
const numbers = Array.from({ length: MANY }, (_, at) => at);
const users = [...numbers.map(LOOPER), ...numbers.map(FLOOD)];

describe.runIf(dovecotInstalled())("a desk on Dovecot", () => {
  let desk: CaseDesk;
  beforeAll(async () => {
    desk = await openCaseDesk({ users });
  });
  afterAll(() => desk?.stop());

  /** The desk's answer to an application of this person. */
  async function answeredTo(user: string, title: string): Promise<Letter> {
    expect((await desk.fate(user, applicationFor(title))).state).toBe("answered");
    return desk.mail.waitForLetter(user, (letter) => letter.text.includes(title));
  }

  /** A program that answers every letter in its mailbox, until it has answered so many or nothing more comes. */
  async function answerEverything(
    user: string,
    answer: (letter: Letter, count: number) => Partial<Draft>,
    most: number,
  ) {
    let last = Math.max(0, ...(await desk.mail.inbox(user)).map(({ uid }) => uid));
    for (let count = 1; count <= most; count++) {
      const letter = await until(
        "the next letter",
        async () => (await desk.mail.inbox(user)).find(({ uid }) => uid > last) ?? null,
        QUIET_MS,
      ).catch(() => null);
      if (letter === null) return count - 1;
      last = letter.uid;
      await desk.fate(user, answer(letter, count));
      await desk.quiet();
    }
    return most;
  }
  const QUIET_MS = 1_500;
  /** As a program answers that knows nothing of RFC 3834: unmarked, and never twice the same. */
  const dumb = (letter: Letter, count: number): Partial<Draft> => ({
    ...applicationFor(`町道三十九号線第${count}工区`),
    inReplyTo: letter.messageId,
  });

  it("case 39: two programs that answer each other: ours says what it is, and one that listens falls silent", async () => {
    const receipt = await answeredTo(CONTRACTOR, "町道三十九号線工事");
    expect(receipt.headers.get("auto-submitted")).toBe("auto-replied");
    expect(receipt.headers.get("references")).toBeDefined();
    const before = await desk.count(CONTRACTOR);
    const fate = await desk.fate(CONTRACTOR, {
      ...dumb(receipt, 0),
      headers: { "Auto-Submitted": "auto-replied" },
    });
    expect(fate).toMatchObject({ state: "not_answered", reason: "auto_submitted" });
    await desk.quiet();
    expect(await desk.count(CONTRACTOR)).toBe(before);
  }, 30_000);

  it("case 39: two programs that answer each other without a mark go on for ever, and stop at the sender's cap", async () => {
    const [first, second] = [LOOPER(0), LOOPER(1)];
    await desk.post(first, applicationFor("町道三十九の一号線工事"));
    const rounds = 3;
    expect(await answerEverything(first, dumb, rounds)).toBe(rounds);
    await desk.restart({ MAIL_CAP_SENDER_HOUR: "2" });
    await desk.post(second, applicationFor("町道三十九の二号線工事"));
    expect(await answerEverything(second, dumb, rounds)).toBe(2);
    expect((await desk.fates()).at(-1)).toMatchObject({ state: "parked", reason: "cap_sender" });
    expect(await desk.count(second)).toBe(2);
    await eventually(() => expect(desk.told(`差出人 ${second} への自動返信`)).toBe(1));
  }, 60_000);

  it("case 40: a delivery report about our answer is not answered; the case's thread hears of it once", async () => {
    const receipt = await answeredTo(CONTRACTOR, "町道四十号線工事");
    const returned = `From: ${DESK}\r\nTo: ${CONTRACTOR}\r\nMessage-ID: ${receipt.messageId}\r\nSubject: x\r\n`;
    const recipients = [`Final-Recipient: rfc822; ${CONTRACTOR}`, "Action: failed", "Status: 5.2.1"];
    const accepted = desk.mail.accepted;
    const reported = report({ returned, recipients });
    const fates = [
      await desk.fate(STRANGER, { envelopeFrom: "", raw: reported }),
      await desk.fate(STRANGER, {
        envelopeFrom: "",
        raw: reported.replace("Subject: Und", "Subject: Again und"),
      }),
    ];
    expect(fates.map(({ state }) => state)).toEqual(["not_answered", "not_answered"]);
    expect(fates[0]?.reason).toBe("bounce");
    await eventually(async () =>
      expect(
        (await desk.thread("町道四十号線工事")).filter((one) => one.includes("送信できていません")),
      ).toHaveLength(1),
    );
    await desk.quiet();
    expect(desk.mail.accepted).toBe(accepted + 2);
    const [row] = await desk.query("SELECT state, detail FROM outbound_letters WHERE message_id = $1", [
      receipt.messageId,
    ]);
    expect(row).toEqual({ state: "refused", detail: "bounced: 5.2.1" });
  }, 30_000);

  it("case 40: a bounce without any mark but its null return path is not answered either", async () => {
    const { subject, text } = applicationFor("町道四十の二号線工事");
    const raw = rawLetter([`From: ${STRANGER}`, `Subject: ${encoded(subject)}`], text);
    expect(await desk.fate(STRANGER, { envelopeFrom: "", raw })).toMatchObject({
      ...{ state: "not_answered", reason: "null_return_path" },
    });
  }, 30_000);

  it.each(["no", "No (sent by a person)", "(x) no ; a=b"])(
    "case 41: Auto-Submitted: %s is a person's letter and is answered",
    async (value) => {
      const letter = applicationFor(`町道四十一号線第${value.length}工区`);
      const fate = await desk.fate(LOOPER(2 + (value.length % 4)), {
        ...letter,
        headers: { "Auto-Submitted": value },
      });
      expect(fate.state).toBe("answered");
    },
    30_000,
  );

  it("case 42: a person's letter from Exchange that asks for no absence notices is answered", async () => {
    const headers = { "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply" };
    const fate = await desk.fate(FLOOD(0), { ...applicationFor("町道四十二号線工事"), headers });
    expect(fate.state).toBe("answered");
  }, 30_000);

  it("case 44: our own letter that comes back is not answered, whoever sends it on", async () => {
    const receipt = await answeredTo(FLOOD(1), "町道四十四号線工事");
    const own = receipt.raw.subarray(receipt.raw.indexOf("From:"));
    const redirected = Buffer.from(
      own.toString("latin1").replace(/^From:.*$/m, `From: ${STRANGER}`),
      "latin1",
    );
    for (const raw of [own, redirected])
      expect(await desk.fate(STRANGER, { raw })).toMatchObject({
        state: "not_answered",
        reason: "own_letter",
      });
    const { subject, text } = applicationFor("町道四十四の二号線工事");
    expect(await desk.fate(DESK, { from: DESK, subject, text })).toMatchObject({
      ...{ state: "not_answered", reason: "own_letter" },
    });
    // What a person writes below our letter is no letter of ours.
    const reply = { ...applicationFor("町道四十四の三号線工事"), inReplyTo: receipt.messageId };
    expect((await desk.fate(FLOOD(1), reply)).state).toBe("answered");
  }, 30_000);

  it("case 45: a report that no policy would let pass ends at the loop wall, before anybody asks who wrote it", async () => {
    const signature = "DKIM-Signature: v=1; a=rsa-sha256; d=mx.example; s=x; h=from:subject; bh=AA==; b=AA==";
    const raw = report().replace(
      "From: MAILER-DAEMON@mx.mihon-hosho.example (Mail Delivery System)",
      `${signature}\nFrom: a@mx.example, b@mx.example`,
    );
    expect(raw).toContain("b@mx.example");
    const told = desk.world.slack.calls.length;
    expect((await desk.fate(STRANGER, { envelopeFrom: "", raw })).state).toBe("not_answered");
    // Two senders in From: a letter of any other kind would be parked for it and shown to staff.
    const person = rawLetter(["From: a@mx.example, b@mx.example", "Subject: x"], "x");
    expect(await desk.fate(STRANGER, { raw: person })).toMatchObject({
      state: "parked",
      reason: "no_single_sender",
    });
    await until("staff to be told", () => (desk.world.slack.calls.length > told ? true : null));
  }, 30_000);

  it("case 43: a sender whose address changes with every letter stops at its domain's cap, then at the desk's", async () => {
    await desk.quiet();
    const rows = await desk.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM outbound_letters WHERE answers_to IS NOT NULL",
    );
    const soFar = rows[0]?.n ?? 0;
    const [left] = await desk.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM outbound_letters WHERE answers_domain = 'looping.example'",
    );
    const domain = (left?.n ?? 0) + 2;
    await desk.restart({ MAIL_CAP_DOMAIN_HOUR: String(domain), MAIL_CAP_GLOBAL_HOUR: String(soFar + 2 + 3) });
    const before = desk.mail.deliveries.length;
    const tried = (domain: string) =>
      desk.mail.deliveries.slice(before).filter(({ from, to }) => from === DESK && to.includes(`@${domain}`))
        .length;
    const uids: number[] = [];
    for (const at of numbers) {
      const { subject, text } = applicationFor(`町道四十三号線第${at}工区`);
      const head = [`From: "${at}" <${at}.${LOOPER(at)}>`, `Subject: ${encoded(subject)}`];
      uids.push(await desk.post(LOOPER(at), { raw: rawLetter(head, text) }));
    }
    const states = (await Promise.all(uids.map(desk.fateOf))).map(({ state, reason }) => reason ?? state);
    expect(states.filter((state) => state === "answered")).toHaveLength(2);
    expect(states.filter((state) => state === "cap_domain")).toHaveLength(MANY - 2);
    await eventually(() => expect(desk.told("ドメイン looping.example への自動返信")).toBe(1));
    await desk.quiet();
    expect(tried("looping.example")).toBe(2);

    const flood: number[] = [];
    for (const at of numbers) {
      const { subject, text } = applicationFor(`町道四十三の二号線第${at}工区`);
      const head = [`From: x${at}@other${at}.example`, `Subject: ${encoded(subject)}`];
      flood.push(await desk.post(FLOOD(at), { raw: rawLetter(head, text) }));
    }
    const answered = async () =>
      (await desk.fates()).filter(({ uid, state }) => flood.includes(uid) && state === "answered").length;
    await eventually(() => expect(desk.told("窓口全体の自動返信")).toBe(1));
    await until("all letters to be looked at", async () => {
      const waiting = (await desk.fates()).filter(
        ({ uid, state }) => flood.includes(uid) && state === "stored",
      );
      return waiting.length === MANY - 3 ? true : null;
    });
    expect(await answered()).toBe(3);
    await until("three answers to leave", () => (tried("other") === 3 ? true : null));
    expect(desk.told("窓口全体の自動返信")).toBe(1);
  }, 60_000);
});
