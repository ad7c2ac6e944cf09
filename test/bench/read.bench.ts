/** How many letters one process reads, beside mailparser alone with the desk's own options over the same letters. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { simpleParser } from "mailparser";
import { PARSER_OPTIONS } from "../../mail/letter/letter.ts";
import { readEml } from "../../mail/letter/read.ts";
import { type Part, writeMessage } from "../fuzz/message.ts";
import { seeds } from "../fuzz/seeds.ts";
import { dressed, outlookHtml } from "./dressed.ts";
import { type BenchOptions, type BenchRow, median, quantile, turns } from "./rows.ts";

const LETTERS = 800;
const TURNS = 5;
const LARGE_BYTES = 2 * 1024 * 1024;
const LARGE_LETTERS = 120;
/** How often the main loop is looked at. */
const TICK_MS = 5;

type Read = (bytes: Buffer) => Promise<unknown>;
const parse: Read = (bytes) => simpleParser(bytes, PARSER_OPTIONS);

export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const count = options.letters ?? LETTERS;
  const light = seeds.filter(({ heavy }) => !heavy);
  const inDress = light.flatMap(({ tree }) => dressed(tree) ?? []);
  return [
    await rate(
      "read: letters without PDF and workbook",
      light.map(({ bytes }) => bytes),
      count,
    ),
    await rate("read: the same as Outlook and Exchange send them", inDress, count),
    await rate(
      "read: all letters of test/cases",
      seeds.map(({ bytes }) => bytes),
      count,
    ),
    await large(),
  ];
}

/** Both take turns, so that whatever else the machine does falls on both. Ours goes through the letter thread and back. */
async function rate(name: string, letters: readonly Buffer[], count: number): Promise<BenchRow> {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let turn = -1; turn < TURNS; turn++) {
    const [read, parsed] = [await perSecond(readEml, letters, count), await perSecond(parse, letters, count)];
    if (turn < 0) continue;
    ours.push(read);
    floor.push(parsed);
  }
  const [a, b] = [median(ours), median(floor)];
  const kb = letters.reduce((sum, { length }) => sum + length, 0) / letters.length / 1024;
  const note = `${count} letters a turn, one after another, ${kb.toFixed(1)} KB on average; read ${turns(ours, 0)}; floor: mailparser alone ${turns(floor, 0)}; goal 0.5`;
  return { name, unit: "letters/s", ours: a, floor: b, ratio: a / b, note };
}

async function perSecond(read: Read, letters: readonly Buffer[], count: number): Promise<number> {
  const start = performance.now();
  for (let n = 0; n < count; n++) await read(letters[n % letters.length] ?? Buffer.alloc(0));
  return (count * 1000) / (performance.now() - start);
}

async function large(): Promise<BenchRow> {
  const bytes = largeLetter();
  const { kind } = await readEml(bytes);
  // A letter that was given up would be quick.
  if (kind === "unrecognised") throw new Error("the large letter is not understood");
  await timesOf(readEml, bytes, LARGE_LETTERS / 10);
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  const ours = await timesOf(readEml, bytes, LARGE_LETTERS);
  delay.disable();
  const floor = await timesOf(parse, bytes, LARGE_LETTERS);
  const [p99, floor99] = [quantile(ours, 0.99), quantile(floor, 0.99)];
  const note = `p50 ${median(ours).toFixed(0)}, longest ${Math.max(...ours).toFixed(0)} ms of ${LARGE_LETTERS}; the main loop was never held up longer than ${Math.max(0, delay.max / 1e6 - TICK_MS).toFixed(0)} ms; floor: mailparser alone, p50 ${median(floor).toFixed(0)} ms`;
  return {
    name: "read: HTML letter of 2 MB, p99",
    unit: "ms",
    ours: p99,
    floor: floor99,
    ratio: floor99 / p99,
    note,
  };
}

async function timesOf(read: Read, bytes: Buffer, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    await read(bytes);
    times.push(performance.now() - start);
  }
  return times;
}

/** An application in a table above a long thread of earlier letters, all in Outlook's markup. */
function largeLetter(): Buffer {
  const text = seeds.find(({ name }) => name === "application-tone")?.text ?? "";
  const rows = text
    .split("\n")
    .map((line) => line.split(/[：:]/u))
    .filter((cells) => cells.length === 2)
    .map(
      (cells) =>
        `<tr>${cells.map((cell) => `<td style='border:solid windowtext 1.0pt;padding:0mm 5.4pt'>${cell}</td>`).join("")}</tr>`,
    );
  const earlier = seeds
    .map((seed) => `<blockquote type=cite>${outlookHtml(seed.text)}</blockquote>`)
    .join("\n");
  const first = `<html><body><p>${rows.length > 0 ? "" : text}</p><table>${rows.join("\n")}</table>`;
  let html = first + earlier;
  while (Buffer.byteLength(html) < LARGE_BYTES) html += earlier;
  const tree: Part = {
    head: [
      "From: a@kensetsu.example",
      "To: desk@guarantor.example",
      "Subject: application",
      "MIME-Version: 1.0",
    ],
    ...{ parts: [], boundary: null, body: "" },
  };
  const content = Buffer.from(html).subarray(0, LARGE_BYTES).toString("base64").replace(/.{76}/g, "$&\r\n");
  const typed = [...tree.head, "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64"];
  return writeMessage({ ...tree, head: typed, body: `${content}\r\n` });
}
