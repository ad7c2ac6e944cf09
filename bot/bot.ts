import type { StaffMember } from "../core/policy.ts";
import type { Desk } from "../core/ports.ts";
import type { BotLog } from "./log.ts";
import type { Staff } from "./staff.ts";
import { type BotWords, type Say, sayIn } from "./words.ts";

/** What of a stored letter may be shown to one person; `main.ts` hands it in. Null when it cannot be opened. */
export type OpenLetter = (
  raw: Uint8Array,
) => Promise<{ subject: string; text: string; files: string[] } | null>;

/** What every command, button and submission works with. */
export interface Bot {
  desk: Desk;
  staff: Staff;
  openLetter: OpenLetter;
  words: BotWords;
  say: Say;
  log: BotLog;
}

/** Who acts, and where: confirmations of a modal go to the channel it was opened from. */
export interface Act {
  by: StaffMember;
  channel: string | null;
}

export function makeBot(parts: Omit<Bot, "say">): Bot {
  return { ...parts, say: sayIn(parts.words) };
}
