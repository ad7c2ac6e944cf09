import type { Env, Security } from "./config.ts";

/** The settings as the program uses them, arranged from the environment's variables (`config.ts`). */

/** XOAUTH2 by a refresh token (Microsoft 365, Gmail) instead of a password. */
export interface OAuthSettings {
  tokenUrl: string;
  clientId: string;
  clientSecret: string | null;
  refreshToken: string;
  scope: string | null;
}

/** A mail account and how to reach it. */
export interface MailAccount {
  host: string;
  port: number;
  security: Security;
  user: string | null;
  password: string | null;
  oauth: OAuthSettings | null;
}

/** Most automatic answers within an hour; 0 = no limit. */
export interface AnswerCaps {
  sender: number;
  domain: number;
  case: number;
  global: number;
}

export interface Settings {
  database: { url: string | null; dataDir: string };
  imap: MailAccount & { mailbox: string };
  smtp: MailAccount;
  mailFrom: string;
  authservId: string | null;
  mailTrust: "registered" | "require";
  goLive: string | null;
  /** The mailbox, in the watched account, where copies of our letters arrive. */
  mailJournal: string | null;
  mailFolders: boolean;
  mailVerp: boolean;
  dkimVerify: boolean;
  dkimSigning: { domain: string; selector: string; keyFile: string } | null;
  caps: AnswerCaps;
  /** A letter to ourselves every so many minutes; 0 = none. */
  canaryMinutes: number;
  lettersKeptDays: number;
  verifyFailuresMax: number;
  /** Staff are reminded of a case that nobody has touched for so many hours; 0 = off. */
  remindAfterHours: number;
  slack: {
    mode: "socket" | "http";
    botToken: string;
    appToken: string | null;
    signingSecret: string | null;
    host: string;
    port: number;
    apiUrl: string | null;
    channel: string;
  };
  staffFile: string;
  /** The operator's fee tables; null: only the published rate is known. */
  feesFile: string | null;
  approvals: 1 | 2;
  sealKey: string;
  /** Keys of before: they open what was sealed under them, and seal nothing. */
  sealKeysPrevious: string[];
  guarantor: { name: string; address: string; representative: string };
  healthPort: number | null;
  logLevel: Env["LOG_LEVEL"];
}

/** Variables that are absent and needed by nobody become empty values. */
export function arrange(env: Env): Settings {
  return {
    database: databaseSettings(env),
    imap: {
      host: env.IMAP_HOST ?? "",
      port: env.IMAP_PORT,
      security: env.IMAP_SECURE,
      user: env.IMAP_USER ?? null,
      password: env.IMAP_PASSWORD ?? null,
      oauth: oauth(env, "IMAP"),
      mailbox: env.IMAP_MAILBOX,
    },
    smtp: {
      host: env.SMTP_HOST ?? "",
      port: env.SMTP_PORT,
      security: env.SMTP_SECURE,
      user: env.SMTP_USER ?? null,
      password: env.SMTP_PASSWORD ?? null,
      oauth: oauth(env, "SMTP"),
    },
    mailFrom: env.MAIL_FROM ?? "",
    authservId: env.MAIL_AUTHSERV_ID ?? null,
    mailTrust: env.MAIL_TRUST,
    goLive: env.MAIL_GO_LIVE ?? null,
    mailJournal: env.MAIL_JOURNAL ?? null,
    mailFolders: env.MAIL_FOLDERS === "on",
    mailVerp: env.MAIL_VERP === "plus",
    dkimVerify: env.MAIL_DKIM_VERIFY === "on",
    dkimSigning: dkimSigning(env),
    caps: {
      sender: env.MAIL_CAP_SENDER_HOUR,
      domain: env.MAIL_CAP_DOMAIN_HOUR,
      case: env.MAIL_CAP_CASE_HOUR,
      global: env.MAIL_CAP_GLOBAL_HOUR,
    },
    canaryMinutes: env.MAIL_CANARY_MINUTES,
    lettersKeptDays: env.LETTERS_KEPT_DAYS,
    verifyFailuresMax: env.VERIFY_FAILURES_MAX,
    remindAfterHours: env.REMIND_AFTER_HOURS,
    slack: {
      mode: env.SLACK_MODE,
      botToken: env.SLACK_BOT_TOKEN ?? "",
      appToken: env.SLACK_APP_TOKEN ?? null,
      signingSecret: env.SLACK_SIGNING_SECRET ?? null,
      host: env.SLACK_HOST,
      port: env.SLACK_PORT,
      apiUrl: env.SLACK_API_URL ?? null,
      channel: env.SLACK_CHANNEL ?? "",
    },
    staffFile: env.STAFF_FILE ?? "",
    feesFile: env.FEES_FILE ?? null,
    approvals: env.ISSUE_APPROVALS === "1" ? 1 : 2,
    sealKey: env.SEAL_KEY ?? "",
    sealKeysPrevious: env.SEAL_KEY_PREVIOUS?.split(",").map((key) => key.trim()) ?? [],
    guarantor: {
      name: env.GUARANTOR_NAME ?? "",
      address: env.GUARANTOR_ADDRESS ?? "",
      representative: env.GUARANTOR_REPRESENTATIVE ?? "",
    },
    healthPort: env.HEALTH_PORT ?? null,
    logLevel: env.LOG_LEVEL,
  };
}

function oauth(env: Env, prefix: "IMAP" | "SMTP"): OAuthSettings | null {
  const tokenUrl = env[`${prefix}_OAUTH_TOKEN_URL`];
  if (tokenUrl === undefined) return null;
  return {
    tokenUrl,
    clientId: env[`${prefix}_OAUTH_CLIENT_ID`] ?? "",
    clientSecret: env[`${prefix}_OAUTH_CLIENT_SECRET`] ?? null,
    refreshToken: env[`${prefix}_OAUTH_REFRESH_TOKEN`] ?? "",
    scope: env[`${prefix}_OAUTH_SCOPE`] ?? null,
  };
}

function dkimSigning({ MAIL_DKIM_DOMAIN, MAIL_DKIM_SELECTOR, MAIL_DKIM_KEY_FILE }: Env) {
  if (!MAIL_DKIM_DOMAIN || !MAIL_DKIM_SELECTOR || !MAIL_DKIM_KEY_FILE) return null;
  return { domain: MAIL_DKIM_DOMAIN, selector: MAIL_DKIM_SELECTOR, keyFile: MAIL_DKIM_KEY_FILE };
}

/** The database part alone: imports and migrations need nothing else. */
export function databaseSettings(env: Pick<Env, "DATABASE_URL" | "DATA_DIR">): Settings["database"] {
  return { url: env.DATABASE_URL ?? null, dataDir: env.DATA_DIR };
}
