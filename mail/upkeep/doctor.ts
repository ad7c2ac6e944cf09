import type { ReadSettings } from "../../core/config.ts";
import type { Vitals } from "../../core/rows/upkeep.ts";
import { type Keyring, sealerFromKeys } from "../../core/seal.ts";
import type { Settings } from "../../core/settings.ts";
import type { Store } from "../../core/store.ts";
import { type Accounts, openAccounts } from "../accounts.ts";
import { errorCode } from "../log.ts";
import { checkDkimKey, checkImap, checkSmtp, type Finding } from "./doctor-mail.ts";

/**
 * `doctor`: checks every part by itself and says what to do, all faults at once. A part is checked as soon as its own
 * settings are in order, whatever is wrong with the others. Nothing is sent, nothing is moved.
 */

export type Say = (key: string, params?: Record<string, string>) => string;

/** What other folders know; `main.ts` hands it in. */
export interface DoctorProbes {
  fonts(): Promise<unknown>;
  /** Migrates and opens. */
  openDatabase(): Promise<{ store: Store; url: string; clockOffset(): number; close(): Promise<void> }>;
  sealState(url: string, keys: Keyring): Promise<{ table: string; left: number; unopened: number }[]>;
  /** Sentences about what is wrong with Slack. */
  slack(settings: Settings): Promise<string[]>;
  /** A code for why the database cannot be used. */
  codeOf(error: unknown): string;
}

/** Names of settings by the part that needs them. */
const NAMES = {
  keys: /^SEAL_KEY/,
  imap: /^IMAP_/,
  smtp: /^SMTP_/,
  dkim: /^MAIL_DKIM_/,
  slack: /^(SLACK_|STAFF_FILE)/,
} as const;

/** A mailbox leader gives a sign of life every 1.5 s; one older than this is gone or frozen. */
const BEAT_OLD_SECONDS = 15;
/** Clocks so far apart are set wrong; the network alone makes a fraction of a second. */
const CLOCK_TOLD_SECONDS = 10;
/** Work that waits so long is worth a look. */
const WAITED_LONG_SECONDS = 3_600;

/** @returns the exit code: 1 when anything is broken; hints alone are none. */
export async function runDoctor(
  read: ReadSettings,
  probes: DoctorProbes,
  say: Say,
  print: (line: string) => void,
): Promise<number> {
  const settings = read.ok ? read.settings : read.usable;
  const faults = read.ok ? [] : read.faults;
  const inOrder = (part: keyof typeof NAMES) => !faults.some(({ name }) => NAMES[part].test(name));
  let broken = false;
  const report = (part: string, findings: readonly Finding[]) => {
    const name = say(`doctor.${part}`);
    if (findings.length === 0) print(say("doctor.line_ok", { part: name }));
    for (const { hint, key, params } of findings) {
      broken ||= hint !== true;
      const sentence = typeof key === "string" ? say(`doctor.${key}`, params) : key.sentence;
      print(say(hint === true ? "doctor.line_hint" : "doctor.line_bad", { part: name, sentence }));
    }
  };
  const needing = (part: keyof typeof NAMES, check: () => Promise<Finding[]>): Promise<Finding[]> =>
    inOrder(part) ? check() : Promise.resolve([{ key: "not_checked" }]);

  report(
    "settings",
    faults.map(({ name, code }) => ({ key: { sentence: say(`fault.${code}`, { name }) } })),
  );
  report(
    "fonts",
    await probes.fonts().then(
      () => [],
      () => [{ key: "font_failed" }],
    ),
  );
  const keys = inOrder("keys") ? sealerFromKeys(settings.sealKey, settings.sealKeysPrevious) : null;
  const opened = await probes.openDatabase().catch((error: unknown) => probes.codeOf(error));
  const database = typeof opened === "string" ? null : opened;
  try {
    report(
      "database",
      typeof opened === "string"
        ? [{ key: { sentence: say("error.database", { code: opened }) } }]
        : checkClock(opened.clockOffset()),
    );
    report("keys", await needing("keys", () => checkKeys(settings, keys, database, probes)));
    report("work", database === null ? [{ key: "not_checked" }] : await checkWork(database.store));
    const accounts = accountsFor(settings, database?.store ?? null, keys);
    report("imap", await needing("imap", () => checkImap(settings, accounts)));
    report("smtp", await needing("smtp", () => checkSmtp(settings, accounts)));
    report("dkim", await needing("dkim", () => checkDkimKey(settings)));
  } finally {
    await database?.close();
  }
  report(
    "slack",
    await needing("slack", async () =>
      (await probes.slack(settings)).map((sentence) => ({ key: { sentence } })),
    ),
  );
  return broken ? 1 : 0;
}

