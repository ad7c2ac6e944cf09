import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BenchLetter } from "./letters.ts";
import { rssOf } from "./processes.ts";
import type { BenchWorld } from "./world.ts";

const FLOOR = fileURLToPath(new URL("./floor.ts", import.meta.url));
const LOOK_EVERY_MS = 200;

/** One run of the bare loop over waiting letters. */
export interface FloorRun {
  seconds: number;
  /** Letters a second, its start included. */
  rate: number;
  /** Milliseconds of processor time for one letter. */
  cpuMs: number;
  /** MB at its most. */
  rss: number;
  /** Letters it did not answer. */
  failed: number;
}

/** Fills the mailbox of the bare loop and runs it once. */
export async function runFloor(world: BenchWorld, letters: readonly BenchLetter[]): Promise<FloorRun> {
  await world.floorPost.deliverAll(letters);
  const begun = performance.now();
  const child = spawn(process.execPath, [FLOOR], {
    env: { PATH: process.env.PATH ?? "", ...world.floorEnv },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let said: { letters: number; failed: number; cpuMs: number } | null = null;
  child.on("message", (message: typeof said) => {
    said = message;
  });
  let peak = 0;
  const watch = setInterval(async () => {
    const rss = await rssOf(child.pid ?? Number.NaN);
    if (rss > peak) peak = rss;
  }, LOOK_EVERY_MS);
  await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(watch);
  const seconds = (performance.now() - begun) / 1000;
  const told = said as { letters: number; failed: number; cpuMs: number } | null;
  if (told?.letters !== letters.length) throw new Error(`the floor saw ${told?.letters} letters`);
  return {
    ...{ seconds, rate: letters.length / seconds, rss: peak, failed: told.failed },
    cpuMs: told.cpuMs / letters.length,
  };
}
