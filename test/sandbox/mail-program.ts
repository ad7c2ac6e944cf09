import { ImapFlow } from "imapflow";
import { type AddressObject, simpleParser } from "mailparser";
import { createTransport } from "nodemailer";
import type { Account, Draft, Letter, Sent } from "./mail-types.ts";

/** Sends a letter the way a person's mail program does: one connection, own address in From. */
export async function sendAs(account: Account, draft: Draft): Promise<Sent> {
  const { host, port, user, password } = account;
  const transport = createTransport({
    host,
    port,
    secure: false,
    ignoreTLS: true,
    auth: { user, pass: password },
  });
  const { raw, envelopeFrom, ...parts } = draft;
  const to = [draft.to, draft.cc ?? []].flat();
  const envelope = { from: envelopeFrom ?? user, to };
  try {
    const info = await transport.sendMail(
      raw === undefined ? { from: user, ...parts, envelope } : { raw, envelope },
    );
    const bare = (list: unknown) => (Array.isArray(list) ? list.map(String) : []);
    return { messageId: info.messageId, accepted: bare(info.accepted), rejected: bare(info.rejected) };
  } finally {
    transport.close();
  }
}

/** Every letter of a mailbox over IMAP, oldest first; an empty list when there is no such mailbox. */
export async function readMailbox(account: Account, mailbox: string): Promise<Letter[]> {
  const { host, port, user, password } = account;
  const client = new ImapFlow({
    host,
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  });
  // Without a listener a cut connection would end the process; the command in flight rejects anyway.
  client.on("error", () => {});
  await client.connect();
  try {
    const known = await client.list();
    if (!known.some(({ path }) => path === mailbox)) return [];
    const lock = await client.getMailboxLock(mailbox);
    try {
      if (client.mailbox === false || client.mailbox.exists === 0) return [];
      const found = await client.fetchAll("1:*", { uid: true, flags: true, source: true });
      return await Promise.all(
        found.map((m) => opened(m.uid, [...(m.flags ?? [])], m.source ?? Buffer.alloc(0))),
      );
    } finally {
      lock.release();
    }
  } finally {
    await client.logout().catch(() => client.close());
  }
}

async function opened(uid: number, flags: string[], raw: Buffer): Promise<Letter> {
  const mail = await simpleParser(raw);
  const headers = new Map<string, string>();
  for (const { key, line } of mail.headerLines) {
    if (!headers.has(key))
      headers.set(
        key,
        line
          .slice(line.indexOf(":") + 1)
          .replace(/\r?\n\s+/g, " ")
          .trim(),
      );
  }
  return {
    uid,
    from: addresses(mail.from)[0] ?? "",
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html === false ? null : mail.html,
    attachments: mail.attachments.map(({ filename, contentType, content }) => ({
      filename,
      contentType,
      bytes: content,
    })),
    headers,
    messageId: mail.messageId ?? "",
    inReplyTo: mail.inReplyTo,
    flags,
    raw,
  };
}

function addresses(field: AddressObject | AddressObject[] | undefined): string[] {
  if (field === undefined) return [];
  return [field].flat().flatMap(({ value }) => value.map(({ address }) => (address ?? "").toLowerCase()));
}
