import type { BotLog } from "./log.ts";

/** One Socket Mode connection at a time, as the library gives it. */
export interface SocketConnection {
  /** Connects; resolves when Slack has said hello, rejects when it could not be reached or did not accept us. */
  start(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  /** Called whenever a connection that stood is gone. */
  onLost(listener: () => void): void;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Keeps a Socket Mode connection up with a back-off of its own. The library's own reconnecting ends the process when
 * Slack refuses a token and may leave a socket open after a stop; it is switched off.
 */
export function keepConnected(connection: SocketConnection, log: BotLog) {
  let connected = false;
  let stopping = false;
  let wake: (() => void) | null = null;
  let firstTry: () => void = () => {};
  const tried = new Promise<void>((resolve) => {
    firstTry = resolve;
  });
  connection.onLost(() => {
    connected = false;
    wake?.();
  });
  const pause = (ms: number | null): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    let wait = FIRST_WAIT_MS;
    while (!stopping) {
      try {
        const lost = pause(null);
        await connection.start();
        // A stop that came while connecting must not leave this socket open.
        if (stopping) break;
        connected = true;
        wait = FIRST_WAIT_MS;
        log.info({}, "connected to Slack");
        firstTry();
        await lost;
        if (!stopping) log.warn({}, "connection to Slack lost");
      } catch (error) {
        log.error(
          { reason: error === undefined ? "closed before hello" : String(error) },
          "Slack cannot be reached",
        );
        firstTry();
        if (!stopping) await pause(wait);
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
    connected = false;
    await connection.disconnect().catch(() => {});
  };
  const running = run();
  return {
    connected: () => connected,
    /** Resolves after the first attempt, whatever came of it. */
    tried,
    stop: async (): Promise<void> => {
      stopping = true;
      wake?.();
      await running;
    },
  };
}
