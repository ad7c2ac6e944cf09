import { parseArgs } from "node:util";
import { dovecotInstalled } from "../sandbox/dovecot.ts";
import { crashTest } from "./crash.ts";
import { FAILPOINTS, nameOf, PLANTED, type Planted } from "./points.ts";

/** `npm run crash-test -- --kills N --seed S`. Exit 0 only when nobody was lost, answered twice or unaccounted for. */

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    /** A fault to be planted in the program, to see that it is found: unique, no-ambiguous. */
    plant: { type: "string" },
    /** Only failpoints whose names begin so, and no moments of chance. */
    aim: { type: "string", default: "" },
    /** 2: a second program works beside every killed one. */
    processes: { type: "string", default: "1" },
    /** `1/2`: the first of two runs that share the failpoints between them. */
    part: { type: "string" },
    /** The IMAP server in memory instead of Dovecot. */
    memory: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

const [kills, seed] = [Number(values.kills), Number(values.seed)];
const processes = Number(values.processes);
const plant = values.plant as Planted | undefined;
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed))
  fail("--kills and --seed are whole numbers");
if (processes !== 1 && processes !== 2) fail("--processes is 1 or 2");
const shares = /^([1-9])\/([1-9])$/.exec(values.part ?? "1/1");
if (shares === null) fail("--part is a number and how many there are, 1/2");
if (plant !== undefined && !PLANTED.includes(plant)) fail(`--plant is one of ${PLANTED.join(", ")}`);
if (!FAILPOINTS.some((point) => nameOf(point).startsWith(values.aim)))
  fail(`--aim is the beginning of one of: ${FAILPOINTS.map(nameOf).join("; ")}`);
if (!values.memory && !dovecotInstalled())
  fail("Dovecot 2.3 is not installed: apt-get install dovecot-imapd dovecot-lmtpd, or run with --memory");

const say = (line: string) => void process.stdout.write(`${line}\n`);
const sound = await crashTest({
  kills,
  seed,
  plant: plant ?? null,
  aim: values.aim,
  processes,
  part: values.part === undefined ? null : { number: Number(shares[1]), of: Number(shares[2]) },
  dovecot: !values.memory,
  verbose: values.verbose,
  say,
});
process.exit(sound ? 0 : 1);

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
