import { type FetchMessageObject, ImapFlow } from "imapflow";
import type { MailAccount, Settings } from "../core/config.ts";
import type { Instant } from "../core/terms.ts";
import type { FetchedLetter } from "./ingest.ts";
import { errorCode, type Log } from "./log.ts";
import { type OpenMailbox, scan } from "./scan.ts";

/** Watches one mailbox over IMAP. The only file that knows imapflow. Sets no flags, moves nothing. */

export interface Watcher {
  /** True while the mailbox is open and was scanned at least once on this connection. */
  watching(): boolean;
  lastScanAt(): Instant | null;
  /** Ends with the letters under way stored. */
  stop(): Promise<void>;
}

export interface WatchOptions {
  account: Settings["imap"];
  known(mailbox: string, uidValidity: bigint): Promise<Set<number>>;
  take(letter: FetchedLetter): Promise<void>;
  now(): Instant;
  log: Log;
}

/** A silent connection is noticed after at most twice this; IDLE is renewed well before. */
const SOCKET_MS = 75_000;
const IDLE_RENEW_MS = 50_000;
/** imapflow starts IDLE after a quiet time; its own 15 s would delay every letter as long. */
const IDLE_AFTER_MS = 100;
/** The safety net under `exists`, which is only a wake-up. */
const SCAN_EVERY_MS = 60_000;
/** When the store refused a letter. */
const RESCAN_AFTER_FAILURE_MS = 5_000;
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 60_000;
/** Well above the largest letter that is fetched (its size is asked first), for servers that misjudge sizes. */
const LITERAL_BYTES_MAX = 64 * 1024 * 1024;
const LOGOUT_MS = 2_000;

export function watchMailbox(options: WatchOptions): Watcher {
  const state = { stopping: false, watching: false, lastScanAt: null as Instant | null, wake: () => {} };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      state.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (state.stopping) state.wake();
    });

  /** One connection from login to loss. @returns whether it ever got to a finished scan. */
  async function oneConnection(): Promise<boolean> {
    const client = newClient(options.account);
    let scanned = false;
    let dirty = false;
    let open = true;
    // Both before connect: an `error` without listener ends the process; a cut during IDLE gives `close` alone.
    client.on("error", (error) => options.log.warn({ code: errorCode(error) }, "mailbox connection failed"));
    client.on("close", () => {
      open = false;
      state.watching = false;
      state.wake();
    });
    client.on("exists", () => {
      dirty = true;
      state.wake();
    });
    try {
      await client.connect();
      const mailbox = await openMailbox(client, options.account.mailbox);
      const known = await options.known(mailbox.mailbox, mailbox.uidValidity);
      const work = { open: mailbox, known, take: options.take, stopping: () => state.stopping };
      let from = 1;
      let wholeScanAt = Date.now();
      while (open && !state.stopping) {
        dirty = false;
        const { next, failed } = await scan(work, from);
        state.lastScanAt = options.now();
        if (!scanned) options.log.info({ mailbox: mailbox.mailbox }, "mailbox watched");
        state.watching = open;
        scanned = true;
        if (!dirty && open) await pause(failed > 0 ? RESCAN_AFTER_FAILURE_MS : SCAN_EVERY_MS);
        // Between whole scans only what is new is asked for.
        const whole = failed > 0 || Date.now() - wholeScanAt >= SCAN_EVERY_MS;
        if (whole) wholeScanAt = Date.now();
        from = whole ? 1 : next;
      }
    } catch (error) {
      if (!state.stopping) options.log.warn({ code: faultCode(error) }, "mailbox cannot be watched");
    } finally {
      state.watching = false;
      await leave(client);
    }
    return scanned;
  }

  async function run(): Promise<void> {
    let wait = RECONNECT_MIN_MS;
    while (!state.stopping) {
      wait = (await oneConnection()) ? RECONNECT_MIN_MS : Math.min(wait * 2, RECONNECT_MAX_MS);
      // Jitter: many desks do not come back to one server in the same moment.
      if (!state.stopping) await pause(wait * (0.5 + Math.random()));
    }
  }

  const running = run();
  return {
    watching: () => state.watching,
    lastScanAt: () => state.lastScanAt,
    async stop() {
      state.stopping = true;
      state.wake();
      await running;
    },
  };
}

