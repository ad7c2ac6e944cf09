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
  /** Ends in order, as at a SIGTERM of the system; killed when it takes too long. */
  end(): Promise<void>;
  /** Called with each piece of the log. */
  onLog(listener: (text: string) => void): void;
}

/** A child that has loaded everything and waits to be told to start. */
export interface Standby {
  /** @param env settings and what it is armed with. */
  start(env: Record<string, string>): Child;
  discard(): void;
}

/** Everything kept of its output, to explain an end that nobody wanted. */
const WORDS_KEPT = 8_000;
/** An orderly end waits for what runs; nothing in this test takes longer. */
const END_MS = 15_000;

/** The child's compiled modules are kept in `cache`, so that starting it often costs little. */
export function prepareChild(cache: string): Standby {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH, HOME, NODE_COMPILE_CACHE: cache },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let ready = false;
  let alive = true;
  let words = "";
  const listeners: ((text: string) => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-WORDS_KEPT);
      ready ||= words.includes('"msg":"ready"');
      for (const listener of listeners) listener(text);
    });
  child.on("error", () => {}); // a message to one that has just died
  const ended = new Promise<{ signal: NodeJS.Signals | null; lastWords: string }>((resolve) =>
    child.once("exit", (_, signal) => {
      alive = false;
      resolve({ signal, lastWords: words });
    }),
  );
  const kill = () => void child.kill("SIGKILL");
  const running: Child = {
    ready: () => ready,
    alive: () => alive,
    ended,
    kill,
    async end() {
      child.kill("SIGTERM");
      const late = setTimeout(kill, END_MS);
      await ended;
      clearTimeout(late);
    },
    onLog: (listener) => void listeners.push(listener),
  };
  return {
    start(env) {
      child.send({ ...env, LOG_LEVEL: "info" });
      return running;
    },
    discard: kill,
  };
}
