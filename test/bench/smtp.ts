import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("smtp-server.ts", import.meta.url));

/** A letter that the SMTP server has. */
export interface Taken {
  /** When it had it, milliseconds since 1970. */
  at: number;
  to: string[];
  messageId: string | null;
  inReplyTo: string | null;
  bytes: number;
}

/** The SMTP server of the benchmarks in its own process, and its record. */
export interface SmtpRecord {
  port: number;
  pid: number;
  taken: Taken[];
  stop(): Promise<void>;
}

export async function startSmtp(): Promise<SmtpRecord> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [SERVER], {
    env: { PATH, HOME },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const taken: Taken[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.on("message", (told: { port?: number; taken: Taken[] }) => {
      if (told.port !== undefined) resolve(told.port);
      taken.push(...told.taken);
    });
    void ended.then(() => reject(new Error("the SMTP server of the benchmark ended")));
  });
  return {
    ...{ port, taken, pid: child.pid ?? Number.NaN },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
