import type { Case } from "../../core/case.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { approveIssue } from "../../core/desk/issue.ts";
import type { Refusal } from "../../core/refusals.ts";
import { approveModal } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, wrongStatus } from "./common.ts";
import { awaitingApproval } from "./issue.ts";

/** 承認: opens the checker's modal. The maker is told who can approve instead. */
export async function openApprove(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const waiting = awaitingApproval(found, target);
  if (waiting.length === 0) return refused(bot, act, "approve", whyNothingWaits(found, target));
  const own = waiting.find(({ request }) => request.maker.employee === act.by.employee);
  if (own !== undefined && bot.desk.policy.approvals === 2) {
    const { maker } = own.request;
    const detail = { maker: maker.name, makerEmployee: maker.employee };
    return refused(bot, act, "approve", { code: "same_person", detail });
  }
  const meta = metaFor(
    act,
    found,
    target,
    waiting.map(({ id, kind, request }) => ({ id, kind, hash: request.contentHash })),
  );
  const requests = waiting.map(({ id, request }) => ({ guaranteeId: id, request }));
  return { kind: "open", modal: approveModal(found, requests, meta, bot.say) };
}

function whyNothingWaits(found: Case, target: Target): Refusal {
  for (const guarantee of targeted(found, target)) {
    if (guarantee.status === "in_force") return { code: "already_approved", detail: {} };
    if (guarantee.status === "awaiting_approval" && guarantee.approval !== null)
      return { code: "already_approved", detail: { checker: guarantee.approval.checker.name } };
  }
  return wrongStatus(found, target);
}

/** The modal of `openApprove`, submitted: reserves the numbers and sets off drawing and sending. */
export async function submitApprove(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const approvals = meta.guarantees.map(({ id, hash }) => ({
    guaranteeId: id,
    contentHash: hash,
    repeated: values.get(`amount:${id}`) ?? "",
  }));
  const approved = await approveIssue(bot.desk, act.by, target, { expectedVersion: meta.version, approvals });
  if (approved.ok) return { kind: "done", screens: confirmation(bot, "approve", approved.value, target) };
  const fallback = `amount:${meta.guarantees[0]?.id ?? ""}`;
  return refusedInput(bot, act, "approve", approved.refusal, {
    about: "amount",
    fallback,
    guarantees: meta.guarantees,
  });
}
