import { readdir, readFile } from "node:fs/promises";

/** What the kernel knows of processes and those below them: processor time and memory. Linux only. */

/** Clock ticks a second, fixed on Linux for every architecture that Node runs on. */
const TICKS = 100;

interface Stat {
  parent: number;
  /** Seconds of processor time, those of ended and collected children included. */
  cpu: number;
}

/** proc_pid_stat(5): the name may hold anything, so fields are counted from its closing bracket. */
async function statOf(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), cpu: (field(14) + field(15) + field(16) + field(17)) / TICKS };
}

/** Processor seconds of each tree of processes so far, the roots by name. A process counts to the nearest root above it. */
export async function cpuOf<Part extends string>(
  roots: Readonly<Record<Part, readonly number[]>>,
): Promise<Record<Part, number>> {
  const parts = Object.keys(roots) as Part[];
  const partOf = new Map(parts.flatMap((part) => roots[part].map((pid) => [pid, part] as const)));
  const stats = new Map<number, Stat>();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await statOf(pid);
    if (stat !== null) stats.set(pid, stat);
  }
  const sums = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  for (const [pid, { cpu }] of stats) {
    let at: number | undefined = pid;
    while (at !== undefined && at > 1 && !partOf.has(at)) at = stats.get(at)?.parent;
    const part = at === undefined ? undefined : partOf.get(at);
    if (part !== undefined) sums[part] += cpu;
  }
  return sums;
}

/** Resident memory of one process, MB; not a number when it has ended. */
export async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Children of this process that go by this name. */
export async function childrenNamed(name: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number)) {
    const [, called, parent] =
      /^\d+ \((.*)\) \S (\d+)/.exec(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")) ?? [];
    if (called === name && Number(parent) === process.pid) found.push(pid);
  }
  return found;
}

/** Milliseconds of processor time for one letter, by part: `program 20.1, PostgreSQL 8.0 ms`. */
export function perLetter<Part extends string>(
  before: Readonly<Record<Part, number>>,
  after: Readonly<Record<Part, number>>,
  letters: number,
): Record<Part, number> {
  const parts = Object.keys(before) as Part[];
  return Object.fromEntries(
    parts.map((part) => [part, ((after[part] - before[part]) * 1000) / letters]),
  ) as Record<Part, number>;
}

export function inWords(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([part, ms]) => `${part} ${ms.toFixed(1)}`)
    .join(", ");
}
