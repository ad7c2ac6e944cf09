import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import XOAuth2 from "nodemailer/lib/xoauth2";
import type { MailAccount } from "../../core/settings.ts";
import { TokenFault } from "../oauth/request.ts";
import type { Tokens } from "../oauth/tokens.ts";
import type { DkimKey } from "./dkim-key.ts";
import { dsnOf, type Envelope } from "./envelope.ts";
import { faultOf, SmtpFault } from "./fault.ts";
import { LetterStream } from "./stream.ts";

/** The only file that knows nodemailer: writes letters as bytes, and speaks SMTP one connection at a time. */

/** A letter to be written: UTF-8 plain text and files. */
export interface LetterParts {
  from: string | null;
  to: string[];
  cc: string[];
  subject: string;
  text: string;
  /** ISO 8601; null for a draft, which gets its date when it is sent. */
  date: string | null;
  messageId: string | null;
  inReplyTo: string | null;
  references: string[];
  headers: Record<string, string>;
  /** Part of every MIME boundary: the same parts give the same bytes. */
  boundary: string;
  attachments: { filename: string; contentType: string; content: Uint8Array }[];
}

/** Writes a letter. Nothing is fetched from files or the network, whatever the parts say. */
export async function writeLetter(parts: LetterParts): Promise<Buffer> {
  const composer = new MailComposer({
    ...(parts.from === null ? {} : { from: { name: "", address: parts.from } }),
    to: parts.to.map((address) => ({ name: "", address })),
    cc: parts.cc.map((address) => ({ name: "", address })),
    subject: parts.subject,
    text: parts.text,
    ...(parts.date === null ? {} : { date: new Date(parts.date) }),
    ...(parts.messageId === null ? {} : { messageId: parts.messageId }),
    ...(parts.inReplyTo === null ? {} : { inReplyTo: parts.inReplyTo }),
    references: parts.references,
    headers: parts.headers,
    attachments: parts.attachments.map(({ filename, contentType, content }) => ({
      filename,
      contentType,
      content: Buffer.from(content.buffer, content.byteOffset, content.byteLength),
      contentDisposition: "attachment",
    })),
    baseBoundary: parts.boundary,
    textEncoding: "B",
    newline: "win",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** RFC 6376 §5.4.1: what a reader sees and what tells our letters apart. Nothing that servers on the way write. */
const SIGNED_FIELDS =
  "From:Subject:To:Date:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:In-Reply-To:References:Auto-Submitted";

/**
 * Signs a finished letter: DKIM, relaxed/relaxed, rsa-sha256, over the whole body, no `l=` (RFC 6376 §8.2). Done before
 * the bytes are stored, so that every attempt sends the same.
 * @returns the signature field and the letter, unchanged, below it.
 */
export async function signLetter(letter: Buffer, { domain, selector, privateKey }: DkimKey): Promise<Buffer> {
  const signer = new DKIM({
    domainName: domain,
    keySelector: selector,
    privateKey,
    headerFieldNames: SIGNED_FIELDS,
  });
  const bytes = await buffer(signer.sign(letter));
  // The library leaves a signature out without a word when the key does not do.
  if (!bytes.subarray(0, 15).equals(Buffer.from("DKIM-Signature:"))) throw new Error("letter not signed");
  return bytes;
}

/** One open, authenticated connection; it takes letters one after another. */
export interface SmtpSession {
  /**
   * @param withinMs the letter is given up after this time, at most DELIVERY_MS.
   * @returns the server's words of acceptance. @throws SmtpFault; the session is then of no further use.
   */
  deliver(envelope: Envelope, letter: Uint8Array, withinMs?: number): Promise<string>;
  /** False once the connection was lost or closed. */
  alive(): boolean;
  close(): void;
}

/** Connecting, TLS, login and, with XOAUTH2, the tokens and one more try, all together. */
export const OPEN_MS = 120_000;
/** One letter from MAIL FROM to the answer to the final dot: as long as that answer alone may take (RFC 5321 §4.5.3.2.6). */
export const DELIVERY_MS = 600_000;
/** Until the server wants the letter; RFC 5321 §4.5.3.2.2 to .4 ask for five minutes at most. Nothing has left before. */
const ENVELOPE_MS = 300_000;
const CONNECT_MS = 30_000;
/** How long the server may take to say goodbye. */
const QUIT_MS = 2_000;
/**
 * Opens a connection and logs in. A token that the server refuses is dropped, and one fresh token tried.
 * @param tokens needed when `account.oauth` is set. @param openMs at most this long, all in all.
 * @throws SmtpFault of stage `connecting`.
 */
export async function openSmtp(
  account: MailAccount,
  tokens: Tokens | null = null,
  openMs = OPEN_MS,
): Promise<SmtpSession> {
  const until = performance.now() + openMs;
  const left = () => Math.max(1, until - performance.now());
  if (account.oauth === null) return openOnce(account, null, left());
  if (tokens === null) throw new SmtpFault("connecting", null, "token_missing");
  const token = await tokenFrom(tokens, left());
  try {
    return await openOnce(account, token, left());
  } catch (error) {
    if (!isRefusedLogin(error)) throw error;
    tokens.drop(token);
    const fresh = await tokenFrom(tokens, left());
    if (fresh === token) throw error;
    return openOnce(account, fresh, left());
  }
}

async function tokenFrom(tokens: Tokens, withinMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SmtpFault("connecting", null, "token_unreachable")), withinMs);
  });
  try {
    return await Promise.race([tokens.accessToken(), late]);
  } catch (error) {
    if (error instanceof TokenFault) throw new SmtpFault("connecting", null, error.code);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Throttling (454, RFC 4954 §6) is no refusal: a fresh token would not help. */
function isRefusedLogin(error: unknown): boolean {
  return (
    error instanceof SmtpFault &&
    error.message === "EAUTH" &&
    (error.replyCode === null || error.replyCode >= 500)
  );
}

function openOnce(account: MailAccount, accessToken: string | null, withinMs: number): Promise<SmtpSession> {
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    secure: account.security === "tls",
    requireTLS: account.security === "starttls",
    ignoreTLS: account.security === "none",
    tls: { minVersion: "TLSv1.2" },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: DELIVERY_MS,
    logger: false,
  });
  let alive = true;
  connection.on("end", () => {
    alive = false;
  });
  const session: SmtpSession = {
    deliver: (envelope, letter, within = DELIVERY_MS) =>
      deliver(connection, envelope, letter, Math.min(within, DELIVERY_MS)),
    alive: () => alive && !connection.destroyed,
    close() {
      if (alive) connection.quit();
      setTimeout(() => connection.close(), QUIT_MS).unref();
    },
  };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(timeout()), withinMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      connection.close();
      reject(faultOf("connecting", error));
    };
    const done = () => {
      clearTimeout(timer);
      resolve(session);
    };
    // Stays for the connection's life: a later error reaches the pending delivery by its callback.
    connection.on("error", fail);
    connection.connect((error) => {
      if (error) fail(error);
      else if (account.user === null) done();
      else
        connection.login(loginOf(account, account.user, accessToken), (refused) =>
          refused ? fail(refused) : done(),
        );
    });
  });
}

