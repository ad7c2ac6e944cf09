import { parseArgs } from "node:util";
import { readSettings } from "../core/config.ts";
import { formatAuditHead, holdsHead, parseAuditHead } from "../core/desk/audit-head.ts";
import { erasePersonsLetters } from "../core/desk/upkeep.ts";
import { sealerFromKeys } from "../core/seal.ts";
import type { Settings } from "../core/settings.ts";
import { openDatabase } from "./open.ts";
import { type ResealState, reseal } from "./reseal.ts";

/** Commands about what is kept: `audit`, `reseal` and `letters erase`. They need the database, and no mail server or Slack. */

/** What a command is given of the world around it. */
export interface Terminal {
  /** The environment. */
  variables: Record<string, string | undefined>;
  database: Settings["database"];
  say(key: string, params?: Record<string, string>): string;
  print(line: string): void;
  complain(line: string): 1;
}

/** One line for so many rows: a large desk has hundreds of thousands. */
const PROGRESS_EVERY = 1_000;

/** `reseal`: everything sealed comes under SEAL_KEY. @returns the exit code; 1 while rows are left. */
export async function runReseal(
  _: readonly string[],
  { variables, database: settings, say, print, complain }: Terminal,
): Promise<number> {
  // Other settings may be missing where this is run.
  const read = readSettings(variables, []);
  if (!read.ok && read.faults.some(({ name }) => name.startsWith("SEAL_KEY")))
    return complain(say("error.seal_key_needed"));
  const { sealKey, sealKeysPrevious } = read.ok ? read.settings : read.usable;
  const keyring = sealerFromKeys(sealKey, sealKeysPrevious);
  const database = await openDatabase(settings);
  let told = 0;
  const progress = ({ table, done, left }: ResealState) => {
    if (done < told) told = 0;
    if (done - told < PROGRESS_EVERY) return;
    told = done;
    print(say("reseal.progress", { table, done: String(done), left: String(left) }));
  };
  const states = await reseal(database.url, keyring, progress).finally(() => database.close());
  for (const { table, done, left } of states)
    print(say("reseal.table", { table, done: String(done), left: String(left) }));
  const shut = states.filter(({ unopened }) => unopened > 0);
  for (const { table, unopened } of shut) print(say("reseal.unopened", { table, count: String(unopened) }));
  const left = states.reduce((sum, state) => sum + state.left, 0);
  if (shut.length === 0) print(say(left === 0 ? "reseal.whole" : "reseal.again", { left: String(left) }));
  return left === 0 ? 0 : 1;
}

const HEAD_OPTION = { head: { type: "string", multiple: true } } as const;

/**
 * `audit verify [--head SERIAL:HASH]…`: walks the chain; exit 1 and the first broken entry if one was altered, removed or
 * put in, and when it does not contain a head that was published. `audit head`: prints the newest one.
 */
export async function runAudit(args: readonly string[], terminal: Terminal): Promise<number> {
  const { database: settings, say, print, complain } = terminal;
  const unknown = say("error.unknown_command", { command: ["audit", ...args].join(" ") });
  const [verb, ...rest] = args;
  if (verb === "head" && rest.length === 0) return printHead(terminal);
  const typed = verb === "verify" ? headOptions(rest) : null;
  if (typed === null) return complain(unknown);
  const heads = typed.map((one) => parseAuditHead(one));
  const read = heads.filter((head) => head !== null);
  if (read.length < heads.length) return complain(say("audit.head_argument"));
  const database = await openDatabase(settings);
  try {
    const { entries, broken } = await database.checkAudit();
    if (broken !== null) return complain(say("audit.broken", { serial: String(broken) }));
    for (const head of read) {
      const verdict = await holdsHead(database.store, head);
      const line = say(`audit.head_${verdict}`, { serial: String(head.serial), entries: String(entries) });
      if (verdict !== "contained") return complain(line);
      print(line);
    }
    print(say("audit.whole", { entries: String(entries) }));
    return 0;
  } finally {
    await database.close();
  }
}

/** What stands behind `--head`; null for anything else. */
function headOptions(args: string[]): string[] | null {
  try {
    return parseArgs({ args, options: HEAD_OPTION }).values.head ?? [];
  } catch {
    return null;
  }
}

async function printHead({ database: settings, say, print, complain }: Terminal): Promise<number> {
  const database = await openDatabase(settings);
  const head = await database.store.transact((tx) => tx.auditHead()).finally(() => database.close());
  if (head === null) return complain(say("audit.empty"));
  print(formatAuditHead(head));
  return 0;
}

/** An address as it stands in an envelope; anything else was mistyped. */
const ADDRESS = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,255}$/;

/** `letters erase ADDRESS`. @returns the exit code. */
export async function runLetters(
  [verb, address, ...rest]: readonly string[],
  { database: settings, say, print, complain }: Terminal,
): Promise<number> {
  if (verb !== "erase")
    return complain(say("error.unknown_command", { command: `letters ${verb ?? ""}`.trim() }));
  if (address === undefined || rest.length > 0 || !ADDRESS.test(address))
    return complain(say("error.address_argument"));
  const database = await openDatabase(settings);
  const desk = { store: database.store, now: () => new Date().toISOString() };
  const { erased, keptForOpenCases, keptUnderWay } = await erasePersonsLetters(desk, address).finally(() =>
    database.close(),
  );
  print(say("letters.erased", { erased: String(erased) }));
  if (keptForOpenCases > 0) print(say("letters.kept_open", { count: String(keptForOpenCases) }));
  if (keptUnderWay > 0) print(say("letters.kept_under_way", { count: String(keptUnderWay) }));
  print(say("letters.elsewhere"));
  return 0;
}
