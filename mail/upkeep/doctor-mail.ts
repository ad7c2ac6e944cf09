import type { MailAccount, Settings } from "../../core/settings.ts";
import type { Accounts } from "../accounts.ts";
import { connectImap } from "../imap/connection.ts";
import { mailboxFault } from "../imap/faults.ts";
import { JournalFault, openJournal } from "../imap/journal.ts";
import { domainOf } from "../intake/sender.ts";
import { DkimKeyFault, loadDkimKey } from "../smtp/dkim-key.ts";
import { SmtpFault } from "../smtp/fault.ts";
import { openSmtp } from "../smtp/nodemailer.ts";

/** Tries the mail servers as the door would, without sending, moving or marking anything. */

/** Something to be told: by its key under `doctor` in `templates/ja/operator.json`, or as a sentence. */
export interface Finding {
  /** Worth knowing, but nothing is broken. */
  hint?: true;
  key: string | { sentence: string };
  params?: Record<string, string>;
}

/** From this share on senders would soon get their letters back. */
const QUOTA_ALARM = 0.8;
const LOOK_MS = 60_000;
/** No letter has it: what is asked is whether the journal can be searched. */
const NO_LETTER = "<doctor@hosho-desk.invalid>";

export async function checkImap(settings: Settings, { imap }: Accounts): Promise<Finding[]> {
  const { mailbox } = settings.imap;
  const found: Finding[] = [];
  try {
    const connection = await connectImap(imap, { signal: AbortSignal.timeout(LOOK_MS) });
    try {
      await connection.open(mailbox);
      const share = await connection.quotaShare(mailbox);
      if (share !== null && share >= QUOTA_ALARM)
        found.push({ hint: true, key: "quota", params: { percent: String(Math.floor(share * 100)) } });
      if (settings.mailFolders && (await connection.openForFiling(mailbox)) === null)
        found.push({ hint: true, key: "folders_unsafe" });
    } finally {
      await connection.leave();
    }
  } catch (error) {
    return [serverFinding("IMAP", settings.imap, mailboxFault(error).code)];
  }
  return [...found, ...(await checkJournal(settings, imap))];
}

async function checkJournal({ mailJournal }: Settings, imap: Accounts["imap"]): Promise<Finding[]> {
  if (mailJournal === null) return [{ hint: true, key: "journal_unset" }];
  try {
    await openJournal({ ...imap, mailbox: mailJournal }).find([NO_LETTER]);
    return [];
  } catch (error) {
    const code = error instanceof JournalFault ? error.code : mailboxFault(error).code;
    return [{ key: "journal_failed", params: { mailbox: mailJournal, code } }];
  }
}

export async function checkSmtp(settings: Settings, { smtpTokens }: Accounts): Promise<Finding[]> {
  try {
    const session = await openSmtp(settings.smtp, smtpTokens);
    session.close();
  } catch (error) {
    if (!(error instanceof SmtpFault)) throw error;
    const code = error.message === "EAUTH" ? "authentication_failed" : error.message;
    return [serverFinding("SMTP", settings.smtp, code)];
  }
  return settings.mailVerp ? [] : [{ hint: true, key: "verp_off" }];
}

/** A refused token needs a person's consent, not another look at host and port. */
function serverFinding(name: string, { host, port }: MailAccount, code: string): Finding {
  if (code === "token_refused") return { key: "token_refused", params: { name } };
  if (code === "token_malformed" || code === "token_unreachable")
    return { key: "token_failed", params: { name, code } };
  if (code === "authentication_failed") return { key: "login_refused", params: { name } };
  if (code === "mailbox_missing") return { key: "mailbox_missing", params: { name } };
  return { key: "server", params: { name: `${name}_…`, host, port: String(port), code } };
}

export async function checkDkimKey({ dkimSigning, mailFrom }: Settings): Promise<Finding[]> {
  if (dkimSigning === null) return [{ hint: true, key: "dkim_off" }];
  try {
    await loadDkimKey(dkimSigning);
  } catch (error) {
    if (!(error instanceof DkimKeyFault)) throw error;
    return [{ key: "dkim_key", params: { code: error.code } }];
  }
  const { domain, selector } = dkimSigning;
  const from = domainOf(mailFrom);
  const aligned = from === domain || from.endsWith(`.${domain}`);
  // DMARC counts a signature of the sender's domain or one above it (RFC 7489 §3.1.1).
  if (!aligned && mailFrom !== "") return [{ key: "dkim_domain", params: { domain, from } }];
  return [{ hint: true, key: "dkim_dns", params: { name: `${selector}._domainkey.${domain}` } }];
}
