import { type AddressInfo, createServer, type Socket } from "node:net";

/** A scripted IMAP server for what honest servers do not do: odd refusals, odd answers. No mail lies in it. */
export interface ImapScript {
  readonly port: number;
  /** Commands received, without tags; arguments of logins left out. */
  readonly commands: string[];
  stop(): Promise<void>;
}

/** In place of an answer that ends the command. */
export const SILENCE = "";

/** Answers one command; `say` writes a line, `null` means that the script's usual answer will do. */
export type Answer = (command: string, say: (line: string) => void) => string | null;

const CAPABILITIES = "IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE";

/**
 * @param answer the tagged answer without its tag (`NO [UNAVAILABLE] later`), or null for the usual one.
 * @param greeting the first line instead of the usual one.
 */
export async function startImapScript(answer: Answer, greeting = "* OK ready"): Promise<ImapScript> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const say = (line: string) => void (socket.writable && socket.write(`${line}\r\n`));
    let idle: string | null = null;
    let rest = "";
    say(greeting);
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString("latin1");
      const lines = rest.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "DONE") {
          say(`${idle} OK done`);
          continue;
        }
        const [tag = "", ...words] = line.split(" ");
        const command = words.join(" ");
        commands.push(/^(LOGIN|AUTHENTICATE)/.test(command) ? (words[0] ?? "") : command);
        const special = answer(command, say);
        if (special === SILENCE) continue;
        if (special !== null) say(`${tag} ${special}`);
        else if (command === "IDLE") {
          idle = tag;
          say("+ idling");
        } else {
          usual(command, say);
          say(`${tag} OK done`);
        }
        if (command === "LOGOUT") socket.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function usual(command: string, say: (line: string) => void): void {
  if (command === "CAPABILITY") say(`* CAPABILITY ${CAPABILITIES}`);
  if (command === "NAMESPACE") say('* NAMESPACE (("" "/")) NIL NIL');
  if (command.startsWith("LIST")) say('* LIST () "/" INBOX');
  if (/^(SELECT|EXAMINE)/.test(command)) {
    say("* 0 EXISTS");
    say("* OK [UIDVALIDITY 7] valid");
  }
  if (command.startsWith("UID SEARCH")) say("* SEARCH");
}
