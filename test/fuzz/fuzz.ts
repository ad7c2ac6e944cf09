/** Reads mutated letters in several processes and keeps what went wrong. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Asked, Told } from "./child.ts";
import { mutatedLetter } from "./mutate.ts";

export interface FuzzPlan {
  letters: number;
  seed: number;
  /** The first letter's number: a run can be taken up where another ended. */
  from: number;
  minutes: number;
  processes: number;
  say(line: string): void;
}

export interface Tally {
  done: number;
  kinds: Record<string, number>;
  /** By sort of finding: how often, and the files kept of it. */
  findings: Map<string, { count: number; files: string[] }>;
  slowestMs: number;
  slowestBlockMs: number;
  rssMb: number;
  bytes: number;
  seconds: number;
  ms: number[];
}

const FOLDER = fileURLToPath(new URL("../../.fuzz/", import.meta.url));
/** Letters kept of one sort of finding: the next hundred would say the same. */
const KEPT = 5;
/** A process that says nothing for so long hangs: reading has bounds of its own that are shorter, and may be repeated. */
const SILENCE_MS = 120_000;
/** How often progress is shown. */
const SHOW_MS = 5_000;

export async function fuzz(plan: FuzzPlan): Promise<Tally> {
  const tally: Tally = {
    ...{ done: 0, kinds: {}, findings: new Map(), slowestMs: 0, slowestBlockMs: 0, rssMb: 0 },
    ...{ bytes: 0, seconds: 0, ms: [] },
  };
  const begun = performance.now();
  const over = begun + plan.minutes * 60_000;
  let next = plan.from;
  const take = (): number | null =>
    next < plan.from + plan.letters && performance.now() < over ? next++ : null;
  const show = setInterval(
    () => plan.say(progress(plan, tally, (performance.now() - begun) / 1000)),
    SHOW_MS,
  );
  await Promise.all(Array.from({ length: plan.processes }, () => work(plan, take, tally)));
  clearInterval(show);
  tally.seconds = (performance.now() - begun) / 1000;
  return tally;
}

/** One process after another until the letters are used up: one that dies or hangs is a finding. */
async function work(plan: FuzzPlan, take: () => number | null, tally: Tally): Promise<void> {
  let child: ChildProcess | null = null;
  for (let n = take(); n !== null; n = take()) {
    child ??= fork(new URL("./child.ts", import.meta.url), [], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const outcome = await ask(child, { seed: plan.seed, n });
    tally.done += 1;
    if ("died" in outcome) {
      child = null;
      keep(plan, tally, n, outcome.died);
      continue;
    }
    count(tally, outcome);
    for (const fault of outcome.faults) keep(plan, tally, n, fault);
  }
  child?.kill();
}

function ask(child: ChildProcess, asked: Asked): Promise<Told | { died: string }> {
  return new Promise((settle) => {
    let errors = "";
    const finish = (outcome: Told | { died: string }) => {
      clearTimeout(timer);
      child.off("message", hear).off("exit", lost);
      child.stderr?.off("data", read);
      settle(outcome);
    };
    const hear = (told: unknown) => finish(told as Told);
    const lost = (code: number | null, signal: string | null) =>
      finish({ died: `process died (${signal ?? code})\n${errors.slice(-2000)}` });
    const read = (chunk: Buffer) => {
      errors += chunk.toString();
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      finish({ died: `process hung for ${SILENCE_MS / 1000} s` });
    }, SILENCE_MS);
    child.on("message", hear).on("exit", lost);
    child.stderr?.on("data", read);
    child.send(asked, (error) => error && finish({ died: `process unreachable\n${error.message}` }));
  });
}

function count(tally: Tally, told: Told): void {
  tally.kinds[told.kind] = (tally.kinds[told.kind] ?? 0) + 1;
  tally.slowestMs = Math.max(tally.slowestMs, told.ms);
  tally.slowestBlockMs = Math.max(tally.slowestBlockMs, told.blockMs);
  tally.rssMb = Math.max(tally.rssMb, told.rssMb);
  tally.bytes += told.bytes;
  tally.ms.push(told.ms);
}

function keep(plan: FuzzPlan, tally: Tally, n: number, fault: string): void {
  const sort = fault.split("\n", 1)[0] ?? "";
  const found = tally.findings.get(sort) ?? { count: 0, files: [] };
  tally.findings.set(sort, found);
  found.count += 1;
  if (found.files.length >= KEPT) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}.gitignore`, "*\n");
  const { bytes, story } = mutatedLetter(plan.seed, n);
  const name = `${FOLDER}${plan.seed}-${n}`;
  writeFileSync(`${name}.eml`, bytes);
  writeFileSync(`${name}.txt`, `${fault}\nseed ${plan.seed}, letter ${n}: ${story.join(", ")}\n`, {
    flag: "a",
  });
  found.files.push(relative(process.cwd(), `${name}.eml`));
  plan.say(`FOUND ${sort}\n  ${again(found.files.at(-1) ?? "")}\n  (${story.join(", ")})`);
}

/** The line that reads a kept letter again. */
export const again = (file: string): string => `npm run -s fuzz -- --letter ${file}`;

function progress(plan: FuzzPlan, tally: Tally, seconds: number): string {
  const rate = tally.done / seconds;
  const left = Math.min((plan.letters - tally.done) / rate, plan.minutes * 60 - seconds);
  const found = [...tally.findings.values()].reduce((sum, { count: one }) => sum + one, 0);
  return `${tally.done}/${plan.letters} letters, ${rate.toFixed(0)} a second, ${left.toFixed(0)} s left, slowest ${tally.slowestMs.toFixed(0)} ms, ${tally.rssMb.toFixed(0)} MB, findings: ${found} of ${tally.findings.size} sorts`;
}
