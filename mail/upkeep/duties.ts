import { publishAuditHead } from "../../core/desk/audit-head.ts";
import { tellExpiring } from "../../core/desk/expiry.ts";
import { remindIdle } from "../../core/desk/reminders.ts";
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

/** Before the office opens, after the night's work was entered. */
const HEAD_FROM_HOUR = 7;

/** Letters that ask for something come when offices are open. */
const EXPIRY_FROM_HOUR = 8;

/** A case that waits for days need not be noticed sooner. */
const REMINDED_EVERY_MINUTES = 60;

/** What the leader of the mailbox does by the clock. */
export function deskDuties(context: {
  settings: Settings;
  access: ImapAccess & { account: Settings["imap"] };
  desk: Desk;
  goLive: Instant;
  log: Log;
}): Duty[] {
  const { settings, desk, log } = context;
  const { canaryMinutes, lettersKeptDays, remindAfterHours } = settings;
  const canary: Duty = {
    name: CANARY_DUTY,
    notSince: everyMinutes(canaryMinutes),
    run: () => sendCanary(desk, canaryMinutes),
  };
  return [
    ...(canaryMinutes > 0 ? [canary] : []),
    {
      name: "audit_head",
      notSince: dailyFrom(HEAD_FROM_HOUR),
      run: () => publishAuditHead(desk),
    },
    {
      name: "reconciliation",
      notSince: dailyFrom(RECONCILED_FROM_HOUR),
      async run() {
        const { counts, unchecked } = await reconcile(context);
        log.info({ counts, unchecked }, "reconciled");
      },
    },
    {
      name: "expiry",
      notSince: dailyFrom(EXPIRY_FROM_HOUR),
      async run() {
        const guarantees = await tellExpiring(desk);
        if (guarantees > 0) log.info({ guarantees }, "told that the end is near");
      },
    },
    {
      name: "reminders",
      notSince: everyMinutes(REMINDED_EVERY_MINUTES),
      async run() {
        const cases = await remindIdle(desk, remindAfterHours);
        if (cases > 0) log.info({ cases }, "staff reminded of cases that wait");
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
