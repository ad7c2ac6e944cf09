import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connectOnce } from "../../prisma/pool.ts";
import { enterPresence, PROCESS_LOCK } from "../../prisma/presence.ts";
import { type FreshDatabase, freshDatabase } from "../database.ts";

/** Who counts as alive when a line between it and the database is lost at one end only. */

let fresh: FreshDatabase;
let db: Connection;
beforeAll(async () => {
  fresh = await freshDatabase();
  db = await connectOnce(fresh.url);
});
afterAll(async () => {
  await db.end();
  await fresh.drop();
});

/** A line on which the client hears that it is broken and the server does not: a firewall that forgot it. */
async function startLine() {
  const target = new URL(fresh.url);
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(target.port || 5432), "127.0.0.1");
    clients.add(client);
    servers.add(server);
    client.on("data", (bytes: Buffer) => void server.write(bytes)).on("error", () => undefined);
    server
      .on("data", (bytes: Buffer) => void (client.writable && client.write(bytes)))
      .on("error", () => undefined);
    server.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `postgresql://${target.username}:${target.password}@127.0.0.1:${port}${target.pathname}`,
    forget() {
      for (const client of clients) client.destroy();
      clients.clear();
    },
    async stop() {
      for (const socket of [...clients, ...servers]) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

async function holders(number: number): Promise<number[]> {
  const { rows } = await db.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1 AND objid = $2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [PROCESS_LOCK, number],
  );
  return rows.map(({ pid }) => pid);
}

async function sessions(): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  return rows[0]?.count ?? Number.NaN;
}

test("a process whose line is lost on its side only is soon there again, with one session and not with many", async () => {
  const line = await startLine();
  const presence = await enterPresence(line.url, async () => undefined);
  const [first] = await holders(presence.number);
  expect(first).toBeTypeOf("number");
  for (let times = 0; times < 2; times++) {
    const before = await holders(presence.number);
    line.forget();
    // A session that still waited for its own dead one would need ten seconds to give up, and leave itself behind.
    const renewed = async () => {
      const now = await holders(presence.number);
      return now.length === 1 && now[0] !== before[0];
    };
    await expect.poll(renewed, { timeout: 8_000, interval: 100 }).toBe(true);
  }
  await sleep(200);
  expect(await sessions()).toBe(1);
  await presence.leave();
  await expect.poll(sessions, { timeout: 5_000 }).toBe(0);
  await line.stop();
});
