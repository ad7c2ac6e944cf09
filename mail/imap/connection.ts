import { ImapFlow, type ImapFlowOptions } from "imapflow";
import type { MailAccount } from "../../core/settings.ts";
import { type FilingMailbox, filing, type ImapMailbox, openBox, reading } from "./box.ts";
import { MailboxFault, mailboxFault } from "./faults.ts";

/** One IMAP connection and the commands the mail door needs. The only file that knows imapflow. */

/** How to get in: by password, or by `token` (XOAUTH2 or OAUTHBEARER, RFC 7628) when the account has `oauth`. */
export interface ImapAccess {
  account: MailAccount;
  /** An access token that holds now; asked for at every connection. */
  token?: (() => Promise<string>) | undefined;
  /** The server refused the token: the next one must be a new one. */
  onTokenRefused?: (() => void) | undefined;
}

/**
 * A half-open connection says nothing, so silence has to be measured. A command in flight is given up after
 * `socketMs` without a byte. In IDLE silence is normal: after `idleRenewMs` the client ends it, and that command is
 * then given up after `socketMs`. The worst case is the sum, 105 s: within the two minutes that are promised.
 */
export interface ImapTiming {
  /** Name look-up, TCP and TLS together. */
  connectMs: number;
  socketMs: number;
  idleRenewMs: number;
}
export const IMAP_TIMING: ImapTiming = { connectMs: 20_000, socketMs: 60_000, idleRenewMs: 45_000 };

export interface ConnectOptions {
  timing?: ImapTiming;
  /** Cuts the connection at once, also while it is being made. */
  signal: AbortSignal;
  /** Stay in IDLE between commands; short-lived connections do not. */
  idle?: boolean;
  onError?: (error: unknown) => void;
  onClose?: () => void;
  /** Something arrived, perhaps: a wake-up, nothing more. */
  onExists?: () => void;
  /** A command was answered. */
  onAnswer?: () => void;
}

export interface Connection {
  /** Opens read-only (EXAMINE): whatever is fetched, no flag changes. Again for the same mailbox: looks anew. */
  open(mailbox: string): Promise<ImapMailbox>;
  /** Opens for moving; null when the server cannot move safely, by MOVE and UIDPLUS, or does not let us. */
  openForFiling(mailbox: string): Promise<FilingMailbox | null>;
  /** The fullest of the mailbox's quotas, 0 to 1; null when the server tells none (RFC 9208). */
  quotaShare(mailbox: string): Promise<number | null>;
  /** Bytes received so far. */
  received(): number;
  /** Logs out, within bounds. */
  leave(): Promise<void>;
}

/** imapflow starts IDLE after a quiet time; its own 15 s would delay every letter as long. */
const IDLE_AFTER_MS = 100;
/** Well above the largest letter that is fetched (its size is asked first), for servers that misjudge sizes. */
const LITERAL_BYTES_MAX = 64 * 1024 * 1024;
const LOGOUT_MS = 2_000;

/**
 * Names a mailbox for ever: `user@host/mailbox`. The account belongs to it: two accounts may share mailbox name,
 * UIDVALIDITY (often a time) and UIDs, and after a move to another account new letters would count as known.
 */
export function mailboxKey(account: Pick<MailAccount, "user" | "host">, mailbox: string): string {
  const name = isInbox(mailbox) ? "INBOX" : mailbox;
  return `${account.user ?? ""}@${account.host.toLowerCase()}/${name}`;
}

/** INBOX is the one name without case (RFC 9051 §5.1). */
export function isInbox(mailbox: string): boolean {
  return mailbox.toUpperCase() === "INBOX";
}

/** Connects and logs in, with a new client each time: a closed one cannot be used again. @throws MailboxFault */
export async function connectImap(access: ImapAccess, options: ConnectOptions): Promise<Connection> {
  const token = await access.token?.();
  if (options.signal.aborted) throw new MailboxFault("stopped");
  const client = new ImapFlow(clientOptions(access.account, token, options));
  // Before connect: an `error` without listener ends the process; a cut during IDLE gives `close` alone.
  client.on("error", (error) => options.onError?.(error));
  client.on("close", () => options.onClose?.());
  client.on("exists", () => options.onExists?.());
  const cut = () => client.close();
  options.signal.addEventListener("abort", cut, { once: true });
  try {
    await client.connect();
  } catch (error) {
    client.close();
    options.signal.removeEventListener("abort", cut);
    const fault = mailboxFault(error);
    if (token !== undefined && fault.code === "authentication_failed") access.onTokenRefused?.();
    throw fault;
  }
  options.onAnswer?.();
  return connection(client, access.account, options);
}

