import { ImapFlow } from "imapflow";
import { simpleParser } from "mailparser";
import nodemailer from "nodemailer";

/**
 * The floor of the mail engine, as its own process: the bare loop imapflow → mailparser → nodemailer. It keeps
 * nothing, checks nothing, forgets letters that it fails over, and loses letters when it dies. 50 letters a fetch, 5
 * at a time, a pool of 5 SMTP connections, a constant attachment of 30 kB, one flag command a batch.
 */
const BATCH = 50;
const AT_A_TIME = 5;
const ATTACHMENT = Buffer.alloc(30_000, 7);

const env = (name: string): string => process.env[name] ?? "";
const auth = { user: env("IMAP_USER"), pass: env("IMAP_PASSWORD") };
const client = new ImapFlow({
  host: env("IMAP_HOST"),
  port: Number(env("IMAP_PORT")),
  secure: false,
  auth,
  logger: false,
});
const pool = nodemailer.createTransport({
  host: env("SMTP_HOST"),
  port: Number(env("SMTP_PORT")),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: AT_A_TIME,
  auth: { user: env("SMTP_USER"), pass: env("SMTP_PASSWORD") },
});

async function answer(source: Buffer): Promise<void> {
  const letter = await simpleParser(source, {
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
  });
  await pool.sendMail({
    from: env("MAIL_FROM"),
    to: letter.from?.value[0]?.address,
    subject: `Re: ${letter.subject}`,
    text: letter.text ?? "",
    ...(letter.messageId === undefined ? {} : { inReplyTo: letter.messageId }),
    attachments: [{ filename: "answer.pdf", content: ATTACHMENT }],
  });
}

let failed = 0;
await client.connect();
await client.mailboxOpen("INBOX");
const uids = (await client.search({ seen: false }, { uid: true })) || [];
for (let start = 0; start < uids.length; start += BATCH) {
  const batch = uids.slice(start, start + BATCH);
  const letters = await client.fetchAll(batch, { source: true }, { uid: true });
  const sources = letters.flatMap(({ source }) => (source === undefined ? [] : [source]));
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let source = sources.shift(); source !== undefined; source = sources.shift())
        await answer(source).catch(() => failed++);
    }),
  );
  await client.messageFlagsAdd(batch, ["\\Seen"], { uid: true });
}
pool.close();
await client.logout();
const { user, system } = process.cpuUsage();
process.send?.({ letters: uids.length, failed, cpuMs: (user + system) / 1000 });
process.disconnect?.();
