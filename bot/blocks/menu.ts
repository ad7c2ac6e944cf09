import type { CaseCard } from "../../core/announcements.ts";
import type { Deed } from "../../core/policy.ts";
import { packButton } from "../modal-meta.ts";
import type { Say } from "../words.ts";
import { shortDay } from "./facts.ts";
import { type Block, type ButtonSpec, button, type Json, plain } from "./kit.ts";

/** What can be done with a case: the buttons of its next steps, and the menu 操作 with everything else. */

/** The menu's own action id; what is to be done stands in the chosen entry. */
export const MENU = "case.menu";
/** At something that goes by post; several in one row are numbered, for Slack wants each action id once. */
export const TASK_DONE = "task.done";
/** Most next steps that have a button of their own; the menu has them all. */
const STEPS_MAX = 3;
/** Certificate and receipt of each product; what comes after them moves up once these are done. */
const TASKS_MAX = 6;
/** Slack's limit for the words of a menu's entry. */
const ENTRY_MAX = 75;

/** `case.approve` and so on: the action ids of a case's buttons. */
export function actionId(deed: string): string {
  return `case.${deed}`;
}

/** What a menu's entry carries: the button that it stands for, whole. */
export function unpackEntry(value: string): { action: string; value: string } | null {
  const [, action, rest] = /^([a-z]{1,20}(?:\.[a-z0-9]{1,20}){1,2})\|(.{1,110})$/.exec(value) ?? [];
  return action === undefined || rest === undefined || action === MENU ? null : { action, value: rest };
}

/** The row of buttons at a case: its next steps, 詳細 unless they are on the screen, and the menu. */
export function caseButtons(
  card: CaseCard,
  say: Say,
  { blockId, details = true }: { blockId: string; details?: boolean },
): Block[] {
  const show = { action: actionId("show"), label: say("button.show"), value: valueAt(card) };
  const specs = [...stepButtons(card, say), ...(details ? [show] : [])];
  return [{ type: "actions", block_id: blockId, elements: [...specs.map(button), caseMenu(card, say)] }];
}

/** The next steps, the most advanced first. */
export function stepButtons(card: CaseCard, say: Say): ButtonSpec[] {
  return card.next.slice(0, STEPS_MAX).map((deed, i): ButtonSpec => {
    const spec = { action: actionId(deed), label: say(`button.${deed}`), value: valueAt(card) };
    return i === 0 ? { ...spec, style: "primary" } : spec;
  });
}

/** 郵送済み, one for each thing that has to be posted. */
export function taskButtons(tasks: CaseCard["tasks"], say: Say): ButtonSpec[] {
  return tasks.slice(0, TASKS_MAX).map((task, i) => ({
    action: `${TASK_DONE}.${i}`,
    label: say("task.done", taskWords(task, say)),
    value: task.id,
    confirm: postedSurely(task, say),
  }));
}

/** It cannot be taken back: a question before it is noted. */
export function postedSurely(task: CaseCard["tasks"][number], say: Say): NonNullable<ButtonSpec["confirm"]> {
  return {
    title: say("task.confirm.title"),
    text: say("task.confirm.text", taskWords(task, say)),
    confirm: say("task.confirm.yes"),
    deny: say("task.confirm.no"),
  };
}

/** `保証証書（前払金保証、11月21日分）`: an amendment on paper makes a second one of the same product. */
export function taskWords(
  { task, kind, since }: Omit<CaseCard["tasks"][number], "id">,
  say: Say,
): Record<string, string> {
  const product = say("task.of", { product: say(`product.${kind}`), day: shortDay(since, say) });
  return { what: say(`task.${task}`), product };
}

/** Everything that can be done now, each under the word of its command. Choosing does what the command does. */
export function caseMenu(card: CaseCard, say: Say): { [key: string]: Json } {
  const deeds: Deed[] = [...card.deeds, ...looks(card)];
  const entries = [
    ...deeds.map((deed) => ({
      label: say(`command.${deed}.word`),
      value: `${actionId(deed)}|${valueAt(card)}`,
    })),
    ...taskButtons(card.tasks, say).map(({ action, label, value }) => ({
      label,
      value: `${action}|${value}`,
    })),
  ];
  return {
    type: "static_select",
    action_id: MENU,
    placeholder: plain(say("button.menu")),
    options: entries.map(({ label, value }) => ({ text: plain(label.slice(0, ENTRY_MAX)), value })),
  };
}

/** What only looks: the fee while it is open, what orderers learn once there is a number, the story at any time. */
export function looks({ deeds, products }: CaseCard): Deed[] {
  return [
    ...(deeds.includes("review") && products.length > 0 ? (["quote"] as const) : []),
    ...(products.some(({ number }) => number !== null) ? (["verify"] as const) : []),
    "audit",
  ];
}

function valueAt({ caseId, version }: CaseCard): string {
  return packButton(caseId, version);
}
