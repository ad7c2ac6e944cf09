import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, link, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { connectOnce } from "../pool.ts";
import type { Home } from "./home.ts";

/** Making, starting, finding and stopping one PostgreSQL server in a `Home`. */

const DB_USER = "hosho";
const DB_NAME = "postgres";

/** Crash recovery after a power cut replays at most some minutes of work; it has always been over long before. */
const START_TIMEOUT_MS = 120_000;
const RETRY_MS = 200;
const PROBE_TIMEOUT_MS = 3_000;

export interface StartOptions {
  /** Tried first; another free port is taken when it is in use and `fixedPort` is not set. */
  port?: number;
  fixedPort?: boolean;
  /** More settings for the server, `name=value`. */
  settings?: readonly string[];
}

/**
 * Makes sure that the server of `home` runs, and gives its URL. A server left running by a killed program is taken
 * over; two programs that come at once end up with the same one: PostgreSQL's own lock on its folder decides.
 */
export async function ensureServer(home: Home, options: StartOptions = {}): Promise<string> {
  const password = await ensurePassword(home);
  await ensureCluster(home);
  const deadline = Date.now() + START_TIMEOUT_MS;
  let reason = "";
  let port = options.port ?? (await freePort());
  while (Date.now() < deadline) {
    const running = await runningServer(home, password);
    if (running !== null) return running;
    const start = await run(home, "pg_ctl", [
      ...["start", "-w", "-s", "-t", "60", "-D", path.join(home.folder, "data")],
      ...[
        "-l",
        path.join(home.folder, "server.log"),
        "-o",
        serverOptions(home, port, options.settings ?? []),
      ],
    ]);
    if (start.code === 0) continue;
    reason = start.output;
    // Another program starts it at this moment, or the port is taken.
    if (options.fixedPort !== true) port = await freePort();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (Date.now() > deadline - START_TIMEOUT_MS + 10_000 && !(await exists(pidFileOf(home)))) break;
  }
  const log = path.join(home.folder, "server.log");
  throw new Error(`The embedded database did not start: ${(await lastFault(log)) ?? reason.trim()} (${log})`);
}

/** PostgreSQL says why in its log, pg_ctl only that. */
async function lastFault(log: string): Promise<string | null> {
  const lines = (await readFile(log, "utf8").catch(() => "")).split("\n");
  return (
    lines.findLast((line) => / (FATAL|PANIC): /.test(line))?.replace(/^.*? (FATAL|PANIC): +/, "") ?? null
  );
}

/** URL of the server that runs on this home's data and takes our password; null when there is none. */
async function runningServer(home: Home, password: string): Promise<string | null> {
  const pidFile = await readFile(pidFileOf(home), "utf8").catch(() => "");
  // PostgreSQL's miscadmin.h: process, folder, start, port, first socket folder (empty: none), addresses.
  const [, , , port, socketFolder = ""] = pidFile.split("\n");
  if (!/^[1-9]\d*$/.test(port ?? "")) return null;
  const url = `postgresql://${DB_USER}:${password}@127.0.0.1:${port}/${DB_NAME}`;
  const overSocket = socketFolder === "" ? [] : [`${url}?host=${encodeURIComponent(socketFolder)}`];
  for (const one of [...overSocket, url]) if (await isOurs(home, one)) return one;
  return null;
}

async function isOurs(home: Home, url: string): Promise<boolean> {
  try {
    const db = await connectOnce(url, PROBE_TIMEOUT_MS);
    // A dead server's port may belong to another one by now: only its own folder proves it.
    const { rows } = await db.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder");
    await db.end();
    const [theirs, ours] = await Promise.all([
      realpath(rows[0]?.folder ?? ""),
      realpath(path.join(home.folder, "data")),
    ]);
    return theirs === ours;
  } catch {
    return false;
  }
}

/**
 * Stops the server unless another program is connected to it: both doors may share it, and a killed one comes back.
 * @returns true when it was stopped.
 */
export async function stopServer(home: Home, url: string): Promise<boolean> {
  if (await usedByOthers(url)) return false;
  const stop = await run(home, "pg_ctl", [
    "stop",
    "-w",
    "-s",
    "-m",
    "fast",
    "-D",
    path.join(home.folder, "data"),
  ]);
  return stop.code === 0;
}

