import type { MailAccount } from "../core/config.ts";
import { openSmtp, SmtpFault, type SmtpSession } from "./nodemailer.ts";

/** What became of one attempt to send. `detail` is for staff and logs. */
export type SendVerdict =
  /** The server took it. */
  | { outcome: "sent"; detail: string }
  /** The server certainly has not got it: to be tried again. */
  | { outcome: "not_sent"; detail: string }
  /** The server said for good that it will not take this letter. */
  | { outcome: "refused"; detail: string }
  /** The connection was lost after the letter may have arrived whole: nobody knows, nobody sends it again blindly. */
  | { outcome: "uncertain"; detail: string };

/** Sends letters, several in a row over one connection. */
export interface SmtpPool {
  /**
   * Makes sure of a connection before a letter is taken up: connecting is the long part, and a process that ends during
   * it leaves no letter behind of which nobody knows whether it left. @returns why there is none, else null.
   */
  prepare(): Promise<SendVerdict | null>;
  send(envelope: { from: string; to: string }, letter: Uint8Array): Promise<SendVerdict>;
  /** Closes what is idle; letters under way end first because their callers wait for them. */
  stop(): void;
}

/** Connections kept after use; servers limit how many one client holds. */
const IDLE_SESSIONS_MAX = 4;
/** Servers close idle connections after minutes (RFC 5321 §4.5.3.2.7: at least five); we let go long before. */
const IDLE_MS = 10_000;

export function smtpPool(account: MailAccount): SmtpPool {
  const idle: { session: SmtpSession; timer: NodeJS.Timeout }[] = [];
  let stopped = false;

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

  async function attempt(session: SmtpSession, envelope: { from: string; to: string }, letter: Uint8Array) {
    const detail = await session.deliver(envelope, letter);
    giveBack(session);
    return { outcome: "sent", detail: detail.slice(0, 300) } as const;
  }

  return {
    async prepare() {
      if (idle.some(({ session }) => session.alive())) return null;
      try {
        giveBack(await openSmtp(account));
        return null;
      } catch (error) {
        return verdictOn(error);
      }
    },
    async send(envelope, letter) {
      const used = takeIdle();
      try {
        if (used !== null) {
          try {
            return await attempt(used, envelope, letter);
          } catch (error) {
            if (!isStale(error)) throw error;
          }
        }
        return await attempt(await openSmtp(account), envelope, letter);
      } catch (error) {
        return verdictOn(error);
      }
    },
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
  // RFC 5321 §4.2.1: 5yz is final, 4yz asks to try again. A refusal before the envelope concerns us, not the letter;
  // so do 530, 534, 535 and 538, which ask for (better) authentication (RFC 4954 §6).
  if (error.replyCode !== null) {
    const aboutUs = error.stage === "connecting" || [530, 534, 535, 538].includes(error.replyCode);
    return { outcome: error.replyCode >= 500 && !aboutUs ? "refused" : "not_sent", detail };
  }
  return { outcome: error.stage === "after_letter" ? "uncertain" : "not_sent", detail };
}
