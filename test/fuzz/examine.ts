/** Reads one letter as the desk does and looks at what came of it: the reading, the time, the loop, the memory. */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { readLetter } from "../../core/reader/read-letter.ts";
import type { Reading } from "../../core/terms.ts";
import { parseLetter } from "../../mail/letter/letter.ts";
import { readLetterBytes } from "../../mail/letter/read.ts";
import { LETTER_READ_MS } from "../../mail/limits.ts";
import { loadLabels } from "../../templates/reading.ts";
import { faultsOf } from "./shape.ts";

/** Half of what a letter may take to be understood, so that a machine of half the speed still reads it. */
export const SLOW_MS = LETTER_READ_MS / 2;
/** A file that only a child process opens takes its start and work; a letter has eight seconds for all of its own. */
const FILE_MS = 500;
/** No letter may hold up everybody else for longer (issue: the loop of the main process). */
export const BLOCK_MS = 200;
/** A pause of the machine or of the collector is no letter's fault: what looks slow is measured again, alone. */
const AGAIN = 3;
/** The delay is seen when the loop turns the next time. */
const TICK_MS = 10;

export interface Examined {
  reading: Reading | null;
  ms: number;
  blockMs: number;
  rssMb: number;
  /** What is wrong, a line each; the text before the first line end tells findings of one sort from others. */
  faults: string[];
}

interface Measured {
  reading: Reading;
  ms: number;
  blockMs: number;
  /** What this letter may take before it counts as slow. */
  slowMs: number;
}

const delay = monitorEventLoopDelay({ resolution: TICK_MS });

async function measure(bytes: Uint8Array): Promise<Measured> {
  delay.enable();
  delay.reset();
  const start = performance.now();
  const { letter, reading } = await readLetterBytes(bytes);
  const ms = performance.now() - start;
  // Quicker than that, it cannot have held up the loop for so long.
  if (ms >= BLOCK_MS) await wait(TICK_MS * 2);
  const blockMs = ms < BLOCK_MS ? 0 : Math.max(0, delay.max / 1e6 - TICK_MS);
  const files = letter.attachments.filter(({ kind }) => kind === "pdf" || kind === "spreadsheet").length;
  return { reading, ms, blockMs, slowMs: SLOW_MS + files * FILE_MS };
}

/** @param twice also look whether a second reading is the same. */
export async function examine(bytes: Uint8Array, twice: boolean): Promise<Examined> {
  try {
    let best = await measure(bytes);
    for (let n = 0; n < AGAIN && (best.ms > best.slowMs || best.blockMs > BLOCK_MS); n++) {
      const again = await measure(bytes);
      best = { ...again, ms: Math.min(best.ms, again.ms), blockMs: Math.min(best.blockMs, again.blockMs) };
    }
    const { reading, ms, blockMs, slowMs } = best;
    const faults = [
      ...faultsOf(reading),
      ...(ms > slowMs ? [`slow\n${ms.toFixed(0)} ms`] : []),
      ...(blockMs > BLOCK_MS ? [`loop blocked\n${blockMs.toFixed(0)} ms`] : []),
      ...(ms <= slowMs && isRefused(reading) ? await reasonsOf(bytes) : []),
      ...(twice && !isDeepStrictEqual(reading, (await measure(bytes)).reading)
        ? ["read twice, differs"]
        : []),
    ];
    return { reading, ms, blockMs, rssMb: residentMb(), faults };
  } catch (error) {
    return {
      reading: null,
      ms: 0,
      blockMs: 0,
      rssMb: residentMb(),
      faults: [`reading threw\n${told(error)}`],
    };
  }
}

const residentMb = (): number => process.memoryUsage.rss() / 2 ** 20;

const isRefused = ({ kind, problems }: Reading): boolean =>
  kind === "unrecognised" &&
  problems.some(({ field, code }) => field === "application" && code === "unreadable");

/** Not an exception but a bound: the parser takes no letter of more parts. */
const PARSER_BOUND = /^Max allowed child nodes exceeded/;

/** The letter thread swallows what is thrown in it; here it is thrown again where it can be seen. */
async function reasonsOf(bytes: Uint8Array): Promise<string[]> {
  try {
    const { letter, bodies } = await parseLetter(bytes);
    const { fromAddresses, subject } = letter;
    const text = {
      fromAddresses,
      subject,
      bodies,
      automatic: false,
      reply: false,
      attachments: [],
      failure: null,
    };
    readLetter(text, loadLabels());
    return [];
  } catch (error) {
    if (error instanceof Error && PARSER_BOUND.test(error.message)) return [];
    return [`thrown in the letter thread: ${told(error)}`];
  }
}

/** The error and where it comes from, on its first line without line numbers of other people's code. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = (error.stack ?? "").split("\n").filter((line) => line.includes("    at "));
  const place = stack[0]?.replace(/^.*[\\/](?=[^\\/]*$)/, "").replace(/\)$/, "") ?? "";
  return `${error.name}: ${error.message.slice(0, 100)} (${place})\n${stack.slice(0, 8).join("\n")}`;
}