function clientOptions(account: MailAccount, token: string | undefined, options: ConnectOptions) {
  const { connectMs, socketMs, idleRenewMs } = options.timing ?? IMAP_TIMING;
  const user = account.user ?? "";
  const settings: ImapFlowOptions = {
    host: account.host,
    port: account.port,
    secure: account.security === "tls",
    // Without this a stripped STARTTLS would leave the session in clear text.
    doSTARTTLS: account.security === "starttls",
    tls: { minVersion: "TLSv1.2" },
    auth: token === undefined ? { user, pass: account.password ?? "" } : { user, accessToken: token },
    logger: false,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: socketMs,
    maxIdleTime: idleRenewMs,
    autoIdleDelay: IDLE_AFTER_MS,
    disableAutoIdle: options.idle !== true,
    missingIdleCommand: "NOOP",
    maxLiteralSize: LITERAL_BYTES_MAX,
    maxResponseSize: 2 * LITERAL_BYTES_MAX,
    disableAutoEnable: true,
  };
  return settings;
}

function connection(client: ImapFlow, account: MailAccount, { onAnswer }: ConnectOptions): Connection {
  const answered = async <T>(command: Promise<T>): Promise<T> => {
    const answer = await command.catch((error: unknown) => {
      throw mailboxFault(error);
    });
    onAnswer?.();
    return answer;
  };
  return {
    async open(name) {
      const uidValidity = await answered(openBox(client, name, true));
      return { mailbox: mailboxKey(account, name), uidValidity, ...reading(client, uidValidity, answered) };
    },
    async openForFiling(name) {
      // Without MOVE imapflow copies, flags and expunges, and without UIDPLUS that expunges what others flagged.
      if (!client.capabilities.has("MOVE") || !client.capabilities.has("UIDPLUS")) return null;
      const uidValidity = await answered(openBox(client, name, false));
      if (client.mailbox === false || client.mailbox.readOnly === true) return null;
      const { headers } = reading(client, uidValidity, answered);
      return { uidValidity, headers, ...filing(client, answered) };
    },
    async quotaShare(name) {
      const quota = await answered(client.getQuota(name));
      if (typeof quota !== "object") return null;
      const shares = Object.values(quota).flatMap((one) =>
        typeof one === "object" && one.limit ? [(one.usage ?? 0) / one.limit] : [],
      );
      return shares.length === 0 ? null : Math.max(...shares);
    },
    received: () => client.stats().received,
    leave: () => leave(client),
  };
}

async function leave(client: ImapFlow): Promise<void> {
  if (!client.usable) return client.close();
  const timer = setTimeout(() => client.close(), LOGOUT_MS);
  try {
    await client.logout();
  } catch {
    client.close();
  } finally {
    clearTimeout(timer);
  }
}

/** Looking into a mailbox by the way takes this long at most. */
const LOOK_MS = 60_000;

/** Logs in, opens the mailbox and leaves. @returns null when that works, else a code. */
export async function probeMailbox(
  account: MailAccount & { mailbox: string },
  access: Omit<ImapAccess, "account"> = {},
): Promise<string | null> {
  try {
    const connection = await connectImap({ ...access, account }, { signal: AbortSignal.timeout(LOOK_MS) });
    try {
      await connection.open(account.mailbox);
    } finally {
      await connection.leave();
    }
    return null;
  } catch (error) {
    return mailboxFault(error).code;
  }
}

/** What lies in a folder now. */
export interface FolderUids {
  /** As asked for. */
  folder: string;
  /** As in a letter's place: {@link mailboxKey}. */
  mailbox: string;
  uidValidity: bigint;
  uids: number[];
}

/**
 * Every UID in these folders, over a connection of its own; for the reconciliation with what was recorded. Folders that
 * do not exist are left out. @throws MailboxFault when one that exists could not be looked at.
 */
export async function listUids(access: ImapAccess, folders: readonly string[]): Promise<FolderUids[]> {
  const connection = await connectImap(access, { signal: AbortSignal.timeout(LOOK_MS) });
  const found: FolderUids[] = [];
  try {
    for (const folder of folders) {
      const box = await connection.open(folder).catch((error: unknown) => {
        if (mailboxFault(error).code === "mailbox_missing") return null;
        throw error;
      });
      if (box === null) continue;
      const { mailbox, uidValidity } = box;
      found.push({ folder, mailbox, uidValidity, uids: await box.uids(1) });
    }
    return found;
  } finally {
    await connection.leave();
  }
}
