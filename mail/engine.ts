import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

/** How a program that stays uses the machine: less memory, a quicker next start. Commands that end soon do without. */

/** By then all is loaded, and the first rush is over. */
const KEEP_AFTER_MS = 60_000;

/**
 * To be called before the doors are loaded.
 * @param dataDir DATA_DIR; a folder that cannot be written only means that everything is compiled again.
 */
export function tuneEngine(dataDir: string): void {
  // The heap would grow to a multiple of what it needs before it is cleaned up, the more so the larger the machine. The
  // desk lives beside a database: it cleans up at half as much again, and what is new gets little room.
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=50");
  // In our own folder, not the system's for temporary files: there anybody could put code that we would run.
  enableCompileCache(join(dataDir, "compiled"));
  // Usually it is written at an orderly end; a program that is killed leaves it, too.
  setTimeout(flushCompileCache, KEEP_AFTER_MS).unref();
}