/** Tokens that a provider replaces are kept as the desk keeps them; without a database or key only for this look. */
function accountsFor(settings: Settings, store: Store | null, keys: Keyring | null): Accounts {
  const away: Store = { transact: () => Promise.reject(new Error("no database")) };
  const plain = { seal: (bytes: Uint8Array) => bytes, unseal: (bytes: Uint8Array) => bytes };
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const desk = {
    store: store === null || keys === null ? away : store,
    sealer: keys ?? plain,
    now: () => new Date().toISOString(),
  };
  return openAccounts(settings, desk, quiet);
}

/** A wrong SEAL_KEY opens nothing of what is there: better found now than with the next key notice. */
async function checkKeys(
  settings: Settings,
  keys: Keyring | null,
  database: { url: string } | null,
  { sealState }: DoctorProbes,
): Promise<Finding[]> {
  if (keys === null || database === null) return [{ key: "not_checked" }];
  const tables = await sealState(database.url, keys).catch((error: unknown) => errorCode(error));
  if (typeof tables === "string") return [{ key: "keys_unknown", params: { code: tables } }];
  const shut = tables.filter(({ unopened }) => unopened > 0).map(({ table }) => table);
  const left = tables.reduce((sum, table) => sum + table.left, 0);
  const found: Finding[] = [];
  if (shut.length > 0) found.push({ key: "keys_do_not_open", params: { tables: shut.join(", ") } });
  if (settings.sealKeysPrevious.length > 0)
    found.push(
      left > 0
        ? { hint: true, key: "keys_previous_needed", params: { count: String(left) } }
        : { hint: true, key: "keys_previous_done" },
    );
  return found;
}

/** The desk goes by the database's clock, but certificates of servers and mail programs go by the machine's. */
function checkClock(offset: number): Finding[] {
  const seconds = Math.round(Math.abs(offset) / 1000);
  return seconds < CLOCK_TOLD_SECONDS
    ? []
    : [{ hint: true, key: "clock_differs", params: { seconds: String(seconds) } }];
}

/** Who watches the mailbox, and what waits for a person. */
async function checkWork(store: Store): Promise<Finding[]> {
  const { offices, vitals } = await store.transact(async (tx) => ({
    offices: (await tx.offices()).filter(({ name }) => name.startsWith("mailbox:")),
    vitals: await tx.vitals(new Date().toISOString()),
  }));
  const found: Finding[] = [];
  const youngest = Math.min(...offices.map(({ beatAge }) => beatAge));
  if (offices.length === 0) found.push({ hint: true, key: "leader_never" });
  else if (youngest > BEAT_OLD_SECONDS)
    found.push({ hint: true, key: "leader_gone", params: { age: String(youngest) } });
  const waiting = (member: keyof Vitals, key: string) => {
    const count = vitals[member] ?? 0;
    if (count > 0) found.push({ hint: true, key, params: { count: String(count) } });
  };
  waiting("parkedLetters", "parked_letters");
  waiting("parkedOutbound", "parked_outbound");
  waiting("ambiguous", "ambiguous");
  const oldest = Math.max(vitals.oldestUnfinishedLetter ?? 0, vitals.oldestSlack ?? 0);
  if (oldest > WAITED_LONG_SECONDS)
    found.push({ hint: true, key: "work_waits", params: { minutes: String(Math.floor(oldest / 60)) } });
  return found;
}
