import { type AddressInfo, createServer, type Socket } from "node:net";

/** What a scripted server answers; null: nothing, ever. Whole lines, with their codes. */
export interface SmtpScript {
  greeting?: string | null;
  /** Extensions it offers. */
  offers?: string[];
  mail?: string | null;
  rcpt?: string | null;
  data?: string | null;
  dot?: string | null;
  /** Cuts the line: in the middle of the letter, after the final dot, or in a quiet moment after the first letter. */
  cut?: "in-letter" | "after-dot" | "when-idle";
}

export interface ScriptedSmtp {
  port: number;
  /** Command lines as they came, without the letters. */
  commands: string[];
  /** Letters that came whole. */
  letters: string[];
  stop(): Promise<void>;
}

/** Starts an SMTP server on loopback that says exactly what a test wants to hear. */
export async function startSmtpScript(script: SmtpScript): Promise<ScriptedSmtp> {
  const world = { commands: [] as string[], letters: [] as string[] };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    const say = (line: string | null) => line !== null && socket.write(`${line}\r\n`);
    let rest = "";
    let inLetter = false;
    say(script.greeting === undefined ? "220 here" : script.greeting);
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        if (inLetter && script.cut === "in-letter") return socket.destroy();
        const end = inLetter ? "\r\n.\r\n" : "\r\n";
        const at = rest.indexOf(end);
        if (at < 0) return;
        const line = rest.slice(0, at);
        rest = rest.slice(at + end.length);
        if (inLetter) {
          world.letters.push(line);
          inLetter = false;
          if (script.cut === "after-dot") return socket.destroy();
          if (script.cut === "when-idle" && world.letters.length === 1) setTimeout(() => socket.end(), 20);
          say(script.dot === undefined ? "250 taken" : script.dot);
          continue;
        }
        world.commands.push(line);
        const answer = answerTo(line, script);
        inLetter = answer?.startsWith("354") === true;
        say(answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    ...world,
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answerTo(line: string, script: SmtpScript): string | null {
  const or = (said: string | null | undefined, usual: string) => (said === undefined ? usual : said);
  if (line.startsWith("EHLO"))
    return ["here", ...(script.offers ?? [])]
      .map((offer, at, all) => `250${at === all.length - 1 ? " " : "-"}${offer}`)
      .join("\r\n");
  if (line.startsWith("MAIL")) return or(script.mail, "250 ok");
  if (line.startsWith("RCPT")) return or(script.rcpt, "250 ok");
  if (line === "DATA") {
    const refused = [script.mail, script.rcpt].some((said) => /^[45]/.test(said ?? ""));
    return refused ? "503 no recipient" : or(script.data, "354 go");
  }
  return line === "QUIT" ? "221 bye" : "250 ok";
}
