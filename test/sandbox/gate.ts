import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A TCP line in front of a server that can be shut: the server is then gone for whoever comes through here. */
export interface Gate {
  readonly port: number;
  /** Cuts every connection and refuses new ones. */
  shut(): Promise<void>;
  /** The same port again. */
  open(): Promise<void>;
  stop(): Promise<void>;
}

export async function startGate(targetPort: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port = 0;

  function pass(client: Socket): void {
    const target = connect(targetPort, "127.0.0.1");
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.setNoDelay(true);
      sockets.add(from);
      from.on("data", (chunk: Buffer) => void to.write(chunk));
      from.on("end", () => to.end());
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  }

  const gate = {
    get port() {
      return port;
    },
    async open() {
      if (server !== null) return;
      const opened = createServer(pass);
      await new Promise<void>((resolve) => opened.listen(port, "127.0.0.1", resolve));
      port = (opened.address() as AddressInfo).port;
      server = opened;
    },
    async shut() {
      const closing = server;
      server = null;
      const closed = new Promise((resolve) => (closing === null ? resolve(null) : closing.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    stop: () => gate.shut(),
  };
  await gate.open();
  return gate;
}
