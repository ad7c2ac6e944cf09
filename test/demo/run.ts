import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  APPROVER,
  CHANNEL,
  CLERK,
  CONTRACTOR,
  DESK,
  STAFF,
  STRANGER,
  startWorld,
  TOWN,
} from "../journeys/world.ts";
import { startPage } from "../sandbox/page.ts";
import { playJourney } from "./player.ts";

/**
 * `npm run demo`: the whole desk on this machine, no accounts, nothing asked. Plays one journey, then stays up with a
 * page to go on by hand; with `--once` it ends after the journey.
 */

const FOLDER = ".demo";
const once = process.argv.includes("--once");
const begun = performance.now();
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} 秒`;

async function main(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await clearOldRuns();
  console.log("hosho-desk のデモを始めます（自機だけで動きます。外部へは接続しません）。");
  const world = await startWorld({ folder: join(FOLDER, `run-${process.pid}`), transport: "socket" });
  console.log(
    `  データベース、メールサーバー、Slack、窓口を起動しました（${seconds(performance.now() - begun)}）`,
  );
  let number = 0;
  try {
    await playJourney({
      mail: world.mail,
      slack: world.slack,
      desk: DESK,
      contractor: CONTRACTOR,
      town: TOWN,
      stranger: STRANGER,
      clerk: CLERK,
      approver: APPROVER,
      channel: CHANNEL,
      folder: FOLDER,
      tell: (text, ms) => console.log(`  ${String(++number).padStart(2)}. ${text}（${seconds(ms)}）`),
    });
    console.log(`完了しました。手紙と PDF は ${FOLDER}/ にあります。`);
    if (!once) await stayUp(world);
  } finally {
    await world.stop();
  }
}

/** Shows letters, messages and PDFs on a page until somebody ends it. */
async function stayUp(world: Awaited<ReturnType<typeof startWorld>>): Promise<void> {
  const titles = Object.fromEntries(STAFF.map(({ slack, roles }) => [slack, roles.join("・")]));
  const page = await startPage({ slack: world.slack, mail: world.mail, files: FOLDER, titles });
  console.log(`続きは手でどうぞ：${page.url}（終了は Ctrl+C）`);
  console.log("画面で選べる方と役割：");
  for (const { slack, name } of STAFF) console.log(`  ${name}（${titles[slack]}）`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await page.stop();
}

/** Letters of the last run, and the data of runs that were killed; a run still going on is left alone. */
async function clearOldRuns(): Promise<void> {
  for (const entry of await readdir(FOLDER, { withFileTypes: true })) {
    const run = /^run-(\d+)$/.exec(entry.name);
    if (run === null) {
      if (entry.isFile()) await rm(join(FOLDER, entry.name));
    } else if (!(await isAlive(Number(run[1]))) && !(await serverAlive(join(FOLDER, entry.name)))) {
      await rm(join(FOLDER, entry.name), { recursive: true, force: true });
    }
  }
}

async function serverAlive(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { recursive: true })) {
    if (!entry.endsWith("postmaster.pid")) continue;
    const pid = Number((await readFile(join(folder, entry), "utf8")).split("\n")[0]);
    if (await isAlive(pid)) return true;
  }
  return false;
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`デモを終えられませんでした：${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
