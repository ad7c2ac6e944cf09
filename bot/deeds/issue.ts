import type { Case } from "../../core/case.ts";
import type { Target } from "../../core/desk/find.ts";
import { certificationOpen, draftContents, requestIssue } from "../../core/desk/issue.ts";
import { issueModal } from "../blocks/modals/issue.ts";
import { TICKED } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { confirmation, metaFor, type Places, refusedModal } from "./common.ts";

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
  const certify = shown.some(({ kind }) => kind === "interim_advance_payment") && certificationOpen(found);
  return {
    kind: "open",
    modal: issueModal(found, drafts.value, metaFor(act, found, target, shown), bot.say, certify),
  };
}

/** What can be put right in the modal stands at the input; what concerns no input alone, at the confirmation. */
const PLACES: Places = {
  guarantee_until_before_works_end: "until:",
  already_ended: "until:",
  certification_missing: "certified",
  confirmation_missing: "confirmed",
  glyph_missing: "confirmed",
  too_long_to_print: "confirmed",
  figures_contradict: "confirmed",
};

/** The modal of `openIssue`, submitted: asks for approval. */
export async function submitIssue(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const target = { caseId: meta.caseId, only: meta.only };
  const modal = { places: PLACES, guarantees: meta.guarantees, values };
  if (values.get("confirmed") !== TICKED)
    return refusedModal(bot, act, "issue", { code: "confirmation_missing", detail: {} }, modal);
  const requested = await requestIssue(bot.desk, act.by, target, {
    expectedVersion: meta.version,
    contractorAddress: values.get("address") ?? "",
    contractorRepresentative: values.get("representative") ?? "",
    until: meta.guarantees.map(({ id }) => ({ guaranteeId: id, day: values.get(`until:${id}`) ?? "" })),
    certified: values.get("certified") === TICKED,
  });
  if (requested.ok) return { kind: "done", screens: confirmation(bot, "issue", requested.value, target) };
  return refusedModal(bot, act, "issue", requested.refusal, modal);
}
