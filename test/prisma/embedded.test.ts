import { chmod, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { openEmbedded } from "../../prisma/embedded.ts";
import { type Database, migrateDatabase, openDatabase } from "../../prisma/open.ts";
import { connectOnce } from "../../prisma/pool.ts";
import { holdAndKill } from "./kill.ts";
import { arrived, recordOne } from "./samples.ts";

const folders: string[] = [];
const open: Pick<Database, "close">[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function newDataDir(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "hosho-desk-embedded-"));
  // As root the server runs as another user, who must be able to enter the folder.
  await chmod(folder, 0o755);
  folders.push(folder);
  return folder;
}

async function start(dataDir: string): Promise<Database> {
  const database = await openDatabase({ url: null, dataDir });
  open.push(database);
  return database;
}

/** Process id of the server, null when none runs. */
async function serverOf(dataDir: string): Promise<number | null> {
  const file = path.join(dataDir, "postgres", "data", "postmaster.pid");
  const lines = await readFile(file, "utf8").catch(() => null);
  return lines === null ? null : Number(lines.split("\n")[0]);
}

function record(database: Database, contentKey: string) {
  const place = { mailbox: contentKey, uidValidity: 1n, uid: 1 };
  return database.store.transact((tx) => recordOne(tx, arrived({ place, contentKey })));
}

test("the server of a killed program is taken over, and the job it held is done by the next one", async () => {
  const dataDir = await newDataDir();
  const held = await holdAndKill(null, dataDir, "k");
  const left = await serverOf(dataDir);
  expect(left).not.toBeNull();

  const next = await start(dataDir);
  expect(await serverOf(dataDir)).toBe(left);
  const done: string[] = [];
  await next.jobs.work("mail.read", async (id) => {
    done.push(id);
  });
  await expect.poll(() => done, { timeout: 8_000 }).toEqual([held]);
  expect(await record(next, "k")).toEqual({ id: held, duplicate: true });

  await open.splice(0)[0]?.close();
  expect(await serverOf(dataDir)).toBeNull();
});

test("two programs that start at once share one server, and the last to leave stops it", async () => {
  const dataDir = await newDataDir();
  const both = await Promise.all([openEmbedded(dataDir), openEmbedded(dataDir)]);
  open.push({ close: both[0].stop }, { close: both[1].stop });
  expect(both[0].url).toBe(both[1].url);
  const [first, second] = [await start(dataDir), await start(dataDir)];
  for (const { close } of open.splice(0, 2)) await close();
  await first.ping();

  open.shift();
  await first.close();
  await second.ping();
  expect(await migrateDatabase({ url: null, dataDir })).toEqual([]);
  await second.ping();
  open.shift();
  await second.close();
  expect(await serverOf(dataDir)).toBeNull();
});

test("a database that breaks down comes back, and jobs go on without a restart", async () => {
  const dataDir = await newDataDir();
  const database = await start(dataDir);
  const done: string[] = [];
  await database.jobs.work("mail.read", async (id) => {
    done.push(id);
  });
  const before = await record(database, "before");
  await expect.poll(() => done).toEqual([before.id]);

  const server = await serverOf(dataDir);
  expect(server).not.toBeNull();
  // SIGQUIT: the server drops everything at once, as in a crash, and recovers from its log.
  process.kill(Number(server), "SIGQUIT");
  const record2 = () => record(database, "after").catch(() => null);
  await expect.poll(record2, { timeout: 20_000, interval: 200 }).not.toBeNull();
  await expect.poll(() => done.length, { timeout: 20_000 }).toBe(2);
  expect(await serverOf(dataDir)).not.toBe(server);
});

async function answers(url: string): Promise<boolean> {
  const db = await connectOnce(url);
  const { rows } = await db.query<{ one: number }>("SELECT 1 AS one");
  await db.end();
  return rows[0]?.one === 1;
}

test("programs come over a socket that is its user's alone, tools over TCP; both need the password", async () => {
  const server = await openEmbedded(await newDataDir());
  try {
    const url = new URL(server.url);
    const folder = url.searchParams.get("host") ?? "";
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, `.s.PGSQL.${url.port}`))).mode & 0o777).toBe(0o700);
    expect(await answers(url.href)).toBe(true);
    const wrong = new URL(url.href);
    wrong.password = "guessed";
    await expect(answers(wrong.href)).rejects.toThrow("cannot be reached");
    url.searchParams.delete("host");
    expect(await answers(url.href)).toBe(true);
  } finally {
    await server.stop();
  }
});

test("a folder whose name is too long for a socket, or not fit for a command line, is served over TCP", async () => {
  for (const name of ["x".repeat(100), "desk's data"]) {
    const dataDir = path.join(await newDataDir(), name);
    await mkdir(dataDir);
    const server = await openEmbedded(dataDir);
    try {
      expect(new URL(server.url).searchParams.get("host")).toBeNull();
      expect(await answers(server.url)).toBe(true);
    } finally {
      await server.stop();
    }
  }
});
