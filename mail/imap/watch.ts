import type { Settings } from "../../core/settings.ts";
import { Fenced } from "../../core/store.ts";
import type { Instant } from "../../core/terms.ts";
import type { FetchedLetter } from "../intake/ingest.ts";
import { errorCode, type Log } from "../log.ts";
import { type Connection, connectImap, type ImapAccess } from "./connection.ts";
import { MailboxFault, mailboxFault } from "./faults.ts";
import { type OpenMailbox, scan } from "./scan.ts";
import { type ConnectionEnd, nextWait, WATCH_TIMING, type WatchTiming } from "./timing.ts";
import { type Watchdog, watchdog } from "./watchdog.ts";

/** Watches one mailbox: scan, IDLE, scan. Sets no flags, moves nothing, takes nothing for granted but places. */

export interface Watcher {
  /** True while the mailbox is open and was scanned at least once on this connection. */
  watching(): boolean;
  lastScanAt(): Instant | null;
  /** The watched mailbox as letters' places name it; null before it was first opened. */
  place(): { mailbox: string; uidValidity: bigint } | null;
  /** How full the mailbox is, 0 to 1; null when the server does not say. */
  quota(): { usedShare: number } | null;
  /** Ends with the letters under way stored, and within seconds although the server be silent. */
  stop(): Promise<void>;
}

export interface WatchOptions extends ImapAccess {
  account: Settings["imap"];
  known(mailbox: string, uidValidity: bigint): Promise<Set<number>>;
  /**
   * Stores letters and says which (UIDs); those left out come again. When it rejects none is stored; when it rejects
   * with `Fenced`, another process holds the office and this watcher ends.
   */
  takeAll(letters: readonly FetchedLetter[]): Promise<{ stored: readonly number[] }>;
  now(): Instant;
  log: Log;
  /** Something a person should know or mend (see {@link LASTING}); once until the mailbox was scanned again. */
  onTrouble?: ((code: string) => void) | undefined;
  timing?: Partial<WatchTiming>;
}

/** Troubles that do not pass by themselves, or that somebody has to know of. */
const LASTING = [
  "authentication_failed",
  "mailbox_missing",
  "mailbox_refused",
  "uidvalidity_missing",
  "uidvalidity_changed",
];

export function watchMailbox(options: WatchOptions): Watcher {
  const watched = new WatchedMailbox(options);
  const running = watched.run();
  return {
    watching: () => watched.watching,
    lastScanAt: () => watched.lastScanAt,
    place: () => watched.place,
    quota: () => watched.quota,
    async stop() {
      watched.end();
      await running;
    },
  };
}