/** A connection cannot be used again: a new object each time. */
function newClient(account: MailAccount): ImapFlow {
  return new ImapFlow({
    host: account.host,
    port: account.port,
    secure: account.security === "tls",
    // Without this a stripped STARTTLS would leave the session in clear text.
    doSTARTTLS: account.security === "starttls",
    tls: { minVersion: "TLSv1.2" },
    auth: { user: account.user ?? "", pass: account.password ?? "" },
    logger: false,
    socketTimeout: SOCKET_MS,
    maxIdleTime: IDLE_RENEW_MS,
    autoIdleDelay: IDLE_AFTER_MS,
    missingIdleCommand: "NOOP",
    maxLiteralSize: LITERAL_BYTES_MAX,
    maxResponseSize: 2 * LITERAL_BYTES_MAX,
    disableAutoEnable: true,
  });
}

/** Opens read-only (EXAMINE): whatever is fetched, no flag changes. */
async function openMailbox(client: ImapFlow, name: string): Promise<OpenMailbox> {
  const { uidValidity } = await client.mailboxOpen(name, { readOnly: true }).catch((error: unknown) => {
    const refused = error instanceof Error && "responseStatus" in error;
    throw refused ? new MailboxFault("mailbox_missing") : error;
  });
  // RFC 9051 §2.3.1.1: without UIDVALIDITY a UID names nothing.
  if (typeof uidValidity !== "bigint" || uidValidity === 0n) throw new MailboxFault("uidvalidity_missing");
  const set = (uids: readonly number[]) => uids.join(",");
  const uid = { uid: true };
  return {
    mailbox: name,
    uidValidity,
    async uids(from) {
      if (client.mailbox === false || client.mailbox.uidValidity !== uidValidity)
        throw new MailboxFault("uidvalidity_changed");
      const found = await client.search({ uid: `${from}:*` }, uid);
      if (!Array.isArray(found)) throw new MailboxFault("search_failed");
      return found.sort((a, b) => a - b);
    },
    async sizes(uids) {
      const found = await client.fetchAll(set(uids), { uid: true, size: true, internalDate: true }, uid);
      return found.map((one) => ({ uid: one.uid, size: one.size ?? 0, receivedAt: receivedAt(one) }));
    },
    async letters(uids) {
      const found = await client.fetchAll(set(uids), { uid: true, source: true }, uid);
      return pick(found, (one) => one.source);
    },
    async headers(uids) {
      const found = await client.fetchAll(set(uids), { uid: true, headers: true }, uid);
      return pick(found, (one) => one.headers);
    },
  };
}

function pick(
  found: FetchMessageObject[],
  part: (one: FetchMessageObject) => Buffer | undefined,
): Map<number, Uint8Array> {
  const parts = new Map<number, Uint8Array>();
  for (const one of found) {
    const bytes = part(one);
    // An empty answer is no letter: it is asked for again at the next scan rather than stored as one.
    if (bytes !== undefined && bytes.length > 0) parts.set(one.uid, bytes);
  }
  return parts;
}

function receivedAt(message: FetchMessageObject): Instant {
  const date = new Date(message.internalDate ?? Number.NaN);
  if (Number.isNaN(date.getTime())) throw new MailboxFault("internaldate_missing");
  return date.toISOString();
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

/** A mailbox that cannot be watched as it is; the code is worded in `templates/ja/operator.json`. */
class MailboxFault extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function faultCode(error: unknown): string {
  if (error instanceof Error && "authenticationFailed" in error && error.authenticationFailed === true)
    return "authentication_failed";
  if (error instanceof Error && "mailboxMissing" in error && error.mailboxMissing === true)
    return "mailbox_missing";
  return errorCode(error);
}

/** Logs in, opens the mailbox and leaves. @returns null when that works, else a code. */
export async function probeMailbox(account: Settings["imap"]): Promise<string | null> {
  const client = newClient(account);
  client.on("error", () => {});
  try {
    await client.connect();
    await openMailbox(client, account.mailbox);
    return null;
  } catch (error) {
    return faultCode(error);
  } finally {
    await leave(client);
  }
}
