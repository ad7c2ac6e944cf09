import { caseById } from "../core/desk/find.ts";
import { type Deed, mayDo } from "../core/policy.ts";
import { actionId, MENU, unpackEntry } from "./blocks/menu.ts";
import { ASKED_FOR, threadActionId } from "./blocks/thread-buttons.ts";
import type { Act, Bot } from "./bot.ts";
import { AMEND, RECTIFY } from "./change-fields.ts";
import type { CaseHandler } from "./commands.ts";
import { openAccept } from "./deeds/accept.ts";
import { openApprove } from "./deeds/approve.ts";
import { runStory, showStory } from "./deeds/audit.ts";
import { openChange } from "./deeds/change.ts";
import { runContractor } from "./deeds/contractor.ts";
import { openEnding } from "./deeds/endings.ts";
import { openFinish } from "./deeds/finish.ts";
import { runHome } from "./deeds/home.ts";
import { openIssue } from "./deeds/issue.ts";
import { showCase, verifyCase } from "./deeds/look.ts";
import { runOrderer } from "./deeds/orderer.ts";
import { openPaid } from "./deeds/paid.ts";
import { quoteCase } from "./deeds/quote.ts";
import { runLook } from "./deeds/reading.ts";
import { runRecovery } from "./deeds/recover.ts";
import { runRegistry } from "./deeds/registry.ts";
import { openResend } from "./deeds/resend.ts";
import { openReturn } from "./deeds/return.ts";
import { openReview } from "./deeds/review.ts";
import { runTask } from "./deeds/tasks.ts";
import { openUnamend } from "./deeds/unamend.ts";
import { unpackButton } from "./modal-meta.ts";
import { refused } from "./refuse.ts";
import type { Reply } from "./reply.ts";

/** `anyVersion`: looking is never stale. */
interface CaseButton {
  deed: Deed;
  handler: CaseHandler;
  anyVersion?: true;
}

/** What each button does. */
const BUTTONS: readonly CaseButton[] = [
  { deed: "show", handler: showCase, anyVersion: true },
  { deed: "audit", handler: showStory, anyVersion: true },
  { deed: "quote", handler: quoteCase, anyVersion: true },
  { deed: "verify", handler: verifyCase, anyVersion: true },
  { deed: "review", handler: openReview },
  { deed: "accept", handler: openAccept },
  { deed: "paid", handler: openPaid },
  { deed: "issue", handler: openIssue },
  { deed: "approve", handler: openApprove },
  { deed: "return", handler: openReturn },
  { deed: "decline", handler: openEnding("decline") },
  { deed: "withdraw", handler: openEnding("withdraw") },
  { deed: "amend", handler: openChange(AMEND) },
  { deed: "rectify", handler: openChange(RECTIFY) },
  { deed: "unamend", handler: openUnamend },
  { deed: "cancel", handler: openFinish("cancel") },
  { deed: "release", handler: openFinish("release") },
  { deed: "resend", handler: openResend },
];

/** Buttons that are not about a case and its version, by the first part of their action id. */
const FAMILIES: Readonly<Record<string, ActionHandler>> = {
  letter: runLook,
  recover: runRecovery,
  contractor: runContractor,
  orderer: runOrderer,
  registry: runRegistry,
  audit: runStory,
  task: runTask,
  home: runHome,
  thread: runFromThread,
};

/** Carries out a click on a button of its family; looks everything up anew. */
export type ActionHandler = (bot: Bot, act: Act, action: string, value: string) => Promise<Reply>;

/**
 * Carries out a click. Its value proves nothing: role, case and version are looked up anew, and a button of an older
 * version of the case does nothing.
 */
export async function runAction(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  if (action === MENU) return runEntry(bot, act, value);
  const name = action.split(".")[0] ?? "";
  // Own members only: `constructor` is none of ours.
  const family = Object.hasOwn(FAMILIES, name) ? FAMILIES[name] : undefined;
  if (family !== undefined) return family(bot, act, action, value);
  const entry = BUTTONS.find(({ deed }) => actionId(deed) === action);
  const button = unpackButton(value);
  if (entry === undefined || button === null)
    return refused(bot, act, "show", { code: "stale_screen", detail: {} });
  return runButton(bot, act, entry, button);
}

/** @param button the case, and the version of it that the screen showed; null: whichever it is now. */
async function runButton(
  bot: Bot,
  act: Act,
  entry: CaseButton,
  button: { caseId: string; version: number | null },
): Promise<Reply> {
  const { deed } = entry;
  if (!mayDo(act.by, deed)) return refused(bot, act, deed, { code: "role_missing", detail: { deed } });
  const found = await caseById(bot.desk, button.caseId);
  if (!found.ok) return refused(bot, act, deed, found.refusal);
  const fresh = entry.anyVersion === true || button.version === null;
  if (!fresh && found.value.version !== button.version)
    return refused(bot, act, deed, { code: "stale_screen", detail: {} });
  return entry.handler(bot, act, found.value, { caseId: button.caseId, only: null }, []);
}

/** What a letter in the thread asks for. Its message stays, the case moves on: the modal is drawn from the case of now. */
async function runFromThread(bot: Bot, act: Act, action: string, caseId: string): Promise<Reply> {
  const asked = Object.values(ASKED_FOR).find((deed) => action === threadActionId(deed));
  const entry = BUTTONS.find(({ deed }) => deed === asked);
  return entry === undefined
    ? refused(bot, act, "show", { code: "stale_screen", detail: {} })
    : runButton(bot, act, entry, { caseId, version: null });
}

/** An entry of a case's menu does what its button does. */
async function runEntry(bot: Bot, act: Act, value: string): Promise<Reply> {
  const entry = unpackEntry(value);
  return entry === null
    ? refused(bot, act, "show", { code: "stale_screen", detail: {} })
    : runAction(bot, act, entry.action, entry.value);
}
