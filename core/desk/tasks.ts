import type { Case, StaffTask } from "../case.ts";
import type { Guarantee } from "../guarantee/guarantee.ts";
import { mayDo, type StaffMember } from "../policy.ts";
import type { Desk } from "../ports.ts";
import { ok, type Result, refuse } from "../result.ts";
import type { Transaction } from "../store.ts";
import type { Instant } from "../terms.ts";
import { actor } from "./settle.ts";

/** What goes by post is done by people; the desk remembers it until they say so. */

export async function postLater(
  desk: Desk,
  tx: Transaction,
  caseId: string,
  task: StaffTask["task"],
  guarantees: readonly Pick<Guarantee, "id">[],
  since: Instant,
): Promise<void> {
  if (guarantees.length === 0) return;
  const tasks = guarantees.map(({ id }) => ({ id: desk.newId(), guaranteeId: id, task, since }));
  await tx.addTasks(caseId, tasks);
}

/** It has been posted. A second click changes nothing and says so. */
export async function completeTask(desk: Desk, by: StaffMember, taskId: string): Promise<Result<Case>> {
  if (!mayDo(by, "paid")) return refuse("role_missing", { deed: "paid" });
  return desk.store.transact(async (tx) => {
    const caseId = await tx.caseOfTask(taskId);
    const found = caseId === null ? null : await tx.lockCase(caseId);
    const task = found?.tasks.find(({ id }) => id === taskId);
    if (!found || task === undefined) return refuse("case_not_found", { reference: "" });
    const at = desk.now();
    if (!(await tx.completeTask(taskId, actor(by), at))) return refuse("task_done");
    const cause = `task:${taskId}`;
    const content = { event: "task_done" as const, by: by.name, task: task.task, kind: task.kind };
    await tx.addSlack({ kind: "card", caseId: found.id }, at);
    await tx.addSlack({ kind: "thread", cause, caseId: found.id, content }, at);
    await tx.audit({
      at,
      actor: { kind: "staff", actor: actor(by) },
      action: "task_done",
      caseId: found.id,
      guaranteeId: task.guaranteeId,
      cause,
      data: { task: task.task, kind: task.kind },
    });
    return ok((await tx.caseById(found.id)) ?? found);
  });
}
