import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("program.ts", import.meta.url));

/** The desk as a child process that will be killed. */
export interface Child {
  /** True once it logged `ready`. */
  ready(): boolean;
  alive(): boolean;
  /** Resolves when it is dead, with its last words when it ended by itself. */
  ended: Promise<{ signal: NodeJS.Signals | null; lastWords: string }>;
  /** SIGKILL, without waiting: the moment counts. */
  kill(): void;
}

/** Everything kept of its output, to explain an end that nobody wanted. */
const WORDS_KEPT = 4_000;

/** The child's compiled modules are kept in `cache`, so that starting it often costs little. */
export function startChild(env: Record<string, string>, cache: string): Child {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH, HOME, NODE_COMPILE_CACHE: cache, ...env, LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let ready = false;
  let alive = true;
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-WORDS_KEPT);
      ready ||= words.includes('"msg":"ready"');
    });
  const ended = new Promise<{ signal: NodeJS.Signals | null; lastWords: string }>((resolve) =>
    child.once("exit", (_, signal) => {
      alive = false;
      resolve({ signal, lastWords: words });
    }),
  );
  return {
    ready: () => ready,
    alive: () => alive,
    ended,
    kill: () => void child.kill("SIGKILL"),
  };
}
