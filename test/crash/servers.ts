import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { connectOnce } from "../../prisma/pool.ts";

/** Hard kills of the servers around the program. */

/** SIGKILL to Dovecot's whole group, found among our own children; elsewhere `mail.stop` ends it. */
export async function killDovecot(): Promise<void> {
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (name === "dovecot" && Number(parent) === process.pid) process.kill(-Number(pid), "SIGKILL");
  }
}

/** SIGKILL to the server's first process; its children follow. `openEmbedded` starts it again within a second. */
export async function killPostmaster(url: string, dataDir: string): Promise<void> {
  const pidFile = await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8");
  process.kill(Number(pidFile.split("\n")[0]), "SIGKILL");
  for (const deadline = Date.now() + 30_000; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const db = await connectOnce(url, 1000).catch(() => null);
    await db?.end();
    if (db !== null) return;
    if (Date.now() > deadline) throw new Error("PostgreSQL did not come back");
  }
}

/** Letters pass while it is open; closing waits for those under way, so that no delivery itself is left in doubt. */
export class Gate {
  #under = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  /** Waits until it is open. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed !== null) await this.#closed;
    return this.#pass(work);
  }

  /** Does not wait: what is done late would come when nobody reckons with it any more. @throws when it is closed. */
  async now<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new Error("the gate is closed");
    return this.#pass(work);
  }

  async #pass<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#under.add(running);
    try {
      return await running;
    } finally {
      this.#under.delete(running);
    }
  }

  async closed(work: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    await Promise.allSettled([...this.#under]);
    try {
      await work();
    } finally {
      this.#closed = null;
      resolve();
    }
  }
}
