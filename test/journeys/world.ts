import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../../core/config.ts";
import { type Running, type StartOptions, startDesk } from "../../main.ts";
import { openDatabase } from "../../prisma/open.ts";
import { importRegistry } from "../../prisma/registries.ts";
import { startMail } from "../sandbox/mail.ts";
import type { LoopbackMail } from "../sandbox/mail-types.ts";
import { type LoopbackSlack, startSlack } from "../sandbox/slack/start.ts";

/** Everybody who has a mailbox in the stories. The first is the desk's. */
export const DESK = "hosho@mihon-hosho.example";
export const CONTRACTOR = "suzuki@tone-kensetsu.example";
export const TOWN = "keiyaku@town.tone.example";
export const OTHER_TOWN = "keiyaku@city.fuji.example";
export const STRANGER = "someone@elsewhere.example";
export const MAILBOXES = [DESK, CONTRACTOR, TOWN, OTHER_TOWN, STRANGER];

/** Everybody at the guarantor. The clerk may approve, too, but never what she asked for herself. */
export const CLERK = "U0CLERK";
export const APPROVER = "U0APPROVER";
export const SECOND_APPROVER = "U0APPROVER2";
export const AUDITOR = "U0AUDITOR";
export const REGISTRAR = "U0REGISTRAR";
export const OUTSIDER = "U0OUTSIDER";
export const STAFF = [
  { slack: CLERK, employee: "1001", name: "佐藤 恵", roles: ["clerk", "approver"], branch: "茨城支店" },
  { slack: APPROVER, employee: "1002", name: "田中 剛", roles: ["approver"], branch: null },
  { slack: SECOND_APPROVER, employee: "1009", name: "高橋 一", roles: ["approver"], branch: null },
  { slack: AUDITOR, employee: "1003", name: "山本 進", roles: ["auditor"], branch: null },
  { slack: REGISTRAR, employee: "1004", name: "中村 綾", roles: ["registrar"], branch: null },
];
export const CHANNEL = "C0DESK";

/** The desk between a loopback Slack and a loopback mail server, on a database of its own. */
export interface World {
  mail: LoopbackMail;
  slack: LoopbackSlack;
  desk: Running;
  /** Settings the desk runs with, for a second start or a child process. */
  env: Record<string, string>;
  folder: string;
  /** Starts the desk again after `desk.stop()`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  transport?: "http" | "socket";
  /** A mail server other than the one in memory. */
  mail?: LoopbackMail;
  /** `url` of a server, else an embedded database in the folder. */
  databaseUrl?: string;
  /** Where data is kept; a temporary folder unless told. */
  folder?: string;
  settings?: Record<string, string>;
  /** Shorter waits than those of production. */
  start?: StartOptions;
  /** Do not open the desk here: a child process will. */
  withoutDesk?: boolean;
}

/** Starts everything on loopback, imports the sample registries and opens both doors. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const transport = options.transport ?? "http";
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "hosho-world-")));
  const users = [
    ...STAFF.map(({ slack, name }) => ({ id: slack, name })),
    { id: OUTSIDER, name: "通りすがり" },
  ];
  const [mail, slack, slackPort] = await Promise.all([
    options.mail ?? startMail({ users: MAILBOXES }),
    startSlack({ mode: transport, users, channels: [{ id: CHANNEL, name: "電子保証" }] }),
    freePort(),
  ]);
  await mkdir(folder, { recursive: true });
  const staffFile = join(folder, "staff.json");
  await writeFile(staffFile, JSON.stringify(STAFF));
  const env: Record<string, string> = {
    ...mail.env(),
    ...slack.env(),
    DATA_DIR: join(folder, "data"),
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    SLACK_PORT: String(slackPort),
    STAFF_FILE: staffFile,
    SEAL_KEY: randomBytes(32).toString("base64"),
    GUARANTOR_NAME: "見本建設業保証株式会社",
    GUARANTOR_ADDRESS: "東京都千代田区見本町一丁目2番3号",
    GUARANTOR_REPRESENTATIVE: "代表取締役社長　見本　太郎",
    LOG_LEVEL: "silent",
    ...options.settings,
  };
  if (transport === "http") slack.appUrl = `http://127.0.0.1:${slackPort}`;
  const registries = await importSamples(env);
  const world: World = {
    mail,
    slack,
    env,
    folder,
    desk: options.withoutDesk
      ? { ready: () => false, stop: async () => undefined }
      : await openDesk(env, options.start),
    async restart() {
      world.desk = await openDesk(env, options.start);
    },
    async stop() {
      await world.desk.stop();
      await Promise.all([slack.stop(), mail.remove()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await registries.close();
  return world;
}

/** Opens both doors in this process and waits until they work. */
export async function openDesk(env: Record<string, string>, start: StartOptions = {}): Promise<Running> {
  const read = readSettings(env, ["bot", "mail"]);
  if (!read.ok) throw new Error(`settings: ${read.faults.map((f) => `${f.name} ${f.code}`).join(", ")}`);
  const desk = await startDesk(read.settings, ["bot", "mail"], start);
  for (const deadline = Date.now() + 20_000; !desk.ready(); ) {
    if (Date.now() > deadline) throw new Error("the desk did not become ready");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return desk;
}

/** The database stays open until the desk is, so that an embedded server is started only once. */
async function importSamples(env: Record<string, string>) {
  const database = await openDatabase({ url: env.DATABASE_URL ?? null, dataDir: env.DATA_DIR ?? "" });
  for (const name of ["orderers", "contractors"] as const) {
    const text = await readFile(new URL(`../../prisma/samples/${name}.json`, import.meta.url), "utf8");
    const result = await importRegistry(database.store, name, JSON.parse(text), new Date().toISOString());
    if (!result.ok) throw new Error(`${name}: ${JSON.stringify(result.faults)}`);
  }
  return database;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
