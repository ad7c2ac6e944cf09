import { z } from "zod";
import { arrange, type Settings } from "./settings.ts";

/** Settings, validated together: every fault is reported at once. `env` is an argument; nothing here reads the process. */

export type Door = "bot" | "mail";
const SECURITY = ["tls", "starttls", "none"] as const;
export type Security = (typeof SECURITY)[number];

const port = (fallback: number) => z.coerce.number().int().min(1).max(65535).default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(0).max(1_000_000).default(fallback);
const optional = z.string().optional();
const onOff = (fallback: "on" | "off") => z.enum(["on", "off"]).default(fallback);
const SEAL_KEY = /^[A-Za-z0-9+/]{43}=$/;

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
  IMAP_OAUTH_TOKEN_URL: z.url().optional(),
  IMAP_OAUTH_CLIENT_ID: optional,
  IMAP_OAUTH_CLIENT_SECRET: optional,
  IMAP_OAUTH_REFRESH_TOKEN: optional,
  IMAP_OAUTH_SCOPE: optional,
  SMTP_HOST: optional,
  SMTP_PORT: port(587),
  SMTP_SECURE: z.enum(SECURITY).default("starttls"),
  SMTP_USER: optional,
  SMTP_PASSWORD: optional,
  SMTP_OAUTH_TOKEN_URL: z.url().optional(),
  SMTP_OAUTH_CLIENT_ID: optional,
  SMTP_OAUTH_CLIENT_SECRET: optional,
  SMTP_OAUTH_REFRESH_TOKEN: optional,
  SMTP_OAUTH_SCOPE: optional,
  MAIL_FROM: z.email().optional(),
  MAIL_AUTHSERV_ID: optional,
  MAIL_TRUST: z.enum(["registered", "require"]).default("registered"),
  MAIL_GO_LIVE: z.iso.datetime({ offset: true }).optional(),
  MAIL_JOURNAL: optional,
  MAIL_FOLDERS: onOff("on"),
  MAIL_VERP: z.enum(["plus", "off"]).default("off"),
  MAIL_DKIM_VERIFY: onOff("on"),
  MAIL_DKIM_DOMAIN: optional,
  MAIL_DKIM_SELECTOR: optional,
  MAIL_DKIM_KEY_FILE: optional,
  MAIL_CAP_SENDER_HOUR: count(60),
  MAIL_CAP_DOMAIN_HOUR: count(300),
  MAIL_CAP_CASE_HOUR: count(20),
  MAIL_CAP_GLOBAL_HOUR: count(3000),
  MAIL_CANARY_MINUTES: count(0),
  LETTERS_KEPT_DAYS: z.coerce.number().int().min(30).max(36_500).default(400),
  VERIFY_FAILURES_MAX: count(5),
  // Reminders count in days; a year is more than any case waits.
  REMIND_AFTER_HOURS: z.coerce
    .number()
    .int()
    .max(8760)
    .refine((hours) => hours === 0 || hours >= 24)
    .default(48),
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
  FEES_FILE: optional,
  ISSUE_APPROVALS: z.enum(["1", "2"]).default("2"),
  SEAL_KEY: z.string().regex(SEAL_KEY).optional(),
  SEAL_KEY_PREVIOUS: z
    .string()
    .refine((keys) => keys.split(",").every((key) => SEAL_KEY.test(key.trim())))
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
const FOR_MAIL = ["IMAP_HOST", "IMAP_USER", "SMTP_HOST"] as const;
const OAUTH = ["OAUTH_TOKEN_URL", "OAUTH_CLIENT_ID", "OAUTH_REFRESH_TOKEN"] as const;
const DKIM = ["MAIL_DKIM_DOMAIN", "MAIL_DKIM_SELECTOR", "MAIL_DKIM_KEY_FILE"] as const;
const FOR_BOT = ["SLACK_BOT_TOKEN", "SLACK_CHANNEL", "STAFF_FILE"] as const;

/** What is wrong with one setting; worded in `templates/ja/operator.json` under the code. */
export interface Fault {
  /** Of a file that a setting names, its place in the file behind it: `FEES_FILE 0.bands`. */
  name: string;
  code:
    | "missing"
    | "malformed"
    | "clear_text_remote"
    | "clear_text_url"
    | "file_unreadable"
    | "file_malformed"
    | "file_overlapping";
}

export type ReadSettings =
  | { ok: true; settings: Settings }
  /** `usable` holds what is in order; what is faulty or absent is empty there. For checks, never to run on. */
  | { ok: false; faults: Fault[]; usable: Settings };

/**
 * Reads and checks all settings that the given doors need.
 * @returns the settings, or every fault at once; an empty variable counts as absent.
 */
export function readSettings(
  variables: Record<string, string | undefined>,
  doors: readonly Door[],
): ReadSettings {
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
  if (doors.includes("mail")) needed.push(...passwordOrToken(filled));
  if (DKIM.some((name) => filled[name] !== undefined)) needed.push(...DKIM);
  for (const name of needed) if (filled[name] === undefined) faults.push({ name, code: "missing" });
  for (const [secure, host] of [
    ["IMAP_SECURE", "IMAP_HOST"],
    ["SMTP_SECURE", "SMTP_HOST"],
  ] as const) {
    // A password in clear text leaves the machine only over TLS; loopback never leaves it.
    if (filled[secure] === "none" && filled[host] !== undefined && !isLoopback(filled[host]))
      faults.push({ name: secure, code: "clear_text_remote" });
  }
  for (const name of ["IMAP_OAUTH_TOKEN_URL", "SMTP_OAUTH_TOKEN_URL"] as const)
    if (isRemoteClearText(filled[name])) faults.push({ name, code: "clear_text_url" });
  if (parsed.success && faults.length === 0) return { ok: true, settings: arrange(parsed.data) };
  const malformed = faults.map(({ name }) => name);
  const sound = Object.fromEntries(Object.entries(filled).filter(([name]) => !malformed.includes(name)));
  return { ok: false, faults, usable: arrange(ENV.parse(sound)) };
}

/** IMAP needs a password or the settings of XOAUTH2; SMTP may do without either. */
function passwordOrToken(filled: Record<string, string | undefined>): string[] {
  const begun = (prefix: string) =>
    Object.keys(filled).some((name) => name.startsWith(`${prefix}_OAUTH_`))
      ? OAUTH.map((name) => `${prefix}_${name}`)
      : null;
  return [...(begun("IMAP") ?? ["IMAP_PASSWORD"]), ...(begun("SMTP") ?? [])];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isRemoteClearText(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol !== "https:" && !(protocol === "http:" && isLoopback(hostname.replace(/^\[|\]$/g, "")));
}