class WatchedMailbox {
  watching = false;
  lastScanAt: Instant | null = null;
  place: { mailbox: string; uidValidity: bigint } | null = null;
  quota: { usedShare: number } | null = null;
  readonly #options: WatchOptions;
  readonly #timing: WatchTiming;
  #stopping = false;
  #told: string | null = null;
  readonly #refused = new Set<number>();
  #wake = () => {};
  #cut = () => {};

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#timing = { ...WATCH_TIMING, ...options.timing };
  }

  /** One connection after the other, until the end. */
  async run(): Promise<void> {
    let wait = this.#timing.reconnectMinMs;
    while (!this.#stopping) {
      wait = nextWait(wait, await this.#oneConnection(), this.#timing);
      // Jitter: many desks do not come back to one server in the same moment.
      await this.#pause(wait * (0.5 + Math.random()));
    }
  }

  end(): void {
    this.#stopping = true;
    this.#wake();
    setTimeout(() => this.#cut(), this.#timing.stopMs).unref();
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** From login to loss. */
  async #oneConnection(): Promise<ConnectionEnd> {
    const { log } = this.#options;
    const cut = new AbortController();
    const session = { open: true, dirty: false, scanned: false };
    let connection: Connection | null = null;
    this.#cut = () => cut.abort();
    const dog = watchdog(
      this.#timing.watchdogMs,
      () => connection?.received() ?? 0,
      () => {
        log.warn({ code: "silent" }, "mailbox connection says nothing, given up");
        cut.abort();
      },
    );
    let code: string | null = null;
    try {
      connection = await connectImap(this.#options, {
        ...{ timing: this.#timing, signal: cut.signal, idle: true, onAnswer: () => dog.alive() },
        onError: (error) => log.warn({ code: errorCode(error) }, "mailbox connection failed"),
        onClose: () => {
          session.open = false;
          this.watching = false;
          this.#wake();
        },
        onExists: () => {
          session.dirty = true;
          this.#wake();
        },
      });
      await this.#watch(connection, dog, session);
    } catch (error) {
      code = this.#explain(error);
    } finally {
      this.watching = false;
      this.#cut = () => {};
      await connection?.leave();
      dog.end();
    }
    return { scanned: session.scanned, code };
  }

  /** Scans, waits to be woken, scans; ends when the connection does. */
  async #watch(
    connection: Connection,
    dog: Watchdog,
    session: { open: boolean; dirty: boolean; scanned: boolean },
  ): Promise<void> {
    const { account, known, takeAll, now, log } = this.#options;
    const open = await connection.open(account.mailbox);
    this.#opened(open);
    const work = {
      open,
      known: await dog.aside(() => known(open.mailbox, open.uidValidity)),
      takeAll: (letters: readonly FetchedLetter[]) => dog.aside(() => takeAll(letters)),
      refused: (uid: number) => this.#refusedLetter(uid),
      stopping: () => this.#stopping,
    };
    let from = 1;
    let wholeScanAt = Date.now();
    let quotaAt = Number.NEGATIVE_INFINITY;
    while (session.open && !this.#stopping) {
      session.dirty = false;
      const { next, failed } = await scan(work, from);
      this.lastScanAt = now();
      this.#told = null;
      if (!session.scanned) log.info({ mailbox: open.mailbox }, "mailbox watched");
      this.watching = session.open;
      session.scanned = true;
      if (Date.now() - quotaAt >= this.#timing.quotaEveryMs) {
        quotaAt = Date.now();
        const usedShare = await connection.quotaShare(account.mailbox);
        this.quota = usedShare === null ? null : { usedShare };
      }
      const { rescanAfterFailureMs, scanEveryMs } = this.#timing;
      if (!session.dirty && session.open) await this.#pause(failed > 0 ? rescanAfterFailureMs : scanEveryMs);
      // Between whole scans only what is new is asked for.
      const whole = failed > 0 || Date.now() - wholeScanAt >= scanEveryMs;
      if (whole) wholeScanAt = Date.now();
      from = whole ? 1 : next;
      if (whole && session.open && !this.#stopping) await this.#lookAnew(connection, open);
    }
  }

  /** Another UIDVALIDITY: nothing is known of it yet, so everything is scanned, and content tells what is new. */
  #opened({ mailbox, uidValidity }: OpenMailbox): void {
    if (this.place !== null && this.place.uidValidity !== uidValidity) {
      const change = { before: String(this.place.uidValidity), after: String(uidValidity) };
      this.#options.log.warn({ mailbox, ...change }, "uidvalidity changed");
      this.#tell("uidvalidity_changed");
    }
    this.place = { mailbox, uidValidity };
  }

  /** Not every server drops the connection when UIDVALIDITY changes under it, as Dovecot does. */
  async #lookAnew(connection: Connection, open: OpenMailbox): Promise<void> {
    const { uidValidity } = await connection.open(this.#options.account.mailbox);
    if (uidValidity !== open.uidValidity) throw new MailboxFault("uidvalidity_changed");
  }

  /** @returns why a connection ended; told in the log and, when somebody should act, to staff. */
  #explain(error: unknown): string | null {
    if (error instanceof Fenced) {
      this.#stopping = true;
      this.#options.log.warn({}, "another process watches this mailbox by now");
      return null;
    }
    if (this.#stopping) return null;
    const { code } = mailboxFault(error);
    // The next connection sees the change and tells of it.
    if (code === "uidvalidity_changed") return code;
    const message = code === "throttled" ? "mail server asks for patience" : "mailbox cannot be watched";
    this.#options.log.warn({ code }, message);
    if (LASTING.includes(code)) this.#tell(code);
    return code;
  }

  /** Asked for again at every whole scan, told once. */
  #refusedLetter(uid: number): void {
    if (this.#refused.has(uid)) return;
    this.#refused.add(uid);
    this.#options.log.error({ uid }, "the server does not give out a letter that it lists");
    this.#options.onTrouble?.("letter_refused");
  }

  #tell(code: string): void {
    if (this.#told === code) return;
    this.#told = code;
    this.#options.onTrouble?.(code);
  }
}
