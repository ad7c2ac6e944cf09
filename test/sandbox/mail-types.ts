/** The mail world of a test, the same whether letters lie in memory or in a real Dovecot. */

export interface Account {
  host: string;
  port: number;
  user: string;
  password: string;
}

interface LetterAttachment {
  filename: string | undefined;
  contentType: string;
  bytes: Buffer;
}

/** A letter as a person's mail program shows it. Addresses are bare and lower-cased. */
export interface Letter {
  uid: number;
  from: string;
  to: string[];
  cc: string[];
  subject: string;
  text: string;
  html: string | null;
  attachments: LetterAttachment[];
  /** First value of each header by lower-cased name, unfolded. */
  headers: Map<string, string>;
  messageId: string;
  inReplyTo: string | undefined;
  flags: string[];
  raw: Buffer;
}

/** A letter that a person writes; `raw` sends finished bytes as they are. */
export interface Draft {
  to: string | string[];
  cc?: string | string[];
  subject?: string;
  text?: string;
  html?: string;
  attachments?: { filename: string; content: Buffer | string; contentType?: string }[];
  headers?: Record<string, string>;
  inReplyTo?: string;
  messageId?: string;
  /** Another From than the account's own address. */
  from?: string;
  /** Another envelope sender; empty for the null sender of bounces. */
  envelopeFrom?: string;
  raw?: Buffer | string;
}

export interface Sent {
  messageId: string;
  accepted: string[];
  rejected: string[];
}

/** One recipient that the SMTP server was asked for. */
export interface Delivery {
  from: string;
  to: string;
  outcome: "delivered" | "refused" | "dropped";
  /** SMTP reply code, when there was one. */
  code: number | null;
  messageId: string | null;
  /** The letter lies in the mailbox although the client may not know (dropped after the final dot). */
  stored: boolean;
}

/**
 * refuse: answer RCPT with `code` (550). refuse-data: answer the final dot with `code`.
 * drop-before-rcpt, drop-in-data, drop-after-dot: cut the line there; after the dot the letter is stored unless `lose`.
 * slow: answer the final dot `delayMs` late.
 */
export interface MailFault {
  on: "refuse" | "refuse-data" | "drop-before-rcpt" | "drop-in-data" | "drop-after-dot" | "slow";
  code?: number;
  delayMs?: number;
  lose?: boolean;
  /** Strikes this envelope recipient only. */
  to?: string;
  /** Strikes this envelope sender only. */
  from?: string;
  /** How often it strikes; 1 unless told. */
  times?: number;
}

export interface MailOptions {
  /** Mailboxes by address; the first is the desk's. */
  users: string[];
  /** The border server adds Authentication-Results under this name: dmarc=pass when From is the account's own domain. */
  authservId?: string;
}

export interface LoopbackMail {
  readonly kind: "memory" | "dovecot";
  readonly users: string[];
  /** The desk's SMTP account. */
  readonly smtp: Account;
  imap(user: string): Account;
  /** Gives an address a mailbox, as its own domain's server would; one that has one keeps it. Memory only. */
  join(user: string): Promise<void>;
  /** Sends as a person's mail program would. Rejects with nodemailer's error when every recipient is refused. */
  send(user: string, draft: Draft): Promise<Sent>;
  /** Letters in a mailbox, oldest first, read over IMAP. */
  inbox(user: string, mailbox?: string): Promise<Letter[]>;
  /** The first letter in the inbox that fits; waits for deliveries, rejects at the time limit (5 s unless told). */
  waitForLetter(
    user: string,
    fits: (letter: Letter) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<Letter>;
  readonly deliveries: Delivery[];
  /** Letters that ended in a mailbox, by any sender. */
  readonly accepted: number;
  fail(fault: MailFault): void;
  /** Forgets planned faults. */
  heal(): void;
  /** Cuts every IMAP connection; the server goes on. */
  kick(): void;
  /** Closes both ports and every connection; letters are kept. */
  stop(): Promise<void>;
  /** Opens the same ports again. */
  start(): Promise<void>;
  /** Stops for good and removes what was written to disk. */
  remove(): Promise<void>;
  /** IMAP_*, SMTP_* and MAIL_FROM settings of an account, the desk's unless told. */
  env(user?: string): Record<string, string>;
}

/** Where letters lie: what differs between the kinds. */
export interface MailStore {
  readonly kind: LoopbackMail["kind"];
  imapPort(user: string): number;
  /** One more mailbox while the server runs. */
  add(user: string): Promise<void>;
  deliver(to: string, letter: Buffer, envelopeFrom: string): Promise<void>;
  kick(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export const PASSWORD = "loopback-password";
