import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Program } from "../journeys/child.ts";
import { query } from "./letters.ts";
import { inWords, perLetter } from "./processes.ts";
import { drained } from "./reckoning.ts";
import { type BenchOptions, type BenchRow, median, quantile, turns } from "./rows.ts";
import { type BenchWorld, startBenchWorld } from "./world.ts";

/** Delivered at once to programs that are ready and warm. */
const LETTERS = 400;
const WARM_UP = 60;
/** One and two take turns, so that whatever else the machine does falls on both. */
const TURNS = 3;
/** What Slack was not told yet would burden the next turn; not waited for longer. */
const DRAIN_MS = 20_000;
const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 300_000;

interface Turn {
  rate: number;
  /** Of the machine's processor time, how much all parts of the benchmark together had (0–1). */
  share: number;
  cpu: Record<string, number>;
}

/** The same letters with one whole program and with two on one mailbox and one database. */
export async function run({ letters = LETTERS }: BenchOptions = {}): Promise<BenchRow[]> {
  const world = await startBenchWorld();
  try {
    let written = 0;
    const next = (count: number) => Array.from({ length: count }, () => query(written++, world.notices));
    const results: Record<1 | 2, Turn[]> = { 1: [], 2: [] };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const workers of [1, 2] as const) {
        const programs = await Promise.all(Array.from({ length: workers }, () => world.start()));
        await answered(world, next(WARM_UP * workers));
        results[workers].push(await measure(world, programs, next(letters)));
        await drained(world, written, DRAIN_MS);
        await Promise.all(programs.map((program) => program.end()));
        console.error(`  ${workers} at work: ${results[workers].at(-1)?.rate.toFixed(1)} letters/s`);
      }
    }
    const rates = (workers: 1 | 2) => results[workers].map(({ rate }) => rate);
    const [one, two] = [rates(1), rates(2)];
    const ratios = two.map((rate, turn) => rate / (one[turn] ?? Number.NaN));
    const cost = (workers: 1 | 2) => inWords(results[workers].at(-1)?.cpu ?? {});
    const shares = (workers: 1 | 2) => results[workers].map(({ share }) => share * 100);
    return [
      {
        name: "two programs on one mailbox",
        unit: "letters/s",
        ours: median(two),
        floor: median(one),
        ratio: median(ratios),
        note: `${letters} verifications delivered at once, ${TURNS} turns (two ${turns(two)}, one ${turns(one)}, ratio ${turns(ratios, 2)}); floor: one program; ms CPU a letter, one: ${cost(1)}; two: ${cost(2)}; all parts together had ${turns(shares(1), 0)} % of the machine's processors with one, ${turns(shares(2), 0)} % with two`,
      },
    ];
  } finally {
    await world.stop();
  }
}

async function measure(
  world: BenchWorld,
  programs: readonly Program[],
  asked: ReturnType<typeof query>[],
): Promise<Turn> {
  const before = await world.cpu(...programs);
  const begun = Date.now();
  const last = await answered(world, asked);
  const cpu = perLetter(before, await world.cpu(...programs), asked.length);
  const rate = (asked.length * 1000) / (last - begun);
  const busy = Object.values(cpu).reduce((sum, ms) => sum + ms, 0) * rate;
  return { rate, cpu, share: busy / 1000 / availableParallelism() };
}

/** Delivers these and waits for all answers. @returns when the SMTP server had the last, milliseconds since 1970. */
async function answered(world: BenchWorld, asked: ReturnType<typeof query>[]): Promise<number> {
  const open = new Set(asked.map(({ messageId }) => messageId));
  let seen = world.smtp.taken.length;
  const times: number[] = [];
  const deadline = Date.now() + PATIENCE_MS;
  await world.post.deliverAll(asked);
  for (; open.size > 0; await pause(LOOK_EVERY_MS)) {
    for (; seen < world.smtp.taken.length; seen++) {
      const { inReplyTo = "", at } = world.smtp.taken[seen] ?? {};
      if (open.delete(inReplyTo ?? "")) times.push(at ?? Number.NaN);
    }
    if (Date.now() > deadline) throw new Error(`${open.size} letters were not answered in time`);
  }
  return quantile(times, 1);
}
