import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { dovecotInstalled, startDovecot } from "./dovecot.ts";
import { startMail } from "./mail.ts";
import type { LoopbackMail, MailOptions } from "./mail-types.ts";

const DESK = "desk@hosho.example";
const CONTRACTOR = "Suzuki@tone-kensetsu.example";

const KINDS: { kind: string; start: (options: MailOptions) => Promise<LoopbackMail>; missing: boolean }[] = [
  { kind: "memory", start: startMail, missing: false },
  {
    kind: "Dovecot (apt-get install dovecot-imapd dovecot-lmtpd)",
    start: startDovecot,
    missing: !dovecotInstalled(),
  },
];

for (const { kind, start, missing } of KINDS)
  describe.skipIf(missing)(`the loopback mail server in ${kind}`, () => {
    let mail: LoopbackMail;
    beforeAll(async () => {
      mail = await start({ users: [DESK, CONTRACTOR], authservId: "mx.loopback.example" });
    });
    afterEach(() => mail.heal());
    afterAll(() => mail.remove());

    /** A desk that waits in IDLE, answers one letter and leaves. */
    async function answerOne(): Promise<void> {
      const { host, port, user, password } = mail.imap(DESK);
      const client = new ImapFlow({
        host,
        port,
        secure: false,
        auth: { user, pass: password },
        logger: false,
      });
      client.on("error", () => {});
      await client.connect();
      await client.mailboxOpen("INBOX");
      const before = client.mailbox === false ? 0 : client.mailbox.exists;
      const arrived = new Promise((resolve) => client.once("exists", resolve));
      void client.idle();
      await mail.send(CONTRACTOR, {
        to: DESK,
        subject: "前払金保証の申込",
        text: "工事名：町道112号線改良工事",
      });
      await arrived;
      const letter = await client.fetchOne(String(before + 1), { envelope: true });
      await client.logout();
      const subject = `Re: ${letter ? letter.envelope?.subject : ""}`;
      const attachments = [{ filename: "保証料計算書.pdf", content: Buffer.from([0x25, 0x00, 0xff, 0x0a]) }];
      await mail.send(DESK, { to: CONTRACTOR.toLowerCase(), subject, text: "受け付けました。", attachments });
    }

    it("wakes a desk in IDLE and brings its answer back whole", async () => {
      const reply = mail.waitForLetter(CONTRACTOR, ({ subject }) => subject.startsWith("Re: "));
      await answerOne();
      const letter = await reply;
      expect(letter).toMatchObject({
        from: DESK,
        to: [CONTRACTOR.toLowerCase()],
        subject: "Re: 前払金保証の申込",
      });
      expect(letter.text.trim()).toBe("受け付けました。");
      expect(letter.attachments.map(({ filename, bytes }) => [filename, bytes.toString("hex")])).toEqual([
        ["保証料計算書.pdf", "2500ff0a"],
      ]);
      expect(letter.headers.get("return-path")).toBe(`<${DESK}>`);
      expect(letter.headers.get("authentication-results")).toContain("dmarc=pass");
    });

    it("sends finished bytes untouched and says when From is not the account's own", async () => {
      const raw =
        "From: <mayor@town.example>\r\nTo: <desk@hosho.example>\r\nSubject: raw\r\nMessage-ID: <raw@town.example>\r\n\r\nbody  \r\n.\r\nend\r\n";
      await mail.send(CONTRACTOR, { to: DESK, raw });
      const letter = await mail.waitForLetter(DESK, ({ messageId }) => messageId === "<raw@town.example>");
      expect(letter.raw.toString().endsWith(raw)).toBe(true);
      expect(letter.headers.get("authentication-results")).toContain("dmarc=fail");
    });

    it("knows no stranger", async () => {
      await expect(mail.send(CONTRACTOR, { to: "nobody@hosho.example", text: "a" })).rejects.toThrow("550");
      expect(mail.deliveries.at(-1)).toMatchObject({
        to: "nobody@hosho.example",
        outcome: "refused",
        code: 550,
      });
    });

    it("refuses one recipient for a while", async () => {
      mail.fail({ on: "refuse", code: 451, to: DESK });
      await expect(mail.send(CONTRACTOR, { to: DESK, text: "a" })).rejects.toThrow("451");
      await expect(mail.send(CONTRACTOR, { to: DESK, text: "a" })).resolves.toMatchObject({ rejected: [] });
    });

    it("refuses a letter at its final dot", async () => {
      mail.fail({ on: "refuse-data", code: 554 });
      const before = (await mail.inbox(DESK)).length;
      await expect(mail.send(CONTRACTOR, { to: DESK, text: "a" })).rejects.toThrow("554");
      expect(await mail.inbox(DESK)).toHaveLength(before);
    });

    it.each([
      ["drop-before-rcpt", 0],
      ["drop-in-data", 0],
      ["drop-after-dot", 1],
    ] as const)("cuts the line: %s leaves %i letter", async (on, more) => {
      const before = (await mail.inbox(DESK)).length;
      const accepted = mail.accepted;
      mail.fail({ on, from: CONTRACTOR });
      await expect(mail.send(CONTRACTOR, { to: DESK, subject: on, text: "a" })).rejects.toThrow();
      expect(await mail.inbox(DESK)).toHaveLength(before + more);
      expect(mail.accepted).toBe(accepted + more);
      expect(mail.deliveries.at(-1)).toMatchObject({ to: DESK, outcome: "dropped", stored: more === 1 });
    });

    it("cuts a client in IDLE", async () => {
      const { host, port, user, password } = mail.imap(DESK);
      const client = new ImapFlow({
        host,
        port,
        secure: false,
        auth: { user, pass: password },
        logger: false,
      });
      client.on("error", () => {});
      await client.connect();
      await client.mailboxOpen("INBOX");
      const closed = new Promise((resolve) => client.once("close", resolve));
      void client.idle();
      await client.noop();
      mail.kick();
      await closed;
      expect(client.usable).toBe(false);
    });

    it("comes back on the same ports with its letters", async () => {
      const before = { letters: (await mail.inbox(DESK)).length, env: mail.env() };
      await mail.stop();
      await expect(mail.inbox(DESK)).rejects.toThrow();
      await mail.start();
      expect(mail.env()).toEqual(before.env);
      expect(await mail.inbox(DESK)).toHaveLength(before.letters);
      await mail.send(CONTRACTOR, { to: DESK, subject: "after", text: "a" });
      await mail.waitForLetter(DESK, ({ subject }) => subject === "after");
    });
  });
