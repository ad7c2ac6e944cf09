import type { AddressInfo, Socket } from "node:net";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { mailboxOf } from "./letters.ts";
import type { Stage } from "./points.ts";

/** The SMTP server that the desk sends through. It does what it is told at every stage and keeps its own record. */

/** A letter that came up to the final dot. */
export interface Transmission {
  messageId: string;
  inReplyTo: string | null;
  to: string;
  /** It lies in the recipient's mailbox, and a copy in the desk's journal. */
  stored: boolean;
  /** The reply to the final dot; null when none left: the sender cannot know. */
  reply: number | null;
}

/** What the server does wrong, once. `lost`: cut after the final dot, and the letter is gone. */
export const RELAY_FAULTS = [
  "cut at RCPT",
  "451 at RCPT",
  "550 at RCPT",
  "cut in DATA",
  "451 after DATA",
  "554 after DATA",
  "cut after the dot, stored",
  "cut after the dot, lost",
  "slow",
] as const;
export type RelayFault = (typeof RELAY_FAULTS)[number];

/** What happens at a stage before the server goes on; `stage` "accepted" comes right after the reply. */
type Watch = (stage: Stage) => void;

const SLOW_MS = 700;

export class Relay {
  port = 0;
  readonly transmissions: Transmission[] = [];
  /** Recipients that were refused for good before the letter. */
  readonly refused: string[] = [];
  readonly #deliver: (to: string, letter: Buffer) => Promise<void>;
  readonly #sockets = new Map<number, Socket>();
  #faults: RelayFault[] = [];
  #server: SMTPServer | null = null;
  watch: Watch = () => {};

  /**
   * @param deliver puts a letter into its mailbox and a copy into the journal, as a border server does that copies all
   * that leaves: both or neither; a rejection means neither.
   */
  constructor(deliver: (to: string, letter: Buffer) => Promise<void>) {
    this.#deliver = deliver;
  }

  plan(fault: RelayFault): void {
    this.#faults.push(fault);
  }

  /** A fault is planned that has not struck yet. */
  isPlanned(): boolean {
    return this.#faults.length > 0;
  }

  heal(): void {
    this.#faults = [];
  }

  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      authMethods: ["PLAIN", "LOGIN"],
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      closeTimeout: 1,
      onAuth: (auth, _session, done) => done(null, { user: auth.username ?? "" }),
      onConnect: (_session, done) => {
        this.watch("connect");
        done();
      },
      onMailFrom: (_address, _session, done) => {
        this.watch("MAIL");
        done();
      },
      onRcptTo: ({ address }, session, done) => {
        this.watch("RCPT");
        // Nothing more goes to an address that was refused for good: only one that nobody else waits behind.
        const ownAddress = mailboxOf(address) !== address.toLowerCase();
        const fault = this.#take(
          "cut at RCPT",
          "451 at RCPT",
          ...(ownAddress ? ["550 at RCPT" as const] : []),
        );
        if (fault === undefined) return done();
        if (fault === "cut at RCPT") return this.#cut(session);
        if (fault === "550 at RCPT") this.refused.push(address.toLowerCase());
        done(refusal(Number(fault.slice(0, 3))));
      },
      onData: (stream, session, done) => {
        this.watch("DATA");
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        if (this.#take("cut in DATA") !== undefined) return this.#cut(session);
        stream.on("end", () => void this.#letter(Buffer.concat(chunks), session, done));
      },
    });
    server.on("error", () => {}); // a client that goes away in the middle
    server.server.on("connection", (socket: Socket) => {
      const from = socket.remotePort ?? 0;
      this.#sockets.set(from, socket);
      socket.on("close", () => this.#sockets.delete(from));
    });
    await new Promise<void>((resolve, reject) => {
      server.server.once("error", reject);
      server.listen(this.port, "127.0.0.1", resolve);
    });
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Every connection breaks at once, whatever it was doing. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  async #letter(bytes: Buffer, session: SMTPServerSession, done: (error?: Error | null) => void) {
    const head = bytes.toString("latin1").split("\r\n\r\n", 1)[0] ?? "";
    const sent: Transmission = {
      messageId: idIn(head, "Message-ID") ?? "none",
      inReplyTo: idIn(head, "In-Reply-To"),
      to: session.envelope.rcptTo[0]?.address.toLowerCase() ?? "",
      stored: false,
      reply: null,
    };
    this.transmissions.push(sent);
    this.watch("final dot");
    const answer = (reply: number) => {
      if (this.#sockets.has(session.remotePort)) sent.reply = reply;
      done(reply === 250 ? null : refusal(reply));
    };
    const fault = this.#take(
      ...([
        "451 after DATA",
        "554 after DATA",
        "cut after the dot, stored",
        "cut after the dot, lost",
        "slow",
      ] as const),
    );
    if (fault === "451 after DATA" || fault === "554 after DATA") return answer(Number(fault.slice(0, 3)));
    if (fault === "cut after the dot, lost") return this.#cut(session);
    try {
      await this.#deliver(sent.to, bytes);
    } catch {
      return answer(451);
    }
    sent.stored = true;
    if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    this.watch("stored");
    if (fault === "cut after the dot, stored") return this.#cut(session);
    answer(250);
    this.watch("accepted");
  }

  #cut(session: SMTPServerSession): void {
    this.#sockets.get(session.remotePort)?.destroy();
  }

  #take(...kinds: RelayFault[]): RelayFault | undefined {
    const at = this.#faults.findIndex((fault) => kinds.includes(fault));
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0];
  }
}

function refusal(code: number): Error {
  return Object.assign(new Error("the crash test refuses"), { responseCode: code });
}

function idIn(head: string, field: string): string | null {
  return new RegExp(`^${field}:\\s*(<[^>\\r\\n]*>)`, "im").exec(head)?.[1] ?? null;
}
