import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../../prisma/embedded.ts";
import { openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { importRegistry } from "../../prisma/registries.ts";
import { CHANNEL, DESK, MAILBOXES, startWorld, type World } from "../journeys/world.ts";
import { startDovecot } from "../sandbox/dovecot.ts";
import { startMail } from "../sandbox/mail.ts";
import type { LoopbackMail } from "../sandbox/mail-types.ts";
import { type Child, startChild } from "./child.ts";
import { CONTRACTORS, clerkAddress, type MarkedLetter, mailboxOf } from "./letters.ts";
import { ARM, type Planted } from "./points.ts";
import { Relay } from "./relay.ts";

/** Everything around the killed program: servers that can be killed, too, and people's mailboxes. */
export interface CrashWorld {
  mail: LoopbackMail;
  slack: World["slack"];
  relay: Relay;
  channel: string;
  /** Starts the program; `arm` says where it dies. */
  start(arm?: Record<string, string>): Child;
  /** Puts a letter into the desk's mailbox (twice when it says so). */
  post(letter: MarkedLetter): Promise<void>;
  killImap(): Promise<void>;
  killDatabase(): Promise<void>;
  killSmtp(): Promise<void>;
  stop(): Promise<void>;
}

export interface CrashOptions {
  /** A real Dovecot, or the IMAP server in memory. */
  dovecot: boolean;
  /** How many clerks of the town can ask. */
  clerks: number;
  plant: Planted | null;
}

const SMTP_AWAY_MS = 400;

export async function startCrashWorld({ dovecot, clerks, plant }: CrashOptions): Promise<CrashWorld> {
  const users = [...new Set([...MAILBOXES, ...CONTRACTORS])];
  const mail = await (dovecot ? startDovecot({ users }) : startMail({ users }));
  const gate = new Gate();
  const relay = new Relay((to, raw) => gate.through(() => put(mail, DESK, mailboxOf(to), raw)));
  await relay.start();
  const folder = await mkdtemp(join(tmpdir(), "hosho-crash-"));
  await chmod(folder, 0o755); // as root the database runs as another user
  const server = await openEmbedded(join(folder, "database"));
  const world = await startWorld({
    mail,
    folder: join(folder, "world"),
    databaseUrl: server.url,
    withoutDesk: true,
    settings: { SMTP_PORT: String(relay.port), MAIL_GO_LIVE: new Date(Date.now() - 60_000).toISOString() },
  });
  await registerClerks(server.url, folder, clerks);
  if (plant === "duplicates") await forgetUniqueness(server.url);
  const children = new Set<Child>();
  const fault = plant === null ? {} : { [ARM.fault]: plant };
  return {
    mail,
    slack: world.slack,
    relay,
    channel: CHANNEL,
    start(arm = {}) {
      const child = startChild({ ...world.env, ...fault, ...arm }, join(folder, "compiled"));
      children.add(child);
      void child.ended.then(() => children.delete(child));
      return child;
    },
    post: (letter) =>
      gate.through(async () => {
        for (let time = 0; time < (letter.twice || plant === "duplicates" ? 2 : 1); time++)
          await put(mail, letter.mailbox, DESK, letter.raw);
      }),
    killImap: () =>
      gate.closed(async () => {
        await killDovecot();
        await mail.stop();
        await mail.start();
      }),
    killDatabase: () => killPostmaster(server.url, join(folder, "database")),
    async killSmtp() {
      await relay.stop();
      await new Promise((resolve) => setTimeout(resolve, SMTP_AWAY_MS));
      await relay.start();
    },
    async stop() {
      for (const child of children) child.kill();
      await Promise.all([...children].map((child) => child.ended));
      await relay.stop();
      await world.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Letters pass while it is open; closing waits for those under way, so that no delivery itself is left in doubt. */
class Gate {
  #under = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  async through<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== null) await this.#closed;
    const running = work();
    this.#under.add(running);
    try {
      return await running;
    } finally {
      this.#under.delete(running);
    }
  }

  async closed(work: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    await Promise.allSettled([...this.#under]);
    try {
      await work();
    } finally {
      this.#closed = null;
      resolve();
    }
  }
}

/** Hands a letter to the border server, as the user who is logged in there. */
async function put(mail: LoopbackMail, from: string, to: string, raw: Buffer): Promise<void> {
  await mail.send(from, { to, raw });
}

async function registerClerks(url: string, folder: string, count: number): Promise<void> {
  const text = await readFile(new URL("../../prisma/samples/orderers.json", import.meta.url), "utf8");
  const orderers: { mailboxes: Record<string, unknown>[] }[] = JSON.parse(text);
  const town = orderers[0];
  const mailbox = town?.mailboxes[0];
  if (town === undefined || mailbox === undefined) throw new Error("the sample registry has no mailbox");
  for (let n = 1; n <= count; n++) town.mailboxes.push({ ...mailbox, address: clerkAddress(n) });
  const database = await openDatabase({ url, dataDir: folder });
  try {
    const result = await importRegistry(database.store, "orderers", orderers, new Date().toISOString());
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
  } finally {
    await database.close();
  }
}

/** The planted fault: nothing in the tables keeps a letter from being taken twice. */
async function forgetUniqueness(url: string): Promise<void> {
  const db = await connectOnce(url);
  try {
    await db.query("DROP INDEX letters_mailbox_uid_validity_uid_key, letters_original_content");
  } finally {
    await db.end();
  }
}

/** SIGKILL to Dovecot's whole group, found among our own children; elsewhere `mail.stop` ends it. */
async function killDovecot(): Promise<void> {
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (name === "dovecot" && Number(parent) === process.pid) process.kill(-Number(pid), "SIGKILL");
  }
}

/** SIGKILL to the server's first process; its children follow. `openEmbedded` starts it again within a second. */
async function killPostmaster(url: string, dataDir: string): Promise<void> {
  const pidFile = await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8");
  process.kill(Number(pidFile.split("\n")[0]), "SIGKILL");
  for (const deadline = Date.now() + 30_000; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const db = await connectOnce(url, 1000).catch(() => null);
    await db?.end();
    if (db !== null) return;
    if (Date.now() > deadline) throw new Error("PostgreSQL did not come back");
  }
}
