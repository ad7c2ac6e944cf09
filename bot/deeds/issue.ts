import type { Case } from "../../core/case.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { draftContents, requestIssue } from "../../core/desk/issue.ts";
import type { RefusalCode } from "../../core/refusals.ts";
import { issueModal } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor } from "./common.ts";

/** 発行: opens the maker's modal with everything that will be on the certificates. */
export async function openIssue(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const drafts = draftContents(found, target);
  if (!drafts.ok) return refused(bot, act, "issue", drafts.refusal);
  const shown = found.guarantees.filter(({ id }) =>
    drafts.value.some(({ guaranteeId }) => guaranteeId === id),
  );
  const unpaid = shown.find(
    (guarantee) => guarantee.status === "accepted" && guarantee.fee.settlement === null,
  );
  if (unpaid !== undefined)
    return refused(bot, act, "issue", { code: "fee_unsettled", detail: { kind: unpaid.kind } });
  return {
    kind: "open",
    modal: issueModal(found, drafts.value, metaFor(act, found, target, shown), bot.say),
  };
}

/** Which input a refusal is shown at, where it is about one; the others stand at the confirmation. */
const ABOUT: Partial<Record<RefusalCode, string>> = { guarantee_until_before_works_end: "until" };

/** The modal of `openIssue`, submitted: asks for approval. */
export async function submitIssue(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const inputs = { about: "", fallback: "confirmed", guarantees: meta.guarantees };
  if (values.get("confirmed") !== "confirmed")
    return refusedInput(bot, act, "issue", { code: "confirmation_missing", detail: {} }, inputs);
  const requested = await requestIssue(bot.desk, act.by, target, {
    expectedVersion: meta.version,
    contractorAddress: values.get("address") ?? "",
    contractorRepresentative: values.get("representative") ?? "",
    until: meta.guarantees.map(({ id }) => ({ guaranteeId: id, day: values.get(`until:${id}`) ?? "" })),
  });
  if (requested.ok) return { kind: "done", screens: confirmation(bot, "issue", requested.value, target) };
  const about = ABOUT[requested.refusal.code] ?? "";
  return refusedInput(bot, act, "issue", requested.refusal, { ...inputs, about });
}

/** The products of a case that wait for a checker. */
export function awaitingApproval(found: Case, target: Target) {
  return targeted(found, target).flatMap((guarantee) =>
    guarantee.status === "awaiting_approval" && guarantee.approval === null ? [guarantee] : [],
  );
}
