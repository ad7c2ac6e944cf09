import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { quantile } from "../bench/rows.ts";
import { examine } from "./examine.ts";
import { again, fuzz, type Tally } from "./fuzz.ts";

/**
 * `npm run fuzz -- --letters N [--seed S] [--minutes M]`: reads mutated letters through the desk's own door.
 * `--letter FILE` reads one letter again. Exit 1 when anything was found.
 */

const { values } = parseArgs({
  options: {
    letters: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    from: { type: "string", default: "0" },
    minutes: { type: "string", default: "60" },
    processes: { type: "string", default: String(availableParallelism()) },
    letter: { type: "string" },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);

if (values.letter !== undefined) await readAgain(values.letter);
else await run();

async function run(): Promise<void> {
  const [letters, seed, from] = [Number(values.letters), Number(values.seed), Number(values.from)];
  const [minutes, processes] = [Number(values.minutes), Number(values.processes)];
  if (![letters, seed, from, processes].every(Number.isSafeInteger) || letters < 1 || processes < 1)
    fail("--letters, --seed, --from and --processes are whole numbers");
  if (!(minutes > 0)) fail("--minutes is a number above 0");
  say(`${letters} letters, seed ${seed}, ${processes} processes, at most ${minutes} minutes`);
  const tally = await fuzz({ letters, seed, from, minutes, processes, say });
  summary(tally, letters);
  process.exit(tally.findings.size === 0 ? 0 : 1);
}

function summary(tally: Tally, letters: number): void {
  const rate = (tally.done / tally.seconds).toFixed(0);
  const ms = (share: number) => quantile(tally.ms, share).toFixed(1);
  say("");
  for (const [sort, { count, files }] of tally.findings) {
    say(`${count} × ${sort}`);
    for (const file of files) say(`    ${again(file)}`);
  }
  say(
    `kinds: ${Object.entries(tally.kinds)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
  );
  say(
    `time: p50 ${ms(0.5)}, p99 ${ms(0.99)}, p99.9 ${ms(0.999)}, longest ${tally.slowestMs.toFixed(0)} ms; longest block of the loop ${tally.slowestBlockMs.toFixed(0)} ms`,
  );
  say(
    `memory: at most ${tally.rssMb.toFixed(0)} MB a process; letters of ${(tally.bytes / tally.done / 1024).toFixed(0)} KB on average`,
  );
  if (tally.done < letters) say(`time was up after ${tally.done} of ${letters} letters`);
  const found = [...tally.findings.values()].reduce((sum, { count }) => sum + count, 0);
  say(`fuzz: letters ${tally.done}, ${rate} a second, findings ${found}`);
}

async function readAgain(file: string): Promise<void> {
  const { reading, faults, ms, blockMs, rssMb } = await examine(readFileSync(file), true);
  say(JSON.stringify(reading, null, 2));
  say(`${ms.toFixed(0)} ms, loop blocked ${blockMs.toFixed(0)} ms, ${rssMb.toFixed(0)} MB`);
  for (const fault of faults) say(`FOUND ${fault}`);
  process.exit(faults.length === 0 ? 0 : 1);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
