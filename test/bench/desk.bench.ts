import { setTimeout as pause } from "node:timers/promises";
import { CHANNEL, CLERK } from "../journeys/world.ts";
import { runFloor } from "./bare-loop.ts";
import { query } from "./letters.ts";
import { inWords, perLetter, rssOf } from "./processes.ts";
import { type Drained, drained, lateness } from "./reckoning.ts";
import { type BenchOptions, type BenchRow, median, quantile, turns } from "./rows.ts";
import { type BenchWorld, PRODUCT, startBenchWorld } from "./world.ts";

/** Letters that wait in the mailbox when the program (or the floor) starts. */
const LETTERS = 500;
/** The program and the floor take turns, so that whatever else the machine does falls on both. */
const TURNS = 3;
const ACK_EVERY_MS = 20;
/** What Slack was not told yet would burden the next turn; not waited for longer. */
const DRAIN_MS = 20_000;

interface Turn {
  /** From the program's start to the last answer, seconds. */
  seconds: number;
  ready: number;
  slack: Drained;
  cpu: Record<string, number>;
  rss: number;
}

/**
 * The whole program as a child process: from waiting letters to answered verifications beside the bare loop, how
 * quickly Slack is acknowledged meanwhile, and the memory at the end.
 */
export async function run({ letters = LETTERS }: BenchOptions = {}): Promise<BenchRow[]> {
  const world = await startBenchWorld();
  try {
    const acks: number[] = [];
    const [ours, floors] = [[] as Turn[], [] as Awaited<ReturnType<typeof runFloor>>[]];
    for (let turn = 0; turn < TURNS; turn++) {
      const asked = Array.from({ length: letters }, (_, n) => query(turn * letters + n, world.notices));
      floors.push(await runFloor(world, asked));
      ours.push(await measure(world, asked, acks, (turn + 1) * letters));
    }
    const rates = ours.map(({ seconds }) => letters / seconds);
    const floorRates = floors.map(({ rate }) => rate);
    const afterReady = ours.map(({ seconds, ready }) => letters / (seconds - ready));
    const ratios = rates.map((rate, turn) => rate / (floorRates[turn] ?? Number.NaN));
    const costs = ours.map(({ cpu }) => PRODUCT.reduce((sum, part) => sum + (cpu[part] ?? 0), 0));
    const floorCost = median(floors.map(({ cpuMs }) => cpuMs));
    const rss = median(ours.map((turn) => turn.rss));
    const floorRss = median(floors.map((turn) => turn.rss));
    return [
      {
        name: "mailbox to answered verification",
        unit: "letters/s",
        ours: median(rates),
        floor: median(floorRates),
        ratio: median(ratios),
        note: `${letters} letters waiting in Dovecot, program start included, ${TURNS} turns (ours ${turns(rates)}, floor ${turns(floorRates)}); ready after ${turns(ours.map(({ ready }) => ready))} s, from there ${turns(afterReady)} letters/s; floor: imapflow → mailparser → nodemailer, 50 a fetch, 5 connections, 30 kB attached`,
      },
      {
        name: "processor time for a verification",
        unit: "ms CPU",
        ours: median(costs),
        floor: floorCost,
        ratio: floorCost / median(costs),
        note: `program and PostgreSQL, from the program's start until Slack was told (${turns(costs)}); in the last turn ${lateness(ours.at(-1)?.slack ?? { before: 0, after: 0, seconds: 0 })}; ms a letter: ${inWords(ours.at(-1)?.cpu ?? {})} (Slack's stand-in is in "bench"); floor: the bare loop's process`,
      },
      ackRow(acks),
      {
        name: "memory after them",
        unit: "MB RSS",
        ours: rss,
        floor: floorRss,
        ratio: rss / floorRss,
        note: "median of the turns; floor: the bare loop's peak; the ratio is ours against it, less is better",
      },
    ];
  } finally {
    await world.stop();
  }
}

async function measure(
  world: BenchWorld,
  asked: Parameters<typeof runFloor>[1],
  acks: number[],
  due: number,
): Promise<Turn> {
  await world.post.deliverAll(asked);
  const before = world.smtp.taken.length;
  const idle = await world.cpu();
  const begun = Date.now();
  const program = await world.start();
  const ready = (Date.now() - begun) / 1000;
  const from = world.slack.ackLatencies.length;
  const clerk = world.slack.person(CLERK);
  for (let n = 0; world.smtp.taken.length - before < asked.length; n++) {
    await clerk.command("/hosho", n % 2 === 0 ? "一覧" : "詳細 A-000001", { channel: CHANNEL });
    await pause(ACK_EVERY_MS);
  }
  const last = world.smtp.taken.at(-1)?.at ?? Number.NaN;
  acks.push(...world.slack.ackLatencies.slice(from));
  const rss = await rssOf(program.process.pid ?? Number.NaN);
  const slack = await drained(world, due, DRAIN_MS);
  const after = await world.cpu(program);
  await program.end();
  return { seconds: (last - begun) / 1000, ready, slack, cpu: perLetter(idle, after, asked.length), rss };
}

function ackRow(acks: readonly number[]): BenchRow {
  const p99 = quantile(acks, 0.99);
  return {
    name: "Slack acknowledgement",
    unit: "ms",
    ours: p99,
    floor: 3000,
    ratio: 3000 / p99,
    note: `p99 of ${acks.length} commands, one at a time, while the letters wait; p50 ${median(acks).toFixed(0)} ms, most ${quantile(acks, 1).toFixed(0)} ms; floor: Slack's limit`,
  };
}
