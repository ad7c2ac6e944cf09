import { mkdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import type { BenchRow } from "./notice.bench.ts";

/** `npm run bench`: every benchmark beside its floor in the same run; a table, and `.bench/results.json`. */

const BENCHES = ["./notice.bench.ts", "./desk.bench.ts"];
const rows: BenchRow[] = [];
for (const bench of BENCHES) {
  console.error(`… ${bench}`);
  const { run }: { run(): Promise<BenchRow[]> } = await import(bench);
  rows.push(...(await run()));
}

const number = (value: number) => value.toPrecision(3);
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
);
console.table(
  rows.map(({ name, unit, ours, floor, ratio }) => ({
    name,
    unit,
    ours: number(ours),
    floor: number(floor),
    ratio: number(ratio),
  })),
);
for (const { name, note } of rows) console.log(`${name}: ${note}`);
await mkdir(".bench", { recursive: true });
await writeFile(".bench/results.json", `${JSON.stringify({ node: process.version, rows }, null, 2)}\n`);
process.exit(0);
