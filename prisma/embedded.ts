import { findHome } from "./embedded/home.ts";
import { ensureServer, serverAlive, stopServer } from "./embedded/server.ts";

/** The database that needs no setting: a real PostgreSQL in DATA_DIR, shared by all programs with that DATA_DIR. */
export interface EmbeddedDatabase {
  url: string;
  /** Stops the server at an orderly end, unless another program uses it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  log?: (line: string) => void;
  /** More settings for the server, `name=value` (tests switch durability off). */
  settings?: readonly string[];
}

/** How often we look whether the server still lives. It ends when the other program stops it, or by the system's hand. */
const WATCH_MS = 1_000;

/**
 * Starts the server, or takes over the one that runs, and keeps it running until `stop`.
 * @throws with what to do about it when the machine has no fitting binaries, user or folder.
 */
export async function openEmbedded(
  dataDir: string,
  options: EmbeddedOptions = {},
): Promise<EmbeddedDatabase> {
  const log = options.log ?? (() => undefined);
  const settings = options.settings ?? [];
  const home = await findHome(dataDir, log);
  const url = await ensureServer(home, { settings });
  const port = Number(new URL(url).port);

  // Our pools know one port, so a server that has to be started again gets the same one.
  let watching: Promise<void> | null = null;
  const watch = async () => {
    try {
      if (await serverAlive(home)) return;
      log("the embedded database has ended; starting it again");
      await ensureServer(home, { port, fixedPort: true, settings });
    } catch (error) {
      log(`the embedded database is down: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const timer = setInterval(() => {
    watching ??= watch().finally(() => {
      watching = null;
    });
  }, WATCH_MS);
  timer.unref();

  return {
    url,
    async stop() {
      clearInterval(timer);
      await watching;
      await stopServer(home, url);
    },
  };
}
