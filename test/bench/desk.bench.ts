import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../../prisma/open.ts";
import { queryLetter, WORKS_TITLE } from "../demo/letters.ts";
import { type Program, runProgram } from "../journeys/child.ts";
import { apply, issue } from "../journeys/steps.ts";
import { CHANNEL, CLERK, DESK, MAILBOXES, startWorld, TOWN, type World } from "../journeys/world.ts";
import { dovecotInstalled, startDovecot } from "../sandbox/dovecot.ts";
import { startMail } from "../sandbox/mail.ts";
import type { BenchRow } from "./notice.bench.ts";

interface Notice {
  number: string;
  key: string;
}

/** Letters that wait in the mailbox when the program (or the floor) starts. */
const LETTERS = 500;
const FLOOR = fileURLToPath(new URL("./floor.ts", import.meta.url));

/**
 * The whole program as a child process: from waiting letters to answered verifications beside the bare loop, how
 * quickly Slack is acknowledged meanwhile, and the memory at the end.
 */
export async function run(): Promise<BenchRow[]> {
  const kind = dovecotInstalled() ? "Dovecot" : "IMAP server in memory";
  const mailServer = () =>
    dovecotInstalled() ? startDovecot({ users: MAILBOXES }) : startMail({ users: MAILBOXES });
  const floor = await measureFloor(await mailServer());
  const world = await startWorld({ mail: await mailServer(), withoutDesk: true });
  // Held open here, so that the embedded server outlives the program's restarts and is no part of the measurement.
  const database = await openDatabase({ url: null, dataDir: world.env.DATA_DIR ?? "" });
  let program = runProgram(["start"], { ...world.env, LOG_LEVEL: "info" });
  try {
    await program.ready();
    const notices = await issue(world, await apply(world, WORKS_TITLE));
    await program.end();
    await fillMailbox(world.mail.send, notices);
    const before = world.mail.deliveries.length;
    const begun = performance.now();
    program = runProgram(["start"], { ...world.env, LOG_LEVEL: "info" });
    await program.ready();
    const startSeconds = (performance.now() - begun) / 1000;
    const acks = await commandsUntil(world, () => world.mail.deliveries.length - before >= LETTERS);
    const times = arrivals(world, before);
    const seconds = (times - begun) / 1000;
    const rate = LETTERS / seconds;
    const note = `${LETTERS} letters waiting in ${kind}, program start included (${seconds.toFixed(1)} s against ${floor.seconds.toFixed(1)} s; ready after ${startSeconds.toFixed(1)} s, ${(LETTERS / (seconds - startSeconds)).toFixed(0)}/s from there); floor: imapflow → mailparser → nodemailer, 50 a fetch, 5 connections, 30 kB attached`;
    return [
      {
        name: "mailbox to answered verification",
        unit: "letters/s",
        ours: rate,
        floor: floor.rate,
        ratio: rate / floor.rate,
        note,
      },
      ackRow(acks),
      {
        name: "memory after them",
        unit: "MB RSS",
        ours: await rss(program),
        floor: floor.rss,
        ratio: (await rss(program)) / floor.rss,
        note: "floor: the bare loop's peak",
      },
    ];
  } finally {
    await program.end();
    await database.close();
    await world.stop();
  }
}

function ackRow(acks: readonly number[]): BenchRow {
  const sorted = acks.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const note = `p99 of ${sorted.length} commands, one at a time, while the letters wait; p50 ${at(0.5).toFixed(0)} ms, most ${at(1).toFixed(0)} ms; floor: Slack's limit`;
  return {
    name: "Slack acknowledgement",
    unit: "ms",
    ours: at(0.99),
    floor: 3000,
    ratio: 3000 / at(0.99),
    note,
  };
}

/** Commands one after another for as long as letters wait. @returns milliseconds to each acknowledgement */
async function commandsUntil(world: World, done: () => boolean): Promise<number[]> {
  const from = world.slack.ackLatencies.length;
  const clerk = world.slack.person(CLERK);
  for (let n = 0; !done(); n++) {
    await clerk.command("/hosho", n % 2 === 0 ? "一覧" : "詳細 A-000001", { channel: CHANNEL });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return world.slack.ackLatencies.slice(from);
}

/** When the last answer was taken; the loop above notices it within a command's time. */
function arrivals(world: World, before: number): number {
  if (world.mail.deliveries.length - before < LETTERS) throw new Error("not every letter was answered");
  return performance.now();
}

async function measureFloor(
  mail: Awaited<ReturnType<typeof startMail>>,
): Promise<{ rate: number; seconds: number; rss: number }> {
  await fillMailbox(mail.send, [{ number: "20800-000018", key: "HKXSZFRASWW9" }]);
  const before = mail.deliveries.length;
  const begun = performance.now();
  const child = spawn(process.execPath, [FLOOR], {
    env: { PATH: process.env.PATH ?? "", ...mail.env() },
    stdio: "inherit",
  });
  let peak = 0;
  const watch = setInterval(
    () =>
      rssOf(child).then(
        (mb) => (peak = Math.max(peak, mb)),
        () => undefined,
      ),
    200,
  );
  await new Promise((resolve) => child.once("exit", resolve));
  clearInterval(watch);
  const seconds = (performance.now() - begun) / 1000;
  if (mail.deliveries.length - before !== LETTERS)
    throw new Error(`the floor answered ${mail.deliveries.length - before} letters`);
  await mail.remove();
  return { rate: LETTERS / seconds, seconds, rss: peak };
}

/** Letters that ask about the given guarantees in turn. */
async function fillMailbox(send: World["mail"]["send"], notices: readonly Notice[]): Promise<void> {
  const texts = notices.map(({ number, key }) => queryLetter(number, key));
  let next = 0;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < LETTERS) {
        const mine = next++;
        const letter = texts[mine % texts.length];
        if (letter === undefined) throw new Error("nothing to ask about");
        await send(TOWN, {
          to: DESK,
          subject: `${letter.subject} ${mine}`,
          text: `${letter.text}\n（整理番号 ${mine}）\n`,
        });
      }
    }),
  );
}

function rss(program: Program): Promise<number> {
  return rssOf(program.process);
}

/** Resident memory in MB, from the kernel. */
async function rssOf(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
