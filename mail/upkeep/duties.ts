import {
  CANARY_DUTY,
  dailyFrom,
  eraseOldLetters,
  everyMinutes,
  nightly,
  sendCanary,
} from "../../core/desk/upkeep.ts";
import type { Desk } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import type { Instant } from "../../core/terms.ts";
import type { ImapAccess } from "../imap/connection.ts";
import type { Log } from "../log.ts";
import { reconcile } from "./reconcile.ts";
import type { Duty } from "./rounds.ts";

/** Before the day's work, so that staff find the result when they come. */
const RECONCILED_FROM_HOUR = 6;

/** What the leader of the mailbox does by the clock. */
export function deskDuties(context: {
  settings: Settings;
  access: ImapAccess & { account: Settings["imap"] };
  desk: Desk;
  goLive: Instant;
  log: Log;
}): Duty[] {
  const { settings, desk, log } = context;
  const { canaryMinutes, lettersKeptDays } = settings;
  const canary: Duty = {
    name: CANARY_DUTY,
    notSince: everyMinutes(canaryMinutes),
    run: () => sendCanary(desk, canaryMinutes),
  };
  return [
    ...(canaryMinutes > 0 ? [canary] : []),
    {
      name: "reconciliation",
      notSince: dailyFrom(RECONCILED_FROM_HOUR),
      async run() {
        const { counts, unchecked } = await reconcile(context);
        log.info({ counts, unchecked }, "reconciled");
      },
    },
    {
      name: "retention",
      notSince: nightly,
      async run() {
        const letters = await eraseOldLetters(desk, lettersKeptDays);
        if (letters > 0) log.info({ letters }, "old letters erased");
      },
    },
  ];
}
