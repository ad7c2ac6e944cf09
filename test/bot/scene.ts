import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openBotDoor } from "../../bot/app.ts";
import type { BotLog } from "../../bot/log.ts";
import type { AnnouncePace } from "../../bot/pauses.ts";
import { completeIssue } from "../../core/desk/complete.ts";
import { contractorSchema, ordererSchema } from "../../core/registry.ts";
import type { Application } from "../../core/terms.ts";
import { showLetter } from "../../mail/letter/open.ts";
import { openDatabase } from "../../prisma/open.ts";
import { loadWords } from "../../templates/words.ts";
import { freshDatabase } from "../database.ts";
import { application } from "../desk/application.ts";
import { makeDesk } from "../desk/make-desk.ts";
import { arrived, recordOne } from "../prisma/samples.ts";
import { startSlack } from "../sandbox/slack/start.ts";

/** The Slack door on the real store, before the loopback Slack: one desk, five people. */

const STAFF = [
  { slack: "U_CLERK", employee: "1001", name: "佐藤 一郎", roles: ["clerk"], branch: "茨城支店" },
  { slack: "U_BOSS", employee: "1002", name: "鈴木 花子", roles: ["approver"], branch: null },
  { slack: "U_BOTH", employee: "1003", name: "高橋 次郎", roles: ["clerk", "approver"], branch: null },
  { slack: "U_REG", employee: "1004", name: "田中 三郎", roles: ["registrar"], branch: null },
  { slack: "U_NONE", employee: "1005", name: "伊藤 四郎", roles: [], branch: null },
  // The same person as U_BOTH with a second Slack account.
  { slack: "U_TWIN", employee: "1003", name: "高橋 次郎", roles: ["approver"], branch: null },
];

export const words = loadWords();

interface SceneOptions {
  mode?: "http" | "socket";
  ordererChannel?: string;
  /** Shorter waits of the outbox. */
  pace?: AnnouncePace & { callTimeoutMs?: number };
}

export async function openScene(options: SceneOptions = {}) {
  const { mode = "socket", pace = {} } = options;
  const database = await freshDatabase();
  const logged: { level: string; facts: object; message: string }[] = [];
  const log = recorder(logged);
  const settled = { url: database.url, dataDir: "" };
  const { store, jobs, leadership, close } = await openDatabase(settled);
  const users = STAFF.map(({ slack: id, name }) => ({ id, name }));
  const slack = await startSlack({ mode, users: [...users, "U_STRANGER"], channels: ["C_DESK", "C_BRANCH"] });
  const folder = mkdtempSync(join(tmpdir(), "hosho-bot-"));
  const staffFile = join(folder, "staff.json");
  writeFileSync(staffFile, JSON.stringify(STAFF));
  const now = () => new Date().toISOString();
  const desk = makeDesk(store, { now });
  const orderer = ordererSchema.parse({
    ...{ name: "利根町", certificateName: "利根町長", prefecture: "茨城県" },
    ...(options.ordererChannel === undefined ? {} : { slackChannel: options.ordererChannel }),
  });
  const contractor = contractorSchema.parse({
    ...{
      name: "利根建設株式会社",
      address: "茨城県北相馬郡利根町布川1",
      representative: "代表取締役 利根 太郎",
    },
    addresses: ["suzuki@tone-kensetsu.example"],
  });
  await store.transact(async (tx) => {
    await tx.replaceOrderers([orderer], now());
    await tx.replaceContractors([contractor], now());
  });
  const port = await freePort();
  const env = slack.env();
  const settings = {
    staffFile,
    slack: {
      ...{ mode, botToken: env.SLACK_BOT_TOKEN ?? "", appToken: env.SLACK_APP_TOKEN ?? null },
      ...{ signingSecret: env.SLACK_SIGNING_SECRET ?? null, host: "127.0.0.1", port },
      ...{ apiUrl: slack.apiUrl, channel: "C_DESK" },
    },
  };
  if (mode === "http") slack.appUrl = `http://127.0.0.1:${port}`;
  const parts = { settings, openLetter: showLetter, words, log, pace };
  const openDoor = () => openBotDoor({ ...parts, desk, jobs, leadership });
  /** The same program once more, on the same database and the same Slack. */
  const openAnother = async () => {
    const own = await openDatabase(settled);
    const another = await openBotDoor({
      ...{ ...parts, desk: { ...desk, store: own.store } },
      ...{ jobs: own.jobs, leadership: own.leadership },
    });
    return { store: own.store, jobs: own.jobs, door: another, close: own.close };
  };
  const door = await openDoor();
  await jobs.work("desk.issue", (caseId) => completeIssue(desk, caseId));

  /** Opens a case as a letter would, with its card. @returns its id. */
  const openCase = async (
    changes: Partial<Application> = {},
  ): Promise<{ id: string; receiptNumber: string }> => {
    const asked = application(changes);
    const id = randomUUID();
    const receiptNumber = await store.transact(async (tx) => {
      const at = now();
      const place = { mailbox: "INBOX", uidValidity: 1n, uid: randomBytes(3).readUIntBE(0, 3) + 1 };
      const rest = {
        contentKey: randomBytes(32).toString("hex"),
        sealedRaw: new Uint8Array(1),
        size: 1,
        oversize: false,
      };
      const letter = await recordOne(tx, arrived({ place, receivedAt: at, ...rest }));
      const number = await tx.nextReceiptNumber();
      const [town] = await tx.ordererNamed("利根町長");
      const builder = await tx.contractorNamed("利根建設株式会社");
      await tx.insertCase({
        ...{
          id,
          receiptNumber: number,
          openedAt: at,
          origin: "mail",
          letterId: letter.id,
          senderAddress: "suzuki@tone-kensetsu.example",
        },
        ...{ trust: "registered", application: asked, problems: [], checks: [] },
        ...{ ordererId: town?.id ?? null, contractorId: builder?.id ?? null },
        guarantees: asked.guarantees.map((one) => ({
          ...{ id: randomUUID(), kind: one.kind, requested: one, status: "applied" },
        })),
      });
      await tx.addSlack({ kind: "card", caseId: id }, at);
      await tx.addSlack(
        {
          kind: "thread",
          cause: `letter:${letter.id}`,
          caseId: id,
          content: { event: "opened", letterId: letter.id, problems: 0 },
        },
        at,
      );
      return number;
    });
    return { id, receiptNumber };
  };
  /** Every audit entry, oldest first. */
  const audited = () =>
    query<{ action: string; actor: string; caseId: string | null; data: Record<string, unknown> }>(
      'SELECT action, actor::text AS actor, case_id AS "caseId", data FROM audit_entries ORDER BY serial',
    );
  /** The id of the oldest message that waits to be said. */
  const waitingSlack = async () => {
    const rows = await query<{ id: string }>(
      "SELECT id FROM slack_messages WHERE state = 'pending' ORDER BY created_at",
    );
    return rows[0]?.id ?? "";
  };
  async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  }
  return {
    ...{
      slack,
      desk,
      store,
      door,
      openDoor,
      openAnother,
      openCase,
      audited,
      waitingSlack,
      logged,
      staffFile,
      database,
    },
    async stop() {
      await door.stop();
      await close().catch(() => undefined);
      await slack.stop();
      await database.drop().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Scene = Awaited<ReturnType<typeof openScene>>;

function recorder(logged: { level: string; facts: object; message: string }[]): BotLog {
  const at = (level: string) => (facts: object, message: string) =>
    void logged.push({ level, facts, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
