#!/usr/bin/env node
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import pino from "pino";
import { type Door, ENV, readSettings } from "./core/config.ts";
import { completeIssue } from "./core/desk/complete.ts";
import { checkSealKey } from "./core/desk/trouble.ts";
import { type OwnIds, ownIds } from "./core/own-id.ts";
import type { Desk } from "./core/ports.ts";
import { sealerFromKeys } from "./core/seal.ts";
import { databaseSettings, type Settings } from "./core/settings.ts";
import type { Store } from "./core/store.ts";
import type { Waits } from "./mail/door.ts";
import type { OutageLimits } from "./mail/upkeep/outages.ts";
import { openFees, withFeesFile } from "./prisma/fees-file.ts";
import { codeOf, sentenceFor } from "./templates/faults.ts";
import { loadWords, type Words } from "./templates/words.ts";

/**
 * The command line and the composition root: everything is put together here and nowhere else. Doors are imported when
 * they are opened, so that `read` needs neither database nor network.
 */

/** The program at work; `stop` finishes what runs, then closes the doors and the database. */
export interface Running {
  ready(): boolean;
  stop(): Promise<void>;
}

/** What a program around the desk may change of it: the crash test dies at chosen steps of the store. */
export interface StartOptions {
  wrapStore?: (store: Store) => Store;
  waits?: Waits;
  /** How long a part may be away before staff are told. */
  outages?: OutageLimits;
}

/** Opens the given doors on one database. Resolves as soon as everything is started; `ready` tells when it works. */
export async function startDesk(
  settings: Settings,
  doors: readonly Door[],
  { wrapStore = (store) => store, outages = {}, waits = {} }: StartOptions = {},
): Promise<Running> {
  const log = pino({ level: settings.logLevel });
  const words = loadWords();
  const fees = openFees(settings.feesFile, log);
  const { openDatabase } = await import("./prisma/open.ts");
  const database = await openDatabase(settings.database, { log: (line) => log.info(line) });
  const ids = ownIds([settings.sealKey, ...settings.sealKeysPrevious]);
  const world = { ...database, store: wrapStore(database.store), fees };
  const desk = await makeDesk(settings, words, world, ids);
  await checkSealKey(desk).catch(closing(database));
  const goLive = settings.goLive ?? (await database.store.transact((tx) => tx.firstStart(desk.now())));
  await database.jobs.work("desk.issue", (caseId) => completeIssue(desk, caseId));
  const { jobs, leadership } = database;
  const shared = { settings, desk, jobs, leadership, words, log };
  const mail = doors.includes("mail")
    ? await (await import("./mail/door.ts")).openMailDoor({ ...shared, ids, goLive, waits })
    : null;
  const { showLetter: openLetter } = await import("./mail/letter/open.ts");
  const bot = doors.includes("bot")
    ? await (await import("./bot/app.ts")).openBotDoor({ ...shared, openLetter })
    : null;
  const parts = () => ({
    database: database.healthy(),
    ...(mail === null ? {} : { mailbox: mail.watching() }),
    ...(bot === null ? {} : { slack: bot.connected() }),
  });
  const ready = () => Object.values(parts()).every(Boolean);
  const { startDeskHealth } = await import("./mail/upkeep/health.ts");
  const health = await startDeskHealth(settings.healthPort, { parts, mail, desk });
  const smtp = () => mail && { smtp: mail.sending() };
  const slack = () => bot && { slack: bot.connected() && bot.heard() };
  const watched = (await import("./mail/upkeep/outages.ts")).watchOutages({
    parts: () => ({ ...parts(), ...smtp(), ...slack() }),
    ...{ desk, log, limits: outages },
  });
  const untilReady = setInterval(() => {
    if (!ready()) return;
    clearInterval(untilReady);
    log.info({ doors }, "ready");
  }, 50);
  return {
    ready,
    async stop() {
      clearInterval(untilReady);
      watched.stop();
      await Promise.all([mail?.stop(), bot?.stop()]);
      await database.close();
      await health?.stop();
      log.info("stopped");
    },
  };
}

/** A start that fails leaves no embedded server behind. */
function closing(database: { close(): Promise<void> }): (error: unknown) => Promise<never> {
  return async (error) => {
    await database.close();
    throw error;
  };
}

async function makeDesk(
  settings: Settings,
  words: Words,
  { store, now, fees }: Pick<Desk, "store" | "now"> & Pick<Desk["policy"], "fees">,
  ids: OwnIds,
): Promise<Desk> {
  const { openComposer } = await import("./mail/smtp/compose.ts");
  const { documentPort } = await import("./templates/documents/port.ts");
  const { loadLabels } = await import("./templates/reading.ts");
  const { recheckApplication } = await import("./core/reader/recheck.ts");
  const { guarantor, mailFrom } = settings;
  return {
    store,
    now,
    random: (length) => randomBytes(length),
    newId: () => randomUUID(),
    sealer: sealerFromKeys(settings.sealKey, settings.sealKeysPrevious),
    documents: documentPort(),
    recheck: (application, known) => recheckApplication(application, known, loadLabels()),
    compose: await openComposer(settings, { words, now, ids }),
    policy: {
      guarantor,
      deskAddress: mailFrom,
      approvals: settings.approvals,
      mailTrust: settings.mailTrust,
      verifyFailuresMax: settings.verifyFailuresMax,
      caps: settings.caps,
      fees,
      workKindWords: JSON.parse(
        await readFile(new URL("./templates/ja/work-kinds.json", import.meta.url), "utf8"),
      ),
    },
  };
}

