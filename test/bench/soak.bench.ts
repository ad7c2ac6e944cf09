import { setTimeout as pause } from "node:timers/promises";
import type { Program } from "../journeys/child.ts";
import { runFloor } from "./bare-loop.ts";
import { type BenchLetter, mixedLetter } from "./letters.ts";
import { inWords, perLetter, rssOf } from "./processes.ts";
import { answersOf, drained, lateness, reckon } from "./reckoning.ts";
import { type BenchOptions, type BenchRow, quantile } from "./rows.ts";
import { type BenchWorld, PRODUCT, startBenchWorld } from "./world.ts";

/** Letters in all; a fifth of them comes as a steady stream once the others, waiting at the start, are done. */
const LETTERS = 5_000;
const STREAMED = 0.2;
const STREAM_A_SECOND = 20;
/** Memory is compared from here on: everything is loaded and every pool is full. */
const FIRST = 0.1;
/** So long nothing comes, then memory is read once more. */
const QUIET_MS = 60_000;
/** So long what is to be said in Slack may take after the last answer; not more of a benchmark's time. */
const DRAIN_MS = 60_000;
const LOOK_EVERY_MS = 250;
const TELL_EVERY_MS = 10_000;
/** Without any progress for so long, what is missing will not come. A letter that kills its reader is tried thrice. */
const STANDSTILL_MS = 60_000;

/**
 * Thousands of letters through the whole program, one in twenty of them hostile: throughput beside the bare loop, how
 * long a letter waits for its answer, memory, and whether each got what is due to it.
 */
export async function run({ letters: count = LETTERS }: BenchOptions = {}): Promise<BenchRow[]> {
  const world = await startBenchWorld();
  try {
    const letters = Array.from({ length: count }, (_, n) => mixedLetter(n, world.notices));
    const backlog = letters.slice(0, Math.round(count * (1 - STREAMED)));
    const floor = await runFloor(world, backlog);
    console.error(`  the floor: ${backlog.length} letters in ${floor.seconds.toFixed(1)} s`);
    await world.post.deliverAll(backlog);
    world.smtp.taken.length = 0; // those of the floor
    const idle = await world.cpu();
    const begun = Date.now();
    const program = await world.start();
    const ready = Date.now();
    const memory = watchMemory(program);
    try {
      const first = Math.round(count * FIRST);
      await settled(world, program, backlog, async (answered) => {
        if (memory.first === null && answered >= first) memory.first = await memory.now();
      });
      const cost = perLetter(idle, await world.cpu(program), backlog.length);
      const afterBacklog = await memory.now();
      const streamed = letters.slice(backlog.length);
      await stream(world, streamed);
      const left = streamed.filter(({ messageId }) => !answersOf(world).has(messageId)).length;
      await settled(world, program, letters);
      const atEnd = await memory.now();
      const questions = letters.filter(({ due }) => due === "answer").length;
      const slack = await drained(world, questions, DRAIN_MS);
      const whole = perLetter(idle, await world.cpu(program), letters.length);
      const quietFor = count < LETTERS ? QUIET_MS / 10 : QUIET_MS;
      const beforeQuiet = await world.cpu(program);
      await pause(quietFor);
      const quiet = await memory.now();
      const quietCost = perLetter(beforeQuiet, await world.cpu(program), quietFor / 1000);
      const { right, faults, waits } = reckon(world, letters);
      for (const fault of faults.slice(0, 30)) console.error(`  not as due: ${fault}`);
      const answeredAt = backlog.flatMap(({ messageId }) => answersOf(world).get(messageId)?.[0] ?? []);
      const seconds = (quantile(answeredAt, 1) - begun) / 1000;
      const after = (share: number) => ((quantile(answeredAt, share) - begun) / 1000).toFixed(1);
      const waited = streamed.flatMap(({ messageId }) => waits.get(messageId) ?? []);
      const ms = (share: number) => quantile(waited, share);
      const product = PRODUCT.reduce((sum, part) => sum + whole[part], 0);
      const mb = (value: number) => value.toFixed(0);
      return [
        {
          name: "soak: letters through",
          unit: "letters/s",
          ours: backlog.length / seconds,
          floor: floor.rate,
          ratio: backlog.length / seconds / floor.rate,
          note: `${backlog.length} letters waiting, 5 % hostile, program start included (${seconds.toFixed(1)} s against ${floor.seconds.toFixed(1)} s; ready after ${((ready - begun) / 1000).toFixed(1)} s; half answered after ${after(0.5)} s, 99 % after ${after(0.99)} s); floor: the bare loop on the same letters, ${floor.failed} of which it threw away`,
        },
        {
          name: "soak: processor time for a letter",
          unit: "ms CPU",
          ours: product,
          floor: floor.cpuMs,
          ratio: floor.cpuMs / product,
          note: `program and PostgreSQL, from the start until Slack was told; ms a letter: ${inWords(whole)}; until the backlog was answered: ${inWords(cost)}; ms a second with nothing to do: ${inWords(quietCost)}; floor: the bare loop's process`,
        },
        {
          name: "soak: from delivery to answer, p50",
          unit: "ms",
          ours: ms(0.5),
          floor: 1000,
          ratio: 1000 / ms(0.5),
          note: `${streamed.length} letters, ${STREAM_A_SECOND} a second, 5 % hostile; p90 ${mb(ms(0.9))}, most ${mb(ms(1))} ms; ${left} were open when the last came; ${lateness(slack)}; floor: a second`,
        },
        {
          name: "soak: from delivery to answer, p99",
          unit: "ms",
          ours: ms(0.99),
          floor: 1000,
          ratio: 1000 / ms(0.99),
          note: "of the same letters",
        },
        {
          name: `soak: memory after ${count}`,
          unit: "MB RSS",
          ours: atEnd,
          floor: memory.first ?? Number.NaN,
          ratio: atEnd / (memory.first ?? Number.NaN),
          note: `floor: the same program after ${first} letters; after the backlog ${mb(afterBacklog)}, most ${mb(memory.most)}, after a quiet minute ${mb(quiet)} MB; less is better (goal: at most 1.2)`,
        },
        {
          name: "soak: letters with what is due to them",
          unit: "letters",
          ours: right,
          floor: count,
          ratio: right / count,
          note: `exactly one answer, one card, one place with staff, or silence to a machine; counted at the SMTP server and in Slack${faults.length === 0 ? "" : `; not so: ${faults.slice(0, 5).join(" | ")}`}`,
        },
      ];
    } finally {
      memory.stop();
    }
  } finally {
    await world.stop();
  }
}