/** The server ends closed connections with a short delay, so a connection has to be seen for a while to count. */
async function usedByOthers(url: string): Promise<boolean> {
  const db = await connectOnce(url, PROBE_TIMEOUT_MS).catch(() => null);
  if (db === null) return false;
  try {
    for (let look = 0; look < 10; look += 1) {
      const { rows } = await db.query<{ others: number }>(
        `SELECT count(*)::int AS others FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      if (rows[0]?.others === 0) return false;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return true;
  } finally {
    await db.end();
  }
}

/** Longest path of a socket: 108 bytes with a zero at the end on Linux, 104 on macOS (`sun_path`, unix(7)). */
const SOCKET_PATH_MAX = 103;

/**
 * Programs on this machine come over a socket beside the data: a statement costs both sides a third less than over
 * TCP, which stays for tools. In the folder that is its user's alone, with the password all the same. Where the path
 * is too long, or would need quoting on a command line, there is TCP alone.
 */
function socketFolder({ folder }: Home): string {
  const longest = Buffer.byteLength(path.join(folder, ".s.PGSQL.65535"));
  return /^[\w/.+@-]+$/.test(folder) && longest <= SOCKET_PATH_MAX ? folder : "";
}

function serverOptions(home: Home, port: number, settings: readonly string[]): string {
  const all = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${socketFolder(home)}`,
    "unix_socket_permissions=0700",
    "timezone=UTC",
    "shared_buffers=64MB",
    "log_checkpoints=off",
    "max_connections=100",
    ...settings,
  ];
  return [`-p ${port}`, ...all.map((setting) => `-c ${setting}`)].join(" ");
}

/** Random, kept beside the data, for the server's user alone (root reads it anyway). Written whole or not at all. */
async function ensurePassword(home: Home): Promise<string> {
  const file = path.join(home.folder, "password");
  const kept = await readFile(file, "utf8").catch(() => null);
  if (kept !== null) return kept.trim();
  const half = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(half, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600 });
  if (home.user !== null) await chown(half, home.user.uid, home.user.gid);
  // link() refuses to replace: of two programs at once, the first one's password stands.
  await link(half, file).catch(() => undefined);
  await rm(half);
  return (await readFile(file, "utf8")).trim();
}

/** `initdb` into a folder of our own, then one rename: a half-made cluster is never mistaken for a whole one. */
async function ensureCluster(home: Home): Promise<void> {
  const data = path.join(home.folder, "data");
  if (await exists(path.join(data, "PG_VERSION"))) return;
  const half = path.join(home.folder, `data.${process.pid}.${randomBytes(4).toString("hex")}`);
  const made = await run(home, "initdb", [
    ...["-D", half, "-U", DB_USER, "-A", "scram-sha-256", `--pwfile=${path.join(home.folder, "password")}`],
    ...[
      "-E",
      "UTF8",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
      "--no-instructions",
    ],
  ]);
  if (made.code !== 0) throw new Error(`The embedded database could not be created: ${made.output.trim()}`);
  await rename(half, data).catch(async (error: unknown) => {
    // Another program was faster; its cluster stands.
    await rm(half, { recursive: true, force: true });
    if (!(await exists(path.join(data, "PG_VERSION")))) throw error;
  });
}

async function run(home: Home, program: string, words: string[]): Promise<{ code: number; output: string }> {
  const { PATH } = process.env;
  const child = spawn(path.join(home.binaries, program), words, {
    ...(home.user === null ? {} : { uid: home.user.uid, gid: home.user.gid }),
    cwd: home.folder,
    // Nothing of ours (settings, secrets) is handed on.
    env: { ...(PATH === undefined ? {} : { PATH }), LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // `exit`, not `close`: the server keeps the pipes it inherited open.
    child.once("exit", (code) => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code: code ?? -1, output });
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address === null || typeof address === "string"
          ? reject(new Error("no port"))
          : resolve(address.port),
      );
    });
  });
}

const pidFileOf = (home: Home) => path.join(home.folder, "data", "postmaster.pid");
function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Cheap: is there a process under the number in `postmaster.pid`? One of another user answers EPERM: it lives. */
export async function serverAlive(home: Home): Promise<boolean> {
  const pidFile = await readFile(pidFileOf(home), "utf8").catch(() => "");
  const pid = Number.parseInt(pidFile, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
