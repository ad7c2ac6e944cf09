import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../../prisma/embedded.ts";
import { CHANNEL, DESK, freePort, MAILBOXES, startWorld, type World } from "../journeys/world.ts";
import { startDovecot } from "../sandbox/dovecot.ts";
import { startMail } from "../sandbox/mail.ts";
import type { Letter, LoopbackMail } from "../sandbox/mail-types.ts";
import { type Child, prepareChild, type Standby } from "./child.ts";
import { CONTRACTORS, type MarkedLetter, mailboxOf } from "./letters.ts";
import { ARM, type Planted } from "./points.ts";
import { Relay } from "./relay.ts";
import { Gate, killDovecot, killPostmaster } from "./servers.ts";
import { doubleJobs, forgetUniqueness, registerClerks } from "./tables.ts";

/** Everything around the killed program: servers that can be killed, too, and people's mailboxes. */
export interface CrashWorld {
  mail: LoopbackMail;
  slack: World["slack"];
  relay: Relay;
  channel: string;
  /** For who looks at the tables when all is over. */
  databaseUrl: string;
  /** Starts the program; `arm` says where it dies. A second one beside the first gets a Slack port of its own. */
  start(arm?: Record<string, string>, options?: { second?: boolean }): Child;
  /** Puts a letter into the desk's mailbox (twice when it says so). */
  post(letter: MarkedLetter): Promise<void>;
  /** Copies of all letters that the SMTP server took. */
  journal(): Promise<Letter[]>;
  /** @param awayMs how long it stays away. */
  killImap(awayMs: number): Promise<void>;
  killDatabase(): Promise<void>;
  killSmtp(): Promise<void>;
  /** From now on the queue hands out each job of the mail door twice. */
  doubleJobs(): Promise<void>;
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
/** In memory the copies lie among the letters that come in; Dovecot files them by the address's detail (RFC 5233). */
const JOURNAL = { memory: { mailbox: "INBOX", address: DESK }, dovecot: atDetail("journal") };
const DETAILS = "recipient_delimiter = +\nlmtp_save_to_detail_mailbox = yes\nlda_mailbox_autocreate = yes\n";
/** Every answer is to be given, however many one town asks for in an hour. */
const NO_CAPS = {
  MAIL_CAP_SENDER_HOUR: "0",
  MAIL_CAP_DOMAIN_HOUR: "0",
  MAIL_CAP_CASE_HOUR: "0",
  MAIL_CAP_GLOBAL_HOUR: "0",
};

export async function startCrashWorld({ dovecot, clerks, plant }: CrashOptions): Promise<CrashWorld> {
  const journal = dovecot ? JOURNAL.dovecot : JOURNAL.memory;
  const users = [...new Set([...MAILBOXES, ...CONTRACTORS, journal.address])];
  const mail = await (dovecot ? startDovecot({ users, extra: DETAILS }) : startMail({ users }));
  const gate = new Gate();
  const relay = new Relay((to, raw) =>
    gate.now(async () => void (await mail.send(DESK, { to: [mailboxOf(to), journal.address], raw }))),
  );
  await relay.start();
  const folder = await mkdtemp(join(tmpdir(), "hosho-crash-"));
  await chmod(folder, 0o755); // as root the database runs as another user
  // Processes are killed, not the machine: what was written is in the system's hands. Syncing would only cost time.
  const server = await openEmbedded(join(folder, "database"), { settings: ["fsync=off"] });
  const secondPort = await freePort();
  const world = await startWorld({
    mail,
    folder: join(folder, "world"),
    databaseUrl: server.url,
    withoutDesk: true,
    settings: {
      ...NO_CAPS,
      SMTP_PORT: String(relay.port),
      MAIL_GO_LIVE: new Date(Date.now() - 60_000).toISOString(),
      MAIL_JOURNAL: journal.mailbox,
    },
  });
  await registerClerks(server.url, folder, clerks);
  if (plant === "unique") await forgetUniqueness(server.url);
  const children = new Set<Child>();
  const fault = plant === null ? {} : { [ARM.fault]: plant };
  const compiled = join(folder, "compiled");
  let standby: Standby | null = null;
  return {
    mail,
    slack: world.slack,
    relay,
    channel: CHANNEL,
    databaseUrl: server.url,
    start(arm = {}, { second = false } = {}) {
      const slackPort = second ? { SLACK_PORT: String(secondPort) } : {};
      const child = (standby ?? prepareChild(compiled)).start({
        ...world.env,
        ...fault,
        ...slackPort,
        ...arm,
      });
      children.add(child);
      void child.ended.then(() => children.delete(child));
      standby = prepareChild(compiled);
      return child;
    },
    post: (letter) =>
      gate.through(async () => {
        for (let time = 0; time < (letter.twice || plant === "unique" ? 2 : 1); time++)
          await mail.send(letter.mailbox, { to: DESK, raw: letter.raw });
      }),
    journal: () => mail.inbox(DESK, journal.mailbox),
    killImap: (awayMs) =>
      gate.closed(async () => {
        await killDovecot();
        await mail.stop();
        await new Promise((resolve) => setTimeout(resolve, awayMs));
        await mail.start();
      }),
    killDatabase: () => killPostmaster(server.url, join(folder, "database")),
    async killSmtp() {
      await relay.stop();
      await new Promise((resolve) => setTimeout(resolve, SMTP_AWAY_MS));
      await relay.start();
    },
    doubleJobs: () => doubleJobs(server.url),
    async stop() {
      standby?.discard();
      for (const child of children) child.kill();
      await Promise.all([...children].map((child) => child.ended));
      await relay.stop();
      await world.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function atDetail(mailbox: string): { mailbox: string; address: string } {
  return { mailbox, address: DESK.replace("@", `+${mailbox}@`) };
}