function watchMemory(program: Program) {
  const now = () => rssOf(program.process.pid ?? Number.NaN);
  const memory = { first: null as number | null, most: 0, now, stop: () => clearInterval(timer) };
  const timer = setInterval(async () => {
    memory.most = Math.max(memory.most, await now());
  }, LOOK_EVERY_MS);
  return memory;
}

/** Waits until each of these has what is due to it, or nothing moves any more. */
async function settled(
  world: BenchWorld,
  program: Program,
  letters: readonly BenchLetter[],
  onLook: (answered: number) => Promise<void> = async () => {},
): Promise<void> {
  let [told, moved, before] = [Date.now(), Date.now(), ""];
  const answerable = letters.filter(({ due }) => due !== "staff" && due !== "nothing");
  for (; ; await pause(LOOK_EVERY_MS)) {
    const answers = answersOf(world);
    const answered = answerable.filter(({ messageId }) => answers.has(messageId)).length;
    await onLook(answered);
    // Looking at Slack costs more than all else here: only when the answers are out.
    const faults = answered < answerable.length ? null : reckon(world, letters).faults;
    if (faults?.length === 0) return;
    const state = `${answered} of ${answerable.length} answered, ${world.slack.calls.length} calls to Slack`;
    if (state !== before) moved = Date.now();
    before = state;
    if (Date.now() - told > TELL_EVERY_MS) {
      const rss = await rssOf(program.process.pid ?? Number.NaN);
      console.error(`  ${state}, ${rss.toFixed(0)} MB`);
      told = Date.now();
    }
    if (Date.now() - moved > STANDSTILL_MS) return;
  }
}

/** One after another at a steady pace, whatever became of those before. */
async function stream(world: BenchWorld, letters: readonly BenchLetter[]): Promise<void> {
  const begun = performance.now();
  const under: Promise<number>[] = [];
  for (const [at, letter] of letters.entries()) {
    const due = begun + (at * 1000) / STREAM_A_SECOND;
    if (due > performance.now()) await pause(due - performance.now());
    under.push(world.post.deliver(letter));
  }
  await Promise.all(under);
}
