import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** `node main.ts …` as an operator starts it, with its log lines. */
export interface Program {
  readonly process: ChildProcess;
  /** Everything it wrote so far. */
  output(): string;
  /** Resolves when it logs `ready`; rejects when it ends before. */
  ready(): Promise<void>;
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code. */
  end(): Promise<number | null>;
  ended: Promise<number | null>;
}

export function runProgram(args: string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const heard: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const listen of heard) listen();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return {
    process: child,
    output: () => output,
    ended,
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => (output.includes('"msg":"ready"') ? resolve() : undefined);
        heard.push(look);
        look();
        ended.then((code) => reject(new Error(`ended with ${code} before it was ready:\n${output}`)));
      }),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    end() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
