import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP line that can go dead without anybody hearing of it: what a half-open connection looks like from one end. */
export interface StallingProxy {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: number;
  /** From now on no byte passes, in either direction, on any connection there is or will be; nothing is closed. */
  stall(): void;
  /** New connections work again; those that were stalled stay dead. */
  flow(): void;
  /** Bytes that every stalled connection is sent by nobody, now and then: a server that only says "still here". */
  trickle(line: string, everyMs: number): void;
  stop(): Promise<void>;
}

export async function startStallingProxy(targetPort: number): Promise<StallingProxy> {
  const pairs = new Set<{ client: Socket; server: Socket; dead: boolean }>();
  let stalled = false;
  let connections = 0;
  let trickling: NodeJS.Timeout | undefined;
  const listener = createServer((client) => {
    connections++;
    const server = connect(targetPort, "127.0.0.1");
    const pair = { client, server, dead: stalled };
    pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (chunk: Buffer) => void (pair.dead || to.write(chunk)));
      from.on("error", () => from.destroy());
      from.on("close", () => {
        if (pair.dead && from === server) return; // the other end never hears of it
        pairs.delete(pair);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    get connections() {
      return connections;
    },
    stall() {
      stalled = true;
      for (const pair of pairs) pair.dead = true;
    },
    flow() {
      stalled = false;
    },
    trickle(line, everyMs) {
      trickling = setInterval(() => {
        for (const { client, dead } of pairs) if (dead && client.writable) client.write(line);
      }, everyMs);
    },
    async stop() {
      clearInterval(trickling);
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await closed;
    },
  };
}
