import { setTimeout as pause } from "node:timers/promises";
import { CHANNEL, CLERK } from "../journeys/world.ts";
import { startSlack } from "../sandbox/slack/start.ts";
import { startTinyApp } from "../sandbox/tiny-app.ts";
import { mixedLetter } from "./letters.ts";
import { type BenchRow, median, quantile } from "./rows.ts";
import { startBenchWorld } from "./world.ts";

/** Commands of a clerk, one after the other, while letters come in. */
const COMMANDS = 500;
const LETTERS_A_SECOND = 20;
/** Between two commands, so that letters get their share of the machine. */
const EVERY_MS = 20;
/** The goal: a sixth of what Slack allows. */
const GOAL_MS = 500;
const ASKED = [
  "",
  "一覧",
  "詳細 A-000001",
  "引受",
  "検索 町道",
  "監査 A-000001",
  "試算 中間 5,000,000",
  "ヘルプ",
] as const;

/** How soon Slack is acknowledged while letters flow, beside an app of the same library that does nothing. */
export async function run(): Promise<BenchRow[]> {
  const world = await startBenchWorld();
  const idleSlack = await startSlack({ mode: world.slack.mode, users: [CLERK], channels: [CHANNEL] });
  const idleApp = await startTinyApp(idleSlack);
  const program = await world.start();
  const flow = { on: true };
  const flowing = deliver(world, flow);
  try {
    const from = world.slack.ackLatencies.length;
    const clerk = world.slack.person(CLERK);
    const idleClerk = idleSlack.person(CLERK);
    for (let n = 0; n < COMMANDS; n++) {
      await clerk.command("/hosho", ASKED[n % ASKED.length] ?? "", { channel: CHANNEL });
      await idleClerk.command("/hosho", "ヘルプ", { channel: CHANNEL });
      await pause(EVERY_MS);
    }
    const acks = world.slack.ackLatencies.slice(from);
    const p99 = quantile(acks, 0.99);
    const peer = quantile(idleSlack.ackLatencies, 0.99);
    const note = (goal: string) =>
      `p99 of ${acks.length} commands of ${ASKED.length} kinds while ${LETTERS_A_SECOND} letters a second come in; p50 ${median(acks).toFixed(0)} ms, most ${quantile(acks, 1).toFixed(0)} ms; ${goal}`;
    return [
      {
        ...{ name: "acknowledgement while letters flow", unit: "ms", ours: p99 },
        ...{ floor: GOAL_MS, ratio: GOAL_MS / p99, note: note(`floor: the goal of ${GOAL_MS} ms`) },
      },
      {
        ...{ name: "the same, beside an idle app", unit: "ms", ours: p99 },
        ...{ floor: peer, ratio: peer / p99 },
        note: note("floor: an app of the same library that only acknowledges, asked in turn with ours"),
      },
    ];
  } finally {
    flow.on = false;
    await flowing;
    await program.end();
    await idleApp.stop();
    await idleSlack.stop();
    await world.stop();
  }
}

async function deliver(world: Awaited<ReturnType<typeof startBenchWorld>>, flow: { on: boolean }) {
  for (let n = 0; flow.on; n++) {
    const due = Date.now() + 1000 / LETTERS_A_SECOND;
    await world.post.deliver(mixedLetter(n, world.notices));
    await pause(Math.max(0, due - Date.now()));
  }
}