type Say = (key: string, params?: Record<string, string>) => string;
type CommandLine = (args: string[], say: Say, words: Words) => Promise<number>;

const kept =
  (run: "runAudit" | "runLetters" | "runReseal"): CommandLine =>
  async (args, say) => {
    const terminal = { variables: process.env, database: databaseFromEnv(), say, print, complain };
    return (await import("./prisma/upkeep-command.ts"))[run](args, terminal);
  };

/** In the order of the help. A command returns its exit code. */
const COMMANDS: Record<string, CommandLine> = {
  start: (_, say) => runDoors(["mail", "bot"], say),
  bot: (_, say) => runDoors(["bot"], say),
  mail: (_, say) => runDoors(["mail"], say),
  read,
  doctor,
  migrate,
  audit: kept("runAudit"),
  orderers: (args, say) => registry("orderers", args, say),
  contractors: (args, say) => registry("contractors", args, say),
  guarantees: async (args, say, words) => {
    const world = { database: databaseFromEnv(), output: process.stdout, words, say, complain };
    return (await import("./prisma/export-command.ts")).runExport(args, world);
  },
  letters: kept("runLetters"),
  reseal: kept("runReseal"),
  reconcile,
};

/** Runs one door or both in the foreground until SIGTERM or SIGINT. */
async function runDoors(doors: Door[], say: Say): Promise<number> {
  const settings = settingsFor(doors, say);
  if (settings === null) return 1;
  (await import("./mail/engine.ts")).tuneEngine(settings.database.dataDir);
  const running = await startDesk(settings, doors);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  await running.stop();
  return 0;
}

function settingsFor(doors: Door[], say: Say): Settings | null {
  const read = withFeesFile(readSettings(process.env, doors));
  if (read.ok) return read.settings;
  for (const { name, code } of read.faults) complain(say(`fault.${code}`, { name }));
  return null;
}

async function read([file, ...rest]: string[], say: Say): Promise<number> {
  if (file === undefined || rest.length > 0) return complain(say("error.file_argument"));
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return complain(say("error.file_unreadable", { file, code: codeOf(error) }));
  }
  const { readEml } = await import("./mail/letter/read.ts");
  print(JSON.stringify(await readEml(bytes), null, 2));
  return 0;
}

async function migrate(_: string[], say: Say): Promise<number> {
  const { migrateDatabase } = await import("./prisma/open.ts");
  const names = await migrateDatabase(databaseFromEnv());
  print(names.length === 0 ? say("done.up_to_date") : say("done.migrated", { names: names.join(", ") }));
  return 0;
}

async function registry(name: "orderers" | "contractors", args: string[], say: Say): Promise<number> {
  const { runCheck, runRegistry } = await import("./prisma/registry-command.ts");
  if (name === "orderers" && args[0] === "check") return runCheck(args.slice(1), say, print, complain);
  return runRegistry(name, args, databaseFromEnv(), say, args[0] === "export" ? print : complain);
}

async function reconcile(_: string[], say: Say): Promise<number> {
  const settings = settingsFor(["mail"], say);
  if (settings === null) return 1;
  const database = await (await import("./prisma/open.ts")).openDatabase(settings.database);
  const { runReconcile } = await import("./mail/upkeep/reconcile-command.ts");
  return runReconcile(settings, database.store, say, print).finally(() => database.close());
}

/** Checks every part by itself; all faults at once. */
async function doctor(_: string[], say: Say, words: Words): Promise<number> {
  const { checkSlack } = await import("./bot/doctor.ts");
  const probes = {
    fonts: async () => (await import("./templates/documents/documents.ts")).openFonts(),
    openDatabase: async () => (await import("./prisma/open.ts")).openDatabase(databaseFromEnv()),
    sealState: (await import("./prisma/reseal.ts")).sealState,
    slack: async (settings: Settings) =>
      (await checkSlack(settings)).map((code) => words.sentence("slack", `doctor.${code}`)),
    codeOf,
  };
  const { runDoctor } = await import("./mail/upkeep/doctor.ts");
  return runDoctor(withFeesFile(readSettings(process.env, ["mail", "bot"])), probes, say, print);
}

function databaseFromEnv(): Settings["database"] {
  return databaseSettings(ENV.pick({ DATABASE_URL: true, DATA_DIR: true }).parse(process.env));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): 1 {
  process.stderr.write(`${line}\n`);
  return 1;
}

async function main([name = "help", ...args]: string[]): Promise<number> {
  const words = loadWords();
  const say: Say = (key, params) => words.sentence("operator", key, params);
  const command = COMMANDS[name];
  if (command === undefined || args.includes("--help") || args.includes("-h")) {
    const asked = command !== undefined || ["help", "--help", "-h"].includes(name);
    if (!asked) complain(say("error.unknown_command", { command: name }));
    const lines = command === undefined ? Object.keys(COMMANDS) : [name];
    for (const line of [say("help.title"), say("help.usage"), "", ...lines.map((l) => say(`help.${l}`))])
      print(line);
    return asked ? 0 : 1;
  }
  return command(args, say, words);
}

if (import.meta.main) {
  try {
    process.loadEnvFile();
  } catch {
    // No .env: the settings come from the environment alone.
  }
  main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      if (process.env.LOG_LEVEL === "debug") console.error(error);
      process.exit(complain(sentenceFor(error)));
    },
  );
}
