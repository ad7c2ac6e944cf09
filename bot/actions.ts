import { caseById } from "../core/desk/find.ts";
import { type Deed, mayDo } from "../core/policy.ts";
import { actionId } from "./blocks/card.ts";
import type { Act, Bot } from "./bot.ts";
import type { CaseHandler } from "./commands.ts";
import { openAccept } from "./deeds/accept.ts";
import { openApprove } from "./deeds/approve.ts";
import { openDecline } from "./deeds/decline.ts";
import { openIssue } from "./deeds/issue.ts";
import { showCase } from "./deeds/look.ts";
import { settle } from "./deeds/paid.ts";
import { runLook } from "./deeds/reading.ts";
import { runRecovery } from "./deeds/recover.ts";
import { unpackButton } from "./modal-meta.ts";
import { refused } from "./refuse.ts";
import type { Reply } from "./reply.ts";

/** What each button does. `anyVersion`: looking is never stale. */
const BUTTONS: readonly { deed: Deed; handler: CaseHandler; anyVersion?: true }[] = [
  { deed: "show", handler: showCase, anyVersion: true },
  { deed: "accept", handler: openAccept },
  { deed: "paid", handler: settle },
  { deed: "issue", handler: openIssue },
  { deed: "approve", handler: openApprove },
  { deed: "decline", handler: openDecline },
];

/** Buttons that are not about a case and its version, by the first part of their action id. */
const FAMILIES: Readonly<Record<string, ActionHandler>> = {
  letter: runLook,
  recover: runRecovery,
};

/** Carries out a click on a button of its family; looks everything up anew. */
export type ActionHandler = (bot: Bot, act: Act, action: string, value: string) => Promise<Reply>;

/**
 * Carries out a click. Its value proves nothing: role, case and version are looked up anew, and a button of an older
 * version of the case does nothing.
 */
export async function runAction(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  const family = FAMILIES[action.split(".")[0] ?? ""];
  if (family !== undefined) return family(bot, act, action, value);
  const entry = BUTTONS.find(({ deed }) => actionId(deed) === action);
  const button = unpackButton(value);
  if (entry === undefined || button === null)
    return refused(bot, act, "show", { code: "stale_screen", detail: {} });
  const { deed } = entry;
  if (!mayDo(act.by, deed)) return refused(bot, act, deed, { code: "role_missing", detail: { deed } });
  const found = await caseById(bot.desk, button.caseId);
  if (!found.ok) return refused(bot, act, deed, found.refusal);
  if (entry.anyVersion !== true && found.value.version !== button.version)
    return refused(bot, act, deed, { code: "stale_screen", detail: {} });
  return entry.handler(bot, act, found.value, { caseId: button.caseId, only: null }, []);
}
