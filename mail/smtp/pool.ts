import type { MailAccount } from "../../core/settings.ts";
import type { Tokens } from "../oauth/tokens.ts";
import type { Envelope } from "./envelope.ts";
import { plainWords, SmtpFault } from "./fault.ts";
import { DELIVERY_MS, OPEN_MS, openSmtp, type SmtpSession } from "./nodemailer.ts";

/** What became of one attempt to send. `detail` is for staff and logs. */
export type SendVerdict =
  /** The server took it. */
  | { outcome: "sent"; detail: string }
  /** The server certainly has not got it: to be tried again. */
  | { outcome: "not_sent"; detail: string }
  /**
   * The server said for good that it will not take this letter. Scope `address`: nor any other for this recipient.
   * Scope `letter`: because of what it is (size, content, policy); another one may be taken.
   */
  | { outcome: "refused"; scope: "address" | "letter"; detail: string }
  /** The connection was lost after the letter may have arrived whole: nobody knows, nobody sends it again blindly. */
  | { outcome: "uncertain"; detail: string };

/** Sends letters, several in a row over one connection. */
export interface SmtpPool {
  /**
   * Makes sure of a connection before a letter is taken up: connecting is the long part, and a process that ends during
   * it leaves no letter behind of which nobody knows whether it left. @returns why there is none, else null.
   */
  prepare(): Promise<SendVerdict | null>;
  /** Ends within SEND_MS, whatever the server does. */
  send(envelope: Envelope, letter: Uint8Array): Promise<SendVerdict>;
  /** False after the server could not be reached, or refused our login, until it is reached again. */
  reachable(): boolean;
  /** Closes what is idle; letters under way end first because their callers wait for them. */
  stop(): void;
}

/** Connections kept after use; servers limit how many one client holds. */
const IDLE_SESSIONS_MAX = 4;
/** Servers close idle connections after minutes (RFC 5321 §4.5.3.2.7: at least five); we let go long before. */
const IDLE_MS = 10_000;

/** The longest a letter can be under way: a lease on it lasts longer. */
export const SEND_MS = OPEN_MS + DELIVERY_MS;

export interface SmtpPoolOptions {
  /** Needed when `account.oauth` is set. */
  tokens?: Tokens | null;
  /** Instead of SEND_MS. */
  sendMs?: number | undefined;
}

export function smtpPool(
  account: MailAccount,
  { tokens = null, sendMs = SEND_MS }: SmtpPoolOptions = {},
): SmtpPool {
  const idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  let stopped = false;
  let reachable = true;

  async function open(openMs = OPEN_MS): Promise<SmtpSession> {
    try {
      const session = await openSmtp(account, tokens, openMs);
      reachable = true;
      return session;
    } catch (error) {
      reachable = false;
      throw error;
    }
  }

  function takeIdle(): SmtpSession | null {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      clearTimeout(last.timer);
      if (last.session.alive()) return last.session;
    }
    return null;
  }

  function giveBack(session: SmtpSession): void {
    if (stopped || idle.length >= IDLE_SESSIONS_MAX) {
      session.close();
      return;
    }
    const entry = { session, timer: setTimeout(() => drop(), IDLE_MS) };
    const drop = () => {
      const at = idle.indexOf(entry);
      if (at >= 0) idle.splice(at, 1);
      session.close();
    };
    entry.timer.unref();
    idle.push(entry);
  }

  async function attempt(session: SmtpSession, envelope: Envelope, letter: Uint8Array, withinMs: number) {
    const detail = await session.deliver(envelope, letter, withinMs);
    giveBack(session);
    return { outcome: "sent", detail: plainWords(detail) } as const;
  }

  return {
    async prepare() {
      if (idle.some(({ session }) => session.alive())) return null;
      try {
        giveBack(await open());
        return null;
      } catch (error) {
        return verdictOn(error);
      }
    },
    async send(envelope, letter) {
      const until = performance.now() + sendMs;
      const left = () => Math.max(1, until - performance.now());
      const used = takeIdle();
      try {
        if (used !== null) {
          try {
            return await attempt(used, envelope, letter, left());
          } catch (error) {
            if (!isStale(error)) throw error;
          }
        }
        const session = await open(Math.min(OPEN_MS, left()));
        return await attempt(session, envelope, letter, left());
      } catch (error) {
        return verdictOn(error);
      }
    },
    reachable: () => reachable,
    stop() {
      stopped = true;
      for (const entry of idle.splice(0)) {
        clearTimeout(entry.timer);
        entry.session.close();
      }
    },
  };
}

/** An idle connection that the server had closed meanwhile, or closes now with 421: nothing was begun. */
function isStale(error: unknown): boolean {
  return (
    error instanceof SmtpFault &&
    error.stage === "envelope" &&
    (error.replyCode === null || error.replyCode === 421)
  );
}

/** @param error anything but SmtpFault is a bug and goes up. */
function verdictOn(error: unknown): SendVerdict {
  if (!(error instanceof SmtpFault)) throw error;
  const detail = `${error.stage}: ${error.message}`;
  if (error.replyCode === null)
    return { outcome: error.stage === "after_letter" ? "uncertain" : "not_sent", detail };
  // RFC 5321 §4.2.1: 5yz is final, 4yz asks to try again.
  if (error.replyCode < 500 || isAboutUs(error)) return { outcome: "not_sent", detail };
  return { outcome: "refused", scope: isAboutAddress(error) ? "address" : "letter", detail };
}

/**
 * A final answer that would meet any letter of ours: before the envelope; 530, 534, 535 and 538, which ask for (better)
 * authentication (RFC 4954 §6); to MAIL FROM, which names nobody but us (not our right to send, 5.7.x; our address,
 * 5.1.7 and 5.1.8, RFC 3463 §3.2), unless it is the letter's size, declared there (RFC 1870 §6.1). Once it is mended
 * the letter can go, so it waits; if nobody mends it, staff hear of it when the letter is given up.
 */
function isAboutUs({ stage, replyCode, command, enhanced }: SmtpFault): boolean {
  if (stage === "connecting" || [530, 534, 535, 538].includes(replyCode ?? 0)) return true;
  if (enhanced === "5.1.7" || enhanced === "5.1.8") return true;
  return command === "mail" && replyCode !== 552 && enhanced !== "5.3.4";
}

/**
 * The mailbox does not exist, has moved or is closed: an enhanced code 5.1.x or 5.2.1 says so (RFC 3463 §3.2, §3.3),
 * also after the final dot, because our envelopes have one recipient. Without one, 550, 551 and 553 to RCPT mean it
 * (RFC 5321 §4.2.3). Policy (5.7.x), a full mailbox (5.2.2) and the route (5.4.x) say nothing about the address.
 */
function isAboutAddress({ replyCode, command, enhanced }: SmtpFault): boolean {
  if (enhanced !== null) return /^5\.(1\.\d+|2\.1)$/.test(enhanced);
  return command === "rcpt" && [550, 551, 553].includes(replyCode ?? 0);
}
