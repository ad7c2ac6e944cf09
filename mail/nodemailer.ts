import { Readable } from "node:stream";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { MailAccount } from "../core/config.ts";

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

/** How far the letter had gone when sending failed. */
export type SendStage = "connecting" | "envelope" | "letter" | "after_letter";

/** A failed delivery. `message` holds the server's words or the library's code, never credentials or the letter. */
export class SmtpFault extends Error {
  readonly stage: SendStage;
  /** The server's three digits; null when the connection failed without an answer. */
  readonly replyCode: number | null;

  constructor(stage: SendStage, replyCode: number | null, message: string) {
    super(message);
    this.name = "SmtpFault";
    this.stage = stage;
    this.replyCode = replyCode;
  }
}

/** One open, authenticated connection; it takes letters one after another. */
export interface SmtpSession {
  /** @returns the server's words of acceptance. @throws SmtpFault; the session is then of no further use. */
  deliver(envelope: { from: string; to: string }, letter: Uint8Array): Promise<string>;
  /** False once the connection was lost or closed. */
  alive(): boolean;
  close(): void;
}

const CONNECT_MS = 30_000;
/** RFC 5321 §4.5.3.2: between two and ten minutes, depending on the command; the library has one value for all. */
const SOCKET_MS = 300_000;
/** How long the server may take to say goodbye. */
const QUIT_MS = 2_000;
/** Small pieces, so that a connection lost in the middle of a letter is seen to be lost in the middle. */
const PIECE_BYTES = 16_384;

/** Opens a connection and logs in. @throws SmtpFault of stage `connecting`. */
export function openSmtp(account: MailAccount): Promise<SmtpSession> {
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    secure: account.security === "tls",
    requireTLS: account.security === "starttls",
    ignoreTLS: account.security === "none",
    tls: { minVersion: "TLSv1.2" },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SOCKET_MS,
    logger: false,
  });
  let alive = true;
  connection.on("end", () => {
    alive = false;
  });
  const session: SmtpSession = {
    deliver: (envelope, letter) => deliver(connection, envelope, letter),
    alive: () => alive && !connection.destroyed,
    close() {
      if (alive) connection.quit();
      setTimeout(() => connection.close(), QUIT_MS).unref();
    },
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      connection.close();
      reject(fault("connecting", error));
    };
    // Stays for the connection's life: a later error reaches the pending delivery by its callback.
    connection.on("error", fail);
    connection.connect((error) => {
      if (error) fail(error);
      else if (account.user === null) resolve(session);
      else {
        const credentials = { user: account.user, pass: account.password ?? "" };
        connection.login({ ...credentials, credentials }, (refused) =>
          refused ? fail(refused) : resolve(session),
        );
      }
    });
  });
}

function deliver(
  connection: SMTPConnection,
  envelope: { from: string; to: string },
  letter: Uint8Array,
): Promise<string> {
  const body = new LetterStream(letter);
  return new Promise((resolve, reject) => {
    connection.send({ from: envelope.from, to: [envelope.to], size: letter.length }, body, (error, info) => {
      if (!error) return resolve(info?.response ?? "");
      const stage = body.begun ? (body.consumed ? "after_letter" : "letter") : "envelope";
      connection.close();
      reject(fault(stage, error));
    });
  });
}

/** The letter as a stream that remembers how much of it was taken: only then can "not sent" be told from "perhaps". */
class LetterStream extends Readable {
  readonly #letter: Uint8Array;
  #at = 0;

  constructor(letter: Uint8Array) {
    super({ highWaterMark: PIECE_BYTES });
    this.#letter = letter;
  }

  get begun(): boolean {
    return this.#at > 0;
  }

  /** From here on the final dot may have left. */
  get consumed(): boolean {
    return this.#at >= this.#letter.length;
  }

  override _read(): void {
    if (this.consumed) this.push(null);
    else {
      const end = Math.min(this.#at + PIECE_BYTES, this.#letter.length);
      this.push(this.#letter.subarray(this.#at, end));
      this.#at = end;
    }
  }
}

function fault(stage: SendStage, error: Error): SmtpFault {
  const code = "code" in error && typeof error.code === "string" ? error.code : "unknown";
  const reply = "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : null;
  const words =
    "response" in error && typeof error.response === "string" ? error.response.slice(0, 300) : code;
  // A refused login may quote what was sent: only its code is kept.
  return new SmtpFault(stage, reply, code === "EAUTH" ? "EAUTH" : words);
}