function loginOf(account: MailAccount, user: string, accessToken: string | null) {
  if (accessToken === null) {
    const credentials = { user, pass: account.password ?? "" };
    return { ...credentials, credentials };
  }
  // Asked to renew after a refusal (334 with its reason, then 535), it says no: we try again with a connection of its own.
  const oauth2 = new XOAuth2(
    { user, accessToken, provisionCallback: (_user, _renew, done) => done(new Error("refused")) },
    false,
  );
  return { user, oauth2 };
}

function deliver(
  connection: SMTPConnection,
  envelope: Envelope,
  letter: Uint8Array,
  withinMs: number,
): Promise<string> {
  const body = new LetterStream(letter);
  const { from, to } = envelope;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const stage = body.begun ? (body.consumed ? "after_letter" : "letter") : "envelope";
      settle();
      connection.close();
      reject(faultOf(stage, error));
    };
    const whole = setTimeout(() => fail(timeout()), withinMs);
    const beginning = setTimeout(() => body.begun || fail(timeout()), Math.min(ENVELOPE_MS, withinMs));
    const settle = () => {
      clearTimeout(whole);
      clearTimeout(beginning);
    };
    connection.send({ from, to: [to], size: letter.length, ...dsnOf(envelope) }, body, (error, info) => {
      if (error) return fail(error);
      settle();
      resolve(info?.response ?? "");
    });
  });
}

function timeout(): Error {
  return Object.assign(new Error("timeout"), { code: "ETIMEDOUT" });
}
