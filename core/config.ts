import { z } from "zod";

/** Settings, validated together: every fault is reported at once. `env` is an argument; nothing here reads the process. */

export type Door = "bot" | "mail";
const SECURITY = ["tls", "starttls", "none"] as const;
export type Security = (typeof SECURITY)[number];

const port = (fallback: number) => z.coerce.number().int().min(1).max(65535).default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(0).max(1_000_000).default(fallback);
const optional = z.string().optional();

/** Every variable the program reads, with its form and default. `.env.example` is checked against it. */
export const ENV = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().default("./.data"),
  IMAP_HOST: optional,
  IMAP_PORT: port(993),
  IMAP_SECURE: z.enum(SECURITY).default("tls"),
  IMAP_USER: optional,
  IMAP_PASSWORD: optional,
  IMAP_MAILBOX: z.string().default("INBOX"),
  SMTP_HOST: optional,
  SMTP_PORT: port(587),
  SMTP_SECURE: z.enum(SECURITY).default("starttls"),
  SMTP_USER: optional,
  SMTP_PASSWORD: optional,
  MAIL_FROM: z.email().optional(),
  MAIL_AUTHSERV_ID: optional,
  MAIL_TRUST: z.enum(["registered", "require"]).default("registered"),
  MAIL_GO_LIVE: z.iso.datetime({ offset: true }).optional(),
  VERIFY_FAILURES_MAX: count(5),
  SLACK_MODE: z.enum(["socket", "http"]).default("socket"),
  SLACK_BOT_TOKEN: optional,
  SLACK_APP_TOKEN: optional,
  SLACK_SIGNING_SECRET: optional,
  SLACK_PORT: port(3000),
  SLACK_HOST: z.string().default("127.0.0.1"),
  SLACK_API_URL: z
    .url()
    .regex(/\/api\/$/)
    .optional(),
  SLACK_CHANNEL: optional,
  STAFF_FILE: optional,
  ISSUE_APPROVALS: z.enum(["1", "2"]).default("2"),
  SEAL_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/)
    .optional(),
  GUARANTOR_NAME: optional,
  GUARANTOR_ADDRESS: optional,
  GUARANTOR_REPRESENTATIVE: optional,
  HEALTH_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});
export type Env = z.infer<typeof ENV>;

const ALWAYS = [
  "SEAL_KEY",
  "MAIL_FROM",
  "GUARANTOR_NAME",
  "GUARANTOR_ADDRESS",
  "GUARANTOR_REPRESENTATIVE",
] as const;
const FOR_MAIL = ["IMAP_HOST", "IMAP_USER", "IMAP_PASSWORD", "SMTP_HOST"] as const;
const FOR_BOT = ["SLACK_BOT_TOKEN", "SLACK_CHANNEL", "STAFF_FILE"] as const;

/** What is wrong with one setting; worded in `templates/ja/operator.json` under the code. */
export interface Fault {
  name: string;
  code: "missing" | "malformed" | "clear_text_remote";
}

/** A mail account and how to reach it. */
export interface MailAccount {
  host: string;
  port: number;
  security: Security;
  user: string | null;
  password: string | null;
}

export interface Settings {
  database: { url: string | null; dataDir: string };
  imap: MailAccount & { mailbox: string };
  smtp: MailAccount;
  mailFrom: string;
  authservId: string | null;
  mailTrust: "registered" | "require";
  goLive: string | null;
  verifyFailuresMax: number;
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
  approvals: 1 | 2;
  sealKey: string;
  guarantor: { name: string; address: string; representative: string };
  healthPort: number | null;
  logLevel: Env["LOG_LEVEL"];
}

/**
 * Reads and checks all settings that the given doors need.
 * @returns the settings, or every fault at once; an empty variable counts as absent.
 */
export function readSettings(
  variables: Record<string, string | undefined>,
  doors: readonly Door[],
): { ok: true; settings: Settings } | { ok: false; faults: Fault[] } {
  const filled = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ""),
  );
  const parsed = ENV.safeParse(filled);
  const faults: Fault[] = [];
  for (const issue of parsed.error?.issues ?? [])
    faults.push({ name: String(issue.path[0]), code: "malformed" });
  const needed = [
    ...ALWAYS,
    ...(doors.includes("mail") ? FOR_MAIL : []),
    ...(doors.includes("bot") ? FOR_BOT : []),
    ...(doors.includes("bot")
      ? [filled.SLACK_MODE === "http" ? "SLACK_SIGNING_SECRET" : "SLACK_APP_TOKEN"]
      : []),
  ];
  for (const name of needed) if (filled[name] === undefined) faults.push({ name, code: "missing" });
  for (const [secure, host] of [
    ["IMAP_SECURE", "IMAP_HOST"],
    ["SMTP_SECURE", "SMTP_HOST"],
  ] as const) {
    // A password in clear text leaves the machine only over TLS; loopback never leaves it.
    if (filled[secure] === "none" && filled[host] !== undefined && !isLoopback(filled[host]))
      faults.push({ name: secure, code: "clear_text_remote" });
  }
  if (!parsed.success || faults.length > 0) return { ok: false, faults };
  return { ok: true, settings: arrange(parsed.data) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function arrange(env: Env): Settings {
  return {
    database: databaseSettings(env),
    imap: {
      host: env.IMAP_HOST ?? "",
      port: env.IMAP_PORT,
      security: env.IMAP_SECURE,
      user: env.IMAP_USER ?? null,
      password: env.IMAP_PASSWORD ?? null,
      mailbox: env.IMAP_MAILBOX,
    },
    smtp: {
      host: env.SMTP_HOST ?? "",
      port: env.SMTP_PORT,
      security: env.SMTP_SECURE,
      user: env.SMTP_USER ?? null,
      password: env.SMTP_PASSWORD ?? null,
    },
    mailFrom: env.MAIL_FROM ?? "",
    authservId: env.MAIL_AUTHSERV_ID ?? null,
    mailTrust: env.MAIL_TRUST,
    goLive: env.MAIL_GO_LIVE ?? null,
    verifyFailuresMax: env.VERIFY_FAILURES_MAX,
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
    approvals: env.ISSUE_APPROVALS === "1" ? 1 : 2,
    sealKey: env.SEAL_KEY ?? "",
    guarantor: {
      name: env.GUARANTOR_NAME ?? "",
      address: env.GUARANTOR_ADDRESS ?? "",
      representative: env.GUARANTOR_REPRESENTATIVE ?? "",
    },
    healthPort: env.HEALTH_PORT ?? null,
    logLevel: env.LOG_LEVEL,
  };
}

/** The database part alone: imports and migrations need nothing else. */
export function databaseSettings(env: Pick<Env, "DATABASE_URL" | "DATA_DIR">): Settings["database"] {
  return { url: env.DATABASE_URL ?? null, dataDir: env.DATA_DIR };
}
