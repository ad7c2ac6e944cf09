import type { Settings } from "../core/settings.ts";
import { probeMailbox } from "./imap.ts";
import { openSmtp } from "./nodemailer.ts";
import type { Tokens } from "./oauth.ts";
import { SmtpFault } from "./smtp-fault.ts";

/** Tries the mail servers as the door would, without sending or changing anything. */

/** @returns null when the mailbox can be watched, else a code (`authentication_failed`, `mailbox_missing`, ECONNREFUSED, …). */
export function checkImap(settings: Pick<Settings, "imap">): Promise<string | null> {
  return probeMailbox(settings.imap);
}

/** @returns null when the server takes our login, else a code (`authentication_failed`, ECONNREFUSED, the server's words, …). */
export async function checkSmtp(
  settings: Pick<Settings, "smtp">,
  tokens: Tokens | null = null,
): Promise<string | null> {
  try {
    const session = await openSmtp(settings.smtp, tokens);
    session.close();
    return null;
  } catch (error) {
    if (!(error instanceof SmtpFault)) throw error;
    return error.message === "EAUTH" ? "authentication_failed" : error.message;
  }
}
