import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "../../prisma/embedded.ts";
import { WORKS_TITLE } from "../demo/letters.ts";
import { type Program, runProgram } from "../journeys/child.ts";
import { apply, cardWith, issue } from "../journeys/steps.ts";
import { CHANNEL, DESK, freePort, MAILBOXES, startWorld, type World } from "../journeys/world.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { openPost, type Post } from "./post.ts";
import { childrenNamed, cpuOf } from "./processes.ts";
import { type SmtpRecord, startSmtp } from "./smtp.ts";

/** The bare loop has a mailbox of its own beside the desk's. */
const FLOOR = "floor@mihon-hosho.example";
/** Every letter is to be answered, however many one town sends in an hour. */
const NO_CAPS = {
  MAIL_CAP_SENDER_HOUR: "0",
  MAIL_CAP_DOMAIN_HOUR: "0",
  MAIL_CAP_CASE_HOUR: "0",
  MAIL_CAP_GLOBAL_HOUR: "0",
};

/** Where processor time goes. `bench`: the loopback Slack and what the benchmark itself does. */
export type Part = "program" | "PostgreSQL" | "Dovecot" | "SMTP" | "bench";
/** What the desk costs its operator; the rest stands for other people's machines. */
export const PRODUCT: readonly Part[] = ["program", "PostgreSQL"];

/**
 * The world of a benchmark: Dovecot, PostgreSQL as a server, an SMTP server, and the program, each in processes of its
 * own; the loopback Slack has this one. One guarantee pair was issued, which letters can ask about.
 */
export interface BenchWorld {
  slack: World["slack"];
  smtp: SmtpRecord;
  /** Into the desk's mailbox, and into that of the bare loop. */
  post: Post;
  floorPost: Post;
  floorEnv: Record<string, string>;
  notices: { number: string; key: string }[];
  /** Replies in the thread of the case they belong to: one for each question that was answered. */
  replies(): number;
  /** Starts the whole program and waits until it is ready. Slack talks to the first that runs. */
  start(): Promise<Program>;
  /** Processor seconds so far, by part; of these programs, those of their beginning included. */
  cpu(...programs: readonly Program[]): Promise<Record<Part, number>>;
  stop(): Promise<void>;
}

export async function startBenchWorld(): Promise<BenchWorld> {
  if (!dovecotInstalled())
    throw new Error(
      "the benchmarks need Dovecot 2.3: apt-get install dovecot-imapd dovecot-lmtpd (or --only notice)",
    );
  const known = await childrenNamed("dovecot");
  const mail = await startDovecot({ users: [...MAILBOXES, FLOOR] });
  const dovecot = (await childrenNamed("dovecot")).find((pid) => !known.includes(pid)) ?? Number.NaN;
  const folder = await mkdtemp(join(tmpdir(), "hosho-bench-"));
  await chmod(folder, 0o755); // as root the database runs as another user
  const server = await openEmbedded(join(folder, "database"));
  const pidFile = await readFile(join(folder, "database", "postgres", "data", "postmaster.pid"), "utf8");
  const postmaster = Number(pidFile.split("\n")[0]);
  const smtp = await startSmtp();
  const world = await startWorld({
    ...{ mail, folder: join(folder, "world"), databaseUrl: server.url, withoutDesk: true },
    settings: NO_CAPS,
  });
  const programs = new Set<Program>();
  const start = async (env: Record<string, string> = {}) => {
    const slackPort = programs.size === 0 ? (world.env.SLACK_PORT ?? "") : String(await freePort());
    const program = runProgram(["start"], {
      ...world.env,
      ...{ SLACK_PORT: slackPort, LOG_LEVEL: "info", ...env },
    });
    programs.add(program);
    void program.ended.then(() => programs.delete(program));
    await program.ready();
    return program;
  };
  // The notices go to a mailbox that can be read; measured letters go to the SMTP server that only takes them.
  const first = await start();
  const receipt = await apply(world, WORKS_TITLE);
  const notices = await issue(world, receipt);
  const card = await cardWith(world, receipt, "発行済");
  await first.end();
  const issued = world.slack.thread(CHANNEL, card.ts).length;
  const [post, floorPost] = [openPost(mail.imap(DESK)), openPost(mail.imap(FLOOR))];
  const measured = { SMTP_PORT: String(smtp.port) };
  return {
    ...{ slack: world.slack, smtp, post, floorPost, notices },
    floorEnv: { ...mail.env(FLOOR), ...measured },
    replies: () => world.slack.thread(CHANNEL, card.ts).length - issued,
    start: () => start(measured),
    cpu: (...running) =>
      cpuOf({
        program: running.map((program) => program.process.pid ?? Number.NaN),
        PostgreSQL: [postmaster],
        Dovecot: [dovecot],
        SMTP: [smtp.pid],
        bench: [process.pid],
      }),
    async stop() {
      await Promise.all([...programs].map((program) => program.end()));
      await Promise.all([post.close(), floorPost.close()]);
      await world.stop();
      await smtp.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
