import type { AddressInfo } from "node:net";
import hoodiecrow from "hoodiecrow-imap";
import { type LoopbackMail, type MailOptions, type MailStore, PASSWORD } from "./mail-types.ts";
import { startMailWorld } from "./mail-world.ts";

const PLUGINS = [
  "ID",
  "AUTH-PLAIN",
  "SASL-IR",
  "ENABLE",
  "UNSELECT",
  "UIDPLUS",
  "MOVE",
  "IDLE",
  "NAMESPACE",
  "SPECIAL-USE",
];

/** Starts a loopback mail server in memory: an IMAP server for each user and one SMTP server, all on 127.0.0.1. */
export function startMail(options: MailOptions): Promise<LoopbackMail> {
  const boxes = new Map(options.users.map((user) => [user.toLowerCase(), new MemoryBox(user.toLowerCase())]));
  const box = (user: string): MemoryBox => {
    const found = boxes.get(user);
    if (found === undefined) throw new Error(`no mailbox ${user}`);
    return found;
  };
  const each = async (act: (box: MemoryBox) => Promise<void>) => {
    await Promise.all([...boxes.values()].map(act));
  };
  const store: MailStore = {
    kind: "memory",
    imapPort: (user) => box(user).port,
    async add(user) {
      const added = new MemoryBox(user);
      await added.start();
      boxes.set(user, added);
    },
    deliver: async (to, letter) => box(to).take(letter),
    kick: () => {
      for (const one of boxes.values()) one.kick();
    },
    start: () => each((one) => one.start()),
    stop: () => each((one) => one.stop()),
    remove: async () => {},
  };
  return startMailWorld(options, store);
}

type Hoodiecrow = ReturnType<typeof hoodiecrow>;
type Connection = Parameters<Hoodiecrow["connectionHandlers"][number]>[0];

/** One mailbox user with an IMAP server of its own: hoodiecrow shares its INBOX among all users of an instance. */
class MemoryBox {
  port = 0;
  readonly #imap: Hoodiecrow;
  readonly #connections = new Set<Connection>();

  constructor(user: string) {
    this.#imap = hoodiecrow({
      plugins: PLUGINS,
      users: { [user]: { password: PASSWORD } },
      storage: { INBOX: {}, "": { separator: "/", folders: {} } },
    });
    this.#imap.setMaxListeners(0);
    // Nagle and delayed acknowledgements cost 44 ms a command otherwise.
    this.#imap.server.on("connection", (socket) => socket.setNoDelay(true));
    this.#imap.connectionHandlers.push((connection) => {
      this.#connections.add(connection);
      connection.socket?.on("close", () => this.#connections.delete(connection));
    });
  }

  take(letter: Buffer): void {
    this.#imap.appendMessage(
      "INBOX",
      [],
      this.#imap.formatInternalDate(new Date()),
      letter.toString("binary"),
    );
  }

  kick(): void {
    for (const connection of this.#connections) {
      const socket = connection.socket;
      // Ending IDLE first clears its 30 minute timer, which would keep the process alive.
      if (connection.inputHandler) connection.inputHandler("DONE");
      socket?.destroy();
    }
    this.#connections.clear();
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#imap.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.#imap.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#imap.server.listening) return;
    const closed = new Promise<void>((resolve) => this.#imap.server.close(() => resolve()));
    this.kick();
    await closed;
  }
}
