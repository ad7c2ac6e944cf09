import type { Logger, LogLevel } from "@slack/bolt";
import type { BotLog } from "./log.ts";

/** The library's own messages without tokens; its debug messages hold whole requests and are dropped. */
export function quietLogger(log: BotLog, level: LogLevel): Logger {
  const text = (parts: unknown[]) =>
    parts
      .map(String)
      .join(" ")
      .replace(/\bx(?:ox[a-z]|app)-[\w-]+/g, "(token)")
      .slice(0, 500);
  return {
    debug: () => {},
    info: (...parts) => log.debug({ from: "slack" }, text(parts)),
    warn: (...parts) => log.warn({ from: "slack" }, text(parts)),
    error: (...parts) => log.error({ from: "slack" }, text(parts)),
    setLevel: () => {},
    getLevel: () => level,
    setName: () => {},
  };
}
