import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { createTransport } from "nodemailer";
import { type DovecotPlace, dovecotConfig, passwdFile } from "./dovecot-config.ts";
import type { LoopbackMail, MailOptions, MailStore } from "./mail-types.ts";
import { startMailWorld } from "./mail-world.ts";

const PROGRAM = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].find((path) => existsSync(path));
const NOBODY = { name: "nobody", group: "nogroup" };
const START_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 10;

/** Whether a Dovecot that this harness can configure (2.3) is on this machine. 2.4 reads another configuration. */
export function dovecotInstalled(): boolean {
  if (PROGRAM === undefined) return false;
  return execFileSync(PROGRAM, ["--version"], { encoding: "utf8" }).startsWith("2.3.");
}

export interface DovecotOptions extends MailOptions {
  /** Lines added to the configuration: namespaces, plugins, other capabilities. */
  extra?: string;
}

export interface DovecotMail extends LoopbackMail {
  /** Runs `doveadm` on it and returns what it printed; throws with what it said. */
  doveadm(...args: string[]): string;
}

/**
 * Starts a throw-away Dovecot with its own directory and ports, an SMTP server in front that hands letters over by LMTP.
 * As root its processes run as nobody. Throws when {@link dovecotInstalled} says no.
 */
export async function startDovecot(options: DovecotOptions): Promise<DovecotMail> {
  if (PROGRAM === undefined || !dovecotInstalled()) {
    throw new Error("Dovecot 2.3 is not installed: apt-get install dovecot-imapd dovecot-lmtpd");
  }
  const users = options.users.map((user) => user.toLowerCase());
  const dovecot = new Dovecot(PROGRAM, await layOut(users, options.extra ?? ""));
  const store: MailStore = {
    kind: "dovecot",
    imapPort: () => dovecot.place.imapPort,
    add: () => Promise.reject(new Error("Dovecot's mailboxes are laid out at its start")),
    deliver: (to, letter, from) => handOver(dovecot.place.lmtpPort, to, letter, from),
    kick: () => dovecot.kick(),
    start: () => dovecot.start(),
    stop: () => dovecot.stop(),
    remove: () => rm(dovecot.place.dir, { recursive: true, force: true }),
  };
  const world = await startMailWorld(options, store);
  // Not spread: ports are getters of the world.
  return Object.assign(world, { doveadm: (...args: string[]) => dovecot.doveadm(args) });
}

/** A directory that the unprivileged processes can reach, with configuration and accounts in it. */
async function layOut(users: string[], extra: string): Promise<DovecotPlace> {
  // Short, because the paths of Unix sockets are (about 100 bytes).
  const dir = await mkdtemp(join(existsSync("/tmp") ? "/tmp" : tmpdir(), "dc-"));
  await chmod(dir, 0o755);
  const root = process.getuid?.() === 0;
  const self = userInfo();
  const own = idOf(NOBODY.name);
  const group = execFileSync("id", ["-gn"], { encoding: "utf8" }).trim();
  const place: DovecotPlace = {
    dir,
    imapPort: await freePort(),
    lmtpPort: await freePort(),
    user: root ? NOBODY.name : self.username,
    group: root ? NOBODY.group : group,
    uid: root ? own.uid : self.uid,
    gid: root ? own.gid : self.gid,
  };
  await mkdir(join(dir, "mail"), { mode: 0o700 });
  if (root) {
    await chown(join(dir, "mail"), place.uid, place.gid);
    await chown(dir, place.uid, place.gid);
  }
  await writeFile(join(dir, "passwd"), passwdFile(users, place), { mode: 0o644 });
  await writeFile(join(dir, "dovecot.conf"), dovecotConfig(place, extra), { mode: 0o644 });
  return place;
}

function idOf(user: string): { uid: number; gid: number } {
  const number = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: number("-u"), gid: number("-g") };
}

/** One Dovecot master with its process group. */
class Dovecot {
  readonly place: DovecotPlace;
  readonly #program: string;
  #master: ChildProcess | null = null;
  #said = "";
  /** The group must not outlive this process, whatever ends it. */
  readonly #last = () => this.#signal("SIGKILL");

  constructor(program: string, place: DovecotPlace) {
    this.#program = program;
    this.place = place;
  }

  async start(): Promise<void> {
    if (this.#master !== null) return;
    const config = join(this.place.dir, "dovecot.conf");
    const drop =
      process.getuid?.() === 0
        ? ["setpriv", `--reuid=${this.place.uid}`, `--regid=${this.place.gid}`, "--clear-groups"]
        : [];
    const [command = this.#program, ...args] = [...drop, this.#program, "-F", "-c", config];
    // A process group of its own: only a signal to the whole group ends the children that serve IDLE clients.
    const master = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [master.stdout, master.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#said += chunk.toString();
      });
    }
    this.#master = master;
    process.on("exit", this.#last);
    for (const port of [this.place.imapPort, this.place.lmtpPort]) await this.#listening(master, port);
  }

  async stop(): Promise<void> {
    const master = this.#master;
    if (master === null) return;
    this.#master = null;
    process.off("exit", this.#last);
    const ended = new Promise((resolve) => master.once("exit", resolve));
    const gone = master.exitCode !== null || master.signalCode !== null;
    signalGroup(master, "SIGTERM");
    if (!gone) await ended;
    // Children that were busy when the master left.
    signalGroup(master, "SIGKILL");
    await rm(join(this.place.dir, "run", "master.pid"), { force: true });
  }

  kick(): void {
    try {
      this.doveadm(["kick", "*"]);
    } catch {
      // Nobody is logged in: nothing to cut then.
    }
  }

  doveadm(args: string[]): string {
    const config = join(this.place.dir, "dovecot.conf");
    const program = join(dirname(this.#program), "../bin/doveadm");
    const ran = spawnSync(program, ["-c", config, ...args], { encoding: "utf8" });
    if (ran.status !== 0) throw new Error(`doveadm ${args.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#master !== null) signalGroup(this.#master, signal);
  }

  async #listening(master: ChildProcess, port: number): Promise<void> {
    const limit = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      if (master.exitCode !== null || performance.now() > limit) {
        throw new Error(`Dovecot did not start: ${this.#said.slice(-2000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function signalGroup(master: ChildProcess, signal: NodeJS.Signals): void {
  if (master.pid === undefined) return;
  try {
    process.kill(-master.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function handOver(port: number, to: string, letter: Buffer, from: string): Promise<void> {
  // LMTP adds Return-Path itself.
  const raw = letter.toString("latin1").startsWith("Return-Path:")
    ? letter.subarray(letter.indexOf("\r\n") + 2)
    : letter;
  const transport = createTransport({ host: "127.0.0.1", port, lmtp: true, ignoreTLS: true });
  try {
    const { rejected } = await transport.sendMail({ envelope: { from, to }, raw });
    // LMTP answers for each recipient after the final dot: a full mailbox, for one.
    if (rejected !== undefined && rejected.length > 0) throw new Error(`Dovecot refused a letter to ${to}`);
  } finally {
    transport.close();
  }
}
