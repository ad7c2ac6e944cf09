import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { BenchOptions, BenchRow } from "./rows.ts";

/**
 * `npm run bench`: every benchmark beside its floor or peer in the same run; a table, and `.bench/results.json`.
 * `-- --only soak` runs one (again for several), `--letters 500` makes those that work on letters shorter.
 */

const BENCHES = ["notice", "read", "home", "desk", "acks", "workers", "soak"];

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, letters: { type: "string" } },
});
const chosen = values.only ?? BENCHES;
const unknown = chosen.filter((name) => !BENCHES.includes(name));
const letters = values.letters === undefined ? null : Number(values.letters);
if (unknown.length > 0 || (letters !== null && !(letters >= 100))) {
  console.error(`--only takes one of ${BENCHES.join(", ")}; --letters takes a number from 100 on`);
  process.exit(1);
}

const begun = new Date();
const load = loadavg()[0] ?? Number.NaN;
const rows: BenchRow[] = [];
for (const name of BENCHES.filter((bench) => chosen.includes(bench))) {
  console.error(`… ${name}`);
  const { run }: { run(options: BenchOptions): Promise<BenchRow[]> } = await import(`./${name}.bench.ts`);
  rows.push(...(await run(letters === null ? {} : { letters })));
}

const number = (value: number) => value.toPrecision(3);
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
console.log(`Node ${process.version}, ${machine}; load before: ${load.toFixed(1)}`);
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
const results = { node: process.version, machine, at: begun.toISOString(), load, rows };
await writeFile(".bench/results.json", `${JSON.stringify(results, null, 2)}\n`);
process.exit(0);
