import { createTransport } from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { smtpPool } from "../../../mail/smtp/pool.ts";
import { CONTRACTOR, DESK, freePort, STRANGER, TOWN } from "../../journeys/world.ts";
import { dovecotInstalled } from "../../sandbox/dovecot.ts";
import type { MailFault } from "../../sandbox/mail-types.ts";
import { eventually } from "../watched.ts";
import { applicationFor, type CaseDesk, openCaseDesk, until } from "./fates.ts";

/** Cases 54 to 57: letters that leave over lines that break. What arrived is counted in mailboxes. */

/** The server files what is sent to a detail of an address in the folder of that name (RFC 5233). */
const DETAILS = "recipient_delimiter = +\nlmtp_save_to_detail_mailbox = yes\nlda_mailbox_autocreate = yes\n";
const JOURNAL = DESK.replace("@", "+journal@");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Row {
  state: string;
  attempts: number;
  messageId: string;
  to: string;
  /** Seconds from the last change to the next attempt. */
  waits: number | null;
}

describe.runIf(dovecotInstalled())("a desk on Dovecot", () => {
  let desk: CaseDesk;
  beforeAll(async () => {
    desk = await openCaseDesk({ extra: DETAILS, users: [JOURNAL] });
  });
  afterEach(() => desk.mail.heal());
  afterAll(() => desk?.stop());

  const rowAbout = async (title: string) => {
    const [row] = await desk.query<Row>(
      `SELECT o.state, o.attempts, o.message_id AS "messageId", o.recipient AS "to",
        extract(epoch FROM o.retry_at - o.changed_at)::float AS waits
        FROM outbound_letters o JOIN cases c ON c.id = o.case_id WHERE c.application ->> 'worksTitle' = $1`,
      [title],
    );
    return row ?? null;
  };
  const inState = (title: string, state: string) =>
    until(`the answer about ${title} to be ${state}`, async () => {
      const row = await rowAbout(title);
      return row?.state === state ? row : null;
    });
  const arrived = async (title: string) =>
    (await desk.mail.inbox(CONTRACTOR)).filter(({ text }) => text.includes(title));
  const triedFor = ({ messageId }: Row) =>
    desk.mail.deliveries.filter((one) => one.messageId === messageId && one.to !== JOURNAL).length;

  /** An application whose answer meets this fault. */
  async function answerMeets(fault: MailFault, title: string) {
    desk.mail.fail({ ...fault, from: DESK });
    expect((await desk.fate(CONTRACTOR, applicationFor(title))).state).toBe("answered");
  }

  it("case 54: to the usual transport a line cut before, in and after the letter is all the same", async () => {
    const { host, port, user, password } = desk.mail.smtp;
    const transport = createTransport({ host, port, ignoreTLS: true, auth: { user, pass: password } });
    const pool = smtpPool({ ...desk.mail.smtp, security: "none", oauth: null });
    const words: unknown[] = [];
    const verdicts: string[] = [];
    for (const on of ["drop-before-rcpt", "drop-in-data", "drop-after-dot"] as const) {
      desk.mail.fail({ on, to: STRANGER, times: 1, lose: true });
      const { command, responseCode, permanent } = await transport
        .sendMail({ from: DESK, to: STRANGER, subject: "x", text: "x" })
        .catch((error: unknown) => error as Record<string, unknown>);
      words.push({ command, responseCode, permanent });
      desk.mail.fail({ on, to: STRANGER, times: 1, lose: true });
      verdicts.push(
        (await pool.send({ from: DESK, to: STRANGER }, Buffer.from("Subject: x\r\n\r\nx\r\n"))).outcome,
      );
      desk.mail.heal();
    }
    pool.stop();
    transport.close();
    expect(words).toEqual(Array(3).fill({ command: "CONN", responseCode: undefined, permanent: undefined }));
    expect(verdicts).toEqual(["not_sent", "not_sent", "uncertain"]);
  }, 30_000);

  it("case 54: the link is lost after the final dot, and without a journal staff decide; nothing goes out again", async () => {
    const title = "町道五十四号線工事";
    await answerMeets({ on: "drop-after-dot" }, title);
    const row = await inState(title, "parked");
    await eventually(async () => expect((await desk.thread(title)).join()).toContain("送信できていません"));
    await desk.passes(3 * HOUR_MS);
    await desk.restart({ MAIL_JOURNAL: "journal" });
    expect((await rowAbout(title))?.state).toBe("parked");
    expect(await arrived(title)).toHaveLength(1);
    expect(triedFor(row)).toBe(1);
  }, 30_000);

  it("case 54: the link is lost after the final dot, the journal has the letter, and it goes out once", async () => {
    const title = "町道五十四の二号線工事";
    await answerMeets({ on: "drop-after-dot" }, title);
    const row = await inState(title, "ambiguous");
    const [letter] = await arrived(title);
    await desk.mail.send(DESK, { to: JOURNAL, raw: letter?.raw ?? "" });
    await desk.passes(3 * MINUTE_MS);
    await inState(title, "sent");
    expect(await arrived(title)).toHaveLength(1);
    expect(triedFor(row)).toBe(1);
  }, 30_000);

  it("case 54: the link is lost after the final dot, the server has lost the letter, and it goes out once more", async () => {
    const title = "町道五十四の三号線工事";
    await answerMeets({ on: "drop-after-dot", lose: true }, title);
    const { messageId } = await inState(title, "ambiguous");
    expect(await arrived(title)).toEqual([]);
    await desk.passes(MINUTE_MS);
    expect((await rowAbout(title))?.state).toBe("ambiguous");
    // A slow server could still deliver it, and its lease has not run out.
    await desk.passes(10 * MINUTE_MS);
    expect((await rowAbout(title))?.state).toBe("ambiguous");
    await desk.passes(5 * MINUTE_MS);
    expect(await inState(title, "sent")).toMatchObject({ messageId, attempts: 2 });
    expect((await arrived(title)).map((one) => one.messageId)).toEqual([messageId]);
  }, 30_000);

  it("case 55: a letter that meets a connection lost while idle goes over a new one, once", async () => {
    const titles = ["町道五十五の二号線工事", "町道五十五の三号線工事"] as const;
    await desk.fate(CONTRACTOR, applicationFor(titles[0]));
    await inState(titles[0], "sent");
    // The connection of the first answer is still open.
    await answerMeets({ on: "drop-before-rcpt" }, titles[1]);
    expect(await inState(titles[1], "sent")).toMatchObject({ attempts: 1 });
    expect(await arrived(titles[1])).toHaveLength(1);
  }, 30_000);

  it("case 55: nothing but the outbox tries again: every attempt is counted and put off", async () => {
    const title = "町道五十五号線工事";
    const before = desk.mail.deliveries.length;
    await answerMeets({ on: "drop-before-rcpt", times: 100 }, title);
    const row = await inState(title, "pending");
    await until("the first attempt", async () => ((await rowAbout(title))?.waits ?? 0) > 0 || null);
    expect(await rowAbout(title)).toMatchObject({ state: "pending", attempts: 1, waits: 60 });
    // One more where an idle connection might have been stale.
    expect(desk.mail.deliveries.slice(before).filter(({ from }) => from === DESK).length).toBeLessThanOrEqual(
      2,
    );
    desk.mail.heal();
    await desk.passes(2 * MINUTE_MS);
    expect(await inState(title, "sent")).toMatchObject({ attempts: 2 });
    expect(await arrived(title)).toHaveLength(1);
    expect(triedFor(row)).toBe(1);
  }, 30_000);

  it("case 56: to two recipients of one letter a refusal of one looks like success", async () => {
    desk.mail.fail({ on: "refuse", to: TOWN });
    const sent = await desk.mail.send(CONTRACTOR, { to: [TOWN, STRANGER], subject: "x", text: "x" });
    expect(sent).toMatchObject({ accepted: [STRANGER], rejected: [TOWN] });
  }, 30_000);

  it("case 56: each letter of ours has one recipient, and whoever is refused is known by name", async () => {
    desk.mail.fail({ on: "refuse", code: 550, to: STRANGER, from: DESK });
    const titles = ["町道五十六号線工事", "町道五十六の二号線工事"] as const;
    await Promise.all([
      desk.fate(STRANGER, applicationFor(titles[0])),
      desk.fate(CONTRACTOR, applicationFor(titles[1])),
    ]);
    expect((await inState(titles[0], "refused")).to).toBe(STRANGER);
    expect((await inState(titles[1], "sent")).to).toBe(CONTRACTOR);
    await eventually(async () => expect((await desk.thread(titles[0])).join()).toContain(`宛先 ${STRANGER}`));
    expect(await arrived(titles[1])).toHaveLength(1);
    const ours = desk.mail.deliveries.filter(
      ({ from, to, messageId }) => from === DESK && to !== JOURNAL && messageId?.startsWith("<desk."),
    );
    const recipients = Map.groupBy(ours, ({ messageId }) => messageId);
    for (const some of recipients.values()) expect(new Set(some.map(({ to }) => to)).size).toBe(1);
  }, 30_000);

  it("case 57: SMTP is gone for hours and the desk is started again and again: each answer arrives once", async () => {
    const open = desk.world.env.SMTP_PORT ?? "";
    await desk.restart({ SMTP_PORT: String(await freePort()) });
    const titles = ["町道五十七号線工事", "町道五十七の二号線工事"];
    for (const title of titles)
      expect((await desk.fate(CONTRACTOR, applicationFor(title))).state).toBe("answered");
    const tried = (attempts: number) =>
      until(`attempt ${attempts}`, async () => {
        const rows = await Promise.all(titles.map(rowAbout));
        return rows.every(
          (row) => row?.state === "pending" && row.attempts === attempts && row.waits !== null,
        )
          ? rows
          : null;
      });
    expect((await tried(1)).map((row) => row?.waits)).toEqual([60, 60]);
    for (let start = 0; start < 2; start++) await desk.restart();
    expect((await tried(1)).map((row) => row?.attempts)).toEqual([1, 1]);
    for (const [attempts, waits] of [
      [2, 120],
      [3, 240],
    ] as const) {
      await desk.passes(waits * 1_000);
      expect((await tried(attempts)).map((row) => row?.waits)).toEqual([waits, waits]);
    }
    await desk.restart({ SMTP_PORT: open });
    await desk.passes(HOUR_MS);
    for (const title of titles) {
      await inState(title, "sent");
      expect(await arrived(title)).toHaveLength(1);
    }
  }, 60_000);

  it("case 57: SMTP is gone for two days: staff hear of it once, and decide", async () => {
    const title = "町道五十七の三号線工事";
    await desk.restart({ SMTP_PORT: String(await freePort()) });
    await desk.fate(CONTRACTOR, applicationFor(title));
    await until("the first attempt", async () => ((await rowAbout(title))?.waits ?? 0) > 0 || null);
    await desk.passes(49 * HOUR_MS);
    expect(await inState(title, "parked")).toMatchObject({ attempts: 2 });
    await desk.restart();
    await eventually(async () =>
      expect((await desk.thread(title)).filter((one) => one.includes("送信できていません"))).toHaveLength(1),
    );
    expect(await arrived(title)).toEqual([]);
  }, 60_000);
});
