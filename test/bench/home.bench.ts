import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openBotDoor } from "../../bot/app.ts";
import { makeBot } from "../../bot/bot.ts";
import { homeView } from "../../bot/home.ts";
import { myWork } from "../../core/desk/home.ts";
import type { StaffMember } from "../../core/policy.ts";
import { openEmbedded } from "../../prisma/embedded.ts";
import { openDatabase } from "../../prisma/open.ts";
import { loadWords } from "../../templates/words.ts";
import { makeDesk } from "../desk/make-desk.ts";
import { startSlack } from "../sandbox/slack/start.ts";
import { CASES, fill } from "./home-rows.ts";
import { type BenchRow, median, quantile } from "./rows.ts";

/**
 * The home tab of a desk with 20,000 cases, from opening it in Slack to the view standing there; beside as many bare
 * round trips to the database as it takes statements. The goal is one second.
 */

const TURNS = 60;
const WARM_UP = 5;
const GOAL_MS = 1000;
const OFFICE: StaffMember = {
  ...{ slack: "U_BOTH", employee: "1003", name: "高橋 次郎", branch: null },
  roles: ["clerk", "approver", "registrar"],
};

export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "hosho-bench-home-"));
  await chmod(folder, 0o755); // as root the database runs as another user
  const server = await openEmbedded(join(folder, "database"));
  const opened = await openDatabase({ url: server.url, dataDir: "" });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const slack = await startSlack({ mode: "socket", users: ["U_BOTH"], channels: ["C_DESK"] });
  try {
    await fill(client);
    const staffFile = join(folder, "staff.json");
    await writeFile(staffFile, JSON.stringify([OFFICE]));
    const desk = makeDesk(opened.store);
    const words = loadWords();
    const log = { debug: () => {}, info: () => {}, warn: console.error, error: console.error };
    const env = slack.env();
    const door = await openBotDoor({
      settings: {
        staffFile,
        slack: {
          ...{ mode: "socket", botToken: env.SLACK_BOT_TOKEN ?? "", appToken: env.SLACK_APP_TOKEN ?? null },
          ...{ signingSecret: null, host: "127.0.0.1", port: 0, apiUrl: slack.apiUrl, channel: "C_DESK" },
        },
      },
      ...{ desk, jobs: opened.jobs, leadership: opened.leadership, words, log, openLetter: async () => null },
    });
    const person = slack.person("U_BOTH");
    const staff = {
      admitted: () => ({ ok: true, value: OFFICE }) as const,
      bySlack: () => OFFICE,
      peopleWho: () => [OFFICE],
    };
    const bot = makeBot({ desk, staff, openLetter: async () => null, words, log });
    const rows = await measured(client, {
      home: async () => void (await person.openHome()),
      view: async () => void (await homeView(bot, OFFICE)),
      list: async () => void (await myWork(desk, OFFICE, 21)),
    });
    const blocks = person.home()?.blocks.length ?? 0;
    await door.stop();
    return rows.map((row) => ({ ...row, note: `${row.note}; ${blocks} blocks` }));
  } finally {
    await client.end();
    await opened.close();
    await slack.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(
  client: pg.Client,
  acts: { home: () => Promise<void>; view: () => Promise<void>; list: () => Promise<void> },
): Promise<BenchRow[]> {
  const statements = { view: await statementsOf(acts.view), list: await statementsOf(acts.list) };
  const times = { home: [] as number[], view: [] as number[], list: [] as number[], floor: [] as number[] };
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    const home = await timed(acts.home);
    const view = await timed(acts.view);
    const list = await timed(acts.list);
    const floor = await timed(() => client.query("SELECT 1"));
    if (turn < 0) continue;
    times.home.push(home);
    times.view.push(view);
    times.list.push(list);
    times.floor.push(floor);
  }
  const trip = median(times.floor);
  const row = (name: string, values: readonly number[], count: number): BenchRow => {
    const [p99, floor] = [quantile(values, 0.99), trip * count];
    return {
      ...{ name, unit: "ms", ours: p99, floor, ratio: floor / p99 },
      note: `${CASES} cases; p99 of ${values.length}, p50 ${median(values).toFixed(0)} ms, goal ${GOAL_MS} ms; floor: ${count} round trips of SELECT 1, ${trip.toFixed(2)} ms each`,
    };
  };
  return [
    row("App Home, opened to published", times.home, statements.view),
    row("App Home, the view alone", times.view, statements.view),
    row("work list, the query alone", times.list, statements.list),
  ];
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Statements that an act sends, BEGIN and COMMIT among them; counted at the driver. */
async function statementsOf(act: () => Promise<void>): Promise<number> {
  await act();
  const { query } = pg.Client.prototype;
  let count = 0;
  pg.Client.prototype.query = function counted(this: pg.Client, ...args: unknown[]) {
    count += 1;
    return Reflect.apply(query, this, args);
  } as typeof query;
  try {
    await act();
  } finally {
    pg.Client.prototype.query = query;
  }
  return count;
}
