import { errorCode } from "../log.ts";

/** What an IMAP server's refusals mean, as codes for logs, staff and `doctor`. */

/**
 * A mailbox that cannot be used as it is. Codes: `authentication_failed`, `throttled`, `mailbox_missing`,
 * `mailbox_refused`, `uidvalidity_missing`, `uidvalidity_changed`, `internaldate_missing`, `search_failed`, `refused`, `stopped`,
 * or the system's own (ECONNREFUSED, ETIMEOUT, NoConnection, …).
 */
export class MailboxFault extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Makes a fault of whatever a command rejected with. */
export function mailboxFault(error: unknown): MailboxFault {
  if (error instanceof MailboxFault) return error;
  if (isThrottled(error)) return new MailboxFault("throttled");
  const refused = error instanceof Error && "authenticationFailed" in error;
  if (refused && error.authenticationFailed === true) return new MailboxFault("authentication_failed");
  if (error instanceof Error && "responseStatus" in error) return new MailboxFault("refused");
  return new MailboxFault(errorCode(error));
}

/** Why a mailbox was not opened. */
export function refusedCode(error: unknown): string {
  if (!(error instanceof Error)) return errorCode(error);
  if ("mailboxMissing" in error && error.mailboxMissing === true) return "mailbox_missing";
  // BAD: not even a name of a mailbox for this server.
  if ("responseStatus" in error)
    return error.responseStatus === "BAD" ? "mailbox_missing" : "mailbox_refused";
  return errorCode(error);
}

/** RFC 5530 §3: a subsystem is down, a limit is reached, the mailbox is held by another session. */
const THROTTLED_CODES = ["UNAVAILABLE", "LIMIT", "INUSE"];
/** How servers say it without a code: Gmail, Microsoft 365, Dovecot, Courier. */
const THROTTLED_WORDS =
  /too many|throttl|rate limit|maximum number of connections|connection limit|try again|temporar|not connected/i;
/** Texts of servers are looked at this far. */
const WORDS_MAX = 500;

/**
 * True when the server asks for patience. It often says so in answer to LOGIN, where it must not pass for a bad
 * password: that would send somebody to change it, and the quick retries would prolong the pause.
 */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const facts = error as Error & Partial<Record<string, unknown>>;
  if (facts.code === "ETHROTTLE") return true;
  const code = facts.serverResponseCode;
  if (code === "AUTHENTICATIONFAILED") return false; // RFC 5530 §3, whatever the words
  if (typeof code === "string" && THROTTLED_CODES.includes(code)) return true;
  return [facts.responseText, facts.response, facts.reason].some(
    (words) => typeof words === "string" && THROTTLED_WORDS.test(words.slice(0, WORDS_MAX)),
  );
}
