import { z } from "zod";
import { openChange } from "../../core/desk/registry/changes.ts";
import { confirmChange, refuseChange, withdrawChange } from "../../core/desk/registry/decide.ts";
import { addressesElsewhere } from "../../core/desk/registry/elsewhere.ts";
import type { RegistryChange } from "../../core/rows/registry.ts";
import { grouped, message, type Screen, sections } from "../blocks/kit.ts";
import { proposalBlocks, REGISTRY, subjectOfChange } from "../blocks/registry.ts";
import { confirmChangeModal, refuseChangeModal } from "../blocks/registry-modals.ts";
import type { Act, Bot } from "../bot.ts";
import type { Typed } from "../grammar.ts";
import { unpackButton } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import type { Submission } from "../submissions.ts";

/** What a modal about a proposal remembers: which one, as of which content; what is confirmed is what was shown. */
const shownMeta = z.object({
  channel: z.string().nullable(),
  id: z.string(),
  version: z.int(),
  hash: z.string(),
});

/** A click on a proposal's buttons: a modal to confirm or refuse it, or its maker takes it back. */
export async function runRegistry(bot: Bot, act: Act, action: string, value: string): Promise<Reply> {
  const unknown = { code: "registry_unknown", detail: {} } as const;
  const ref = unpackButton(value);
  if (ref === null) return refused(bot, act, "confirm_registry", unknown);
  const shown = { id: ref.caseId, version: ref.version };
  if (action === REGISTRY.withdraw) return withdraw(bot, act, shown);
  const found = await openChange(bot.desk, act.by, "confirm_registry", shown);
  if (!found.ok) return refused(bot, act, "confirm_registry", found.refusal);
  const change = found.value;
  const { contentHash: hash, maker } = change;
  const meta = JSON.stringify({ channel: act.channel, ...shown, hash });
  if (action === REGISTRY.refuse) return { kind: "open", modal: refuseChangeModal(change, meta, bot.say) };
  if (action !== REGISTRY.confirm) return refused(bot, act, "confirm_registry", unknown);
  // Told before the modal is read through, not after; the step itself looks again.
  if (bot.desk.policy.approvals === 2 && maker.employee === act.by.employee) {
    const detail = { maker: maker.name, makerEmployee: maker.employee };
    return refused(bot, act, "confirm_registry", { code: "registry_same_person", detail });
  }
  const elsewhere = await addressesElsewhere(bot.desk, change);
  return { kind: "open", modal: confirmChangeModal(change, elsewhere, meta, bot.say) };
}

async function withdraw(bot: Bot, act: Act, shown: { id: string; version: number }): Promise<Reply> {
  const done = await withdrawChange(bot.desk, act.by, shown);
  if (!done.ok) return refused(bot, act, "register", done.refusal);
  const subject = subjectOfChange(done.value, bot.say);
  return { kind: "tell", screens: message(bot.say("registry.done.withdrawn", { subject })) };
}

/** The modal of 確認する, submitted: from now on it holds. */
export async function submitConfirmChange(
  bot: Bot,
  by: Act["by"],
  { meta, values }: Submission,
): Promise<Reply> {
  const { channel, ...shown } = shownMeta.parse(JSON.parse(meta));
  if (values.get("confirmed") !== "confirmed")
    return { kind: "errors", errors: { confirmed: bot.say("registry.modal.notConfirmed") } };
  const done = await confirmChange(bot.desk, by, shown);
  if (!done.ok) return refused(bot, { by, channel }, "confirm_registry", done.refusal);
  const subject = subjectOfChange(done.value, bot.say);
  return { kind: "done", screens: message(bot.say("registry.done.confirmed", { subject })) };
}

/** The modal of 却下, submitted. */
export async function submitRefuseChange(
  bot: Bot,
  by: Act["by"],
  { meta, values }: Submission,
): Promise<Reply> {
  const { channel, id, version } = shownMeta.parse(JSON.parse(meta));
  const done = await refuseChange(bot.desk, by, { id, version }, values.get("reason") ?? "");
  if (!done.ok && done.refusal.code === "registry_reason_missing")
    return {
      kind: "errors",
      errors: { reason: bot.words.sentence("refusals", done.refusal.code) },
    };
  if (!done.ok) return refused(bot, { by, channel }, "confirm_registry", done.refusal);
  const subject = subjectOfChange(done.value, bot.say);
  return { kind: "done", screens: message(bot.say("registry.done.refused", { subject })) };
}

/** What its maker reads once something is proposed, with the way back. */
export function proposedScreens(bot: Bot, by: Act["by"], change: RegistryChange): Screen[] {
  const { say } = bot;
  const { approvals } = bot.desk.policy;
  const text = say(approvals === 1 ? "registry.done.proposedAlone" : "registry.done.proposed", {
    subject: subjectOfChange(change, say),
  });
  return grouped(text, [[...sections(text), ...proposalBlocks(change, by, approvals, say)]]);
}

/** The words behind 受注者 and 発注者: a name, a part of it, a mail address. Flags are no part of one. */
export function searchWords({ reference, rest, kinds, unknownFlags }: Typed): string | null {
  if (kinds.length > 0 || unknownFlags.length > 0) return null;
  return [...(reference === null ? [] : [reference]), ...rest].join(" ");
}
