import type { AddressInfo, Socket } from "node:net";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import { type Delivery, type MailFault, type MailOptions, PASSWORD } from "./mail-types.ts";

type Deliver = (to: string, letter: Buffer, envelopeFrom: string) => Promise<void>;

/** An SMTP reply with its code, as smtp-server wants it. */
function reply(code: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode: code });
}

const REFUSED_AT_FAULT = 550;

/** The border server of the loopback mail world: takes letters, knows its users, fails on demand. */
export class SmtpFront {
  port = 0;
  readonly deliveries: Delivery[] = [];
  readonly #users: Set<string>;
  readonly #options: MailOptions;
  readonly #deliver: Deliver;
  readonly #delivered: (to: string) => void;
  readonly #sockets = new Map<number, Socket>();
  #faults: { fault: MailFault; left: number }[] = [];
  #server: SMTPServer | null = null;

  constructor(options: MailOptions, deliver: Deliver, delivered: (to: string) => void) {
    this.#options = options;
    this.#users = new Set(options.users.map((user) => user.toLowerCase()));
    this.#deliver = deliver;
    this.#delivered = delivered;
  }

  /** One more mailbox user. */
  admit(user: string): void {
    this.#users.add(user);
  }

  fail(fault: MailFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  heal(): void {
    this.#faults = [];
  }

  async start(): Promise<void> {
    if (this.#server !== null) return;
    const server = new SMTPServer({
      authMethods: ["PLAIN", "LOGIN"],
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      disableReverseLookup: true,
      closeTimeout: 1,
      onAuth: (auth, _session, done) => {
        const known = this.#users.has((auth.username ?? "").toLowerCase()) && auth.password === PASSWORD;
        if (known) done(null, { user: (auth.username ?? "").toLowerCase() });
        else done(reply(535, "authentication failed"));
      },
      onRcptTo: (address, session, done) => this.#recipient(address.address.toLowerCase(), session, done),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        const fault = this.#strike(session, ["drop-in-data"]);
        if (fault !== undefined) {
          this.#cut(session);
          return;
        }
        stream.on("end", () => {
          this.#letter(Buffer.concat(chunks), session).then(done, () =>
            done(reply(451, "mailbox out of reach")),
          );
        });
      },
    });
    // A client that goes away in the middle is no error of this server.
    server.on("error", () => {});
    server.server.on("connection", (socket: Socket) => this.#remember(socket));
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(resolve));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #remember(socket: Socket): void {
    const port = socket.remotePort ?? 0;
    this.#sockets.set(port, socket);
    socket.on("close", () => this.#sockets.delete(port));
  }

  #recipient(to: string, session: SMTPServerSession, done: (error?: Error | null) => void): void {
    const from = sender(session);
    const fault = this.#take((f) => ["refuse", "drop-before-rcpt"].includes(f.on) && fits(f, from, [to]));
    if (fault?.on === "drop-before-rcpt") {
      this.#note(from, to, "dropped", null);
      this.#sockets.get(session.remotePort)?.destroy();
      return;
    }
    const code = fault === undefined ? 550 : (fault.code ?? REFUSED_AT_FAULT);
    if (fault === undefined && this.#users.has(to)) {
      done();
      return;
    }
    this.#note(from, to, "refused", code);
    done(reply(code, fault === undefined ? "no such mailbox here" : "refused by the sandbox"));
  }

  /** Puts a whole letter into its mailboxes; the error to answer the final dot with, if any. */
  async #letter(bytes: Buffer, session: SMTPServerSession): Promise<Error | null> {
    const from = sender(session);
    const recipients = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
    const id = messageIdOf(bytes);
    const fault = this.#strike(session, ["refuse-data", "drop-after-dot", "slow"]);
    if (fault?.on === "refuse-data") {
      const code = fault.code ?? REFUSED_AT_FAULT;
      for (const to of recipients) this.#note(from, to, "refused", code, id);
      return reply(code, "refused by the sandbox");
    }
    const lost = fault?.on === "drop-after-dot" && fault.lose === true;
    const dropped = fault?.on === "drop-after-dot";
    for (const to of recipients) {
      if (!lost) await this.#deliver(to, this.#stamped(bytes, to, session), from);
      this.#note(from, to, dropped ? "dropped" : "delivered", dropped ? null : 250, id, !lost);
      if (!lost) this.#delivered(to);
    }
    if (fault?.on === "slow") await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1000));
    if (dropped) this.#sockets.get(session.remotePort)?.destroy();
    return null;
  }

  /** Trace headers, newest on top (RFC 5321 §4.4); Authentication-Results above our own Received (RFC 8601 §5). */
  #stamped(bytes: Buffer, to: string, session: SMTPServerSession): Buffer {
    const helo = session.hostNameAppearsAs || "unknown";
    const date = new Date().toUTCString().replace("GMT", "+0000");
    const head = [`Return-Path: <${sender(session)}>`];
    const id = this.#options.authservId;
    if (id !== undefined) {
      const domain = /^From:.*@([A-Za-z0-9.-]+)/im.exec(bytes.toString("latin1"))?.[1] ?? "";
      const own = String(session.user ?? "").split("@")[1];
      head.push(
        `Authentication-Results: ${id}; dmarc=${own === domain ? "pass" : "fail"} header.from=${domain}`,
      );
    }
    head.push(
      `Received: from ${helo} (127.0.0.1) by mx.loopback.example with ESMTPA id ${session.id} for <${to}>; ${date}`,
    );
    return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n`), bytes]);
  }

  #cut(session: SMTPServerSession): void {
    for (const { address } of session.envelope.rcptTo) this.#note(sender(session), address, "dropped", null);
    this.#sockets.get(session.remotePort)?.destroy();
  }

  #strike(session: SMTPServerSession, kinds: MailFault["on"][]): MailFault | undefined {
    const recipients = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
    return this.#take((fault) => kinds.includes(fault.on) && fits(fault, sender(session), recipients));
  }

  #take(strikes: (fault: MailFault) => boolean): MailFault | undefined {
    const next = this.#faults.find(({ fault, left }) => left > 0 && strikes(fault));
    if (next !== undefined) next.left -= 1;
    return next?.fault;
  }

  #note(
    from: string,
    to: string,
    outcome: Delivery["outcome"],
    code: number | null,
    messageId: string | null = null,
    stored = false,
  ): void {
    this.deliveries.push({ from, to, outcome, code, messageId, stored });
  }
}

function sender(session: SMTPServerSession): string {
  const from = session.envelope.mailFrom;
  return from === false ? "" : from.address.toLowerCase();
}

function fits(fault: MailFault, from: string, recipients: string[]): boolean {
  const fromFits = fault.from === undefined || fault.from.toLowerCase() === from;
  return fromFits && (fault.to === undefined || recipients.includes(fault.to.toLowerCase()));
}

function messageIdOf(bytes: Buffer): string | null {
  const head = bytes.toString("latin1").split(/\r?\n\r?\n/, 1)[0] ?? "";
  return /^Message-ID:\s*(<[^>\r\n]*>)/im.exec(head)?.[1] ?? null;
}
