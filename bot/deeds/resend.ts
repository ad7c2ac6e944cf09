import { createHash } from "node:crypto";
import type { Case } from "../../core/case.ts";
import { type KeyAddress, keyAddresses } from "../../core/desk/addresses.ts";
import { caseById, type Target } from "../../core/desk/find.ts";
import { resendNotice } from "../../core/desk/resend.ts";
import { latestCertificate } from "../../core/guarantee/guarantee.ts";
import { standingNote } from "../blocks/modals/change.ts";
import { resendModal } from "../blocks/modals/resend.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { changeable, standing } from "./ask.ts";
import { confirmation, metaFor, refusedModal } from "./common.ts";

/** Slack's most entries of a select. */
const ADDRESSES_MAX = 100;

/** 再送: opens the modal that asks to which registered address. A guarantee on paper has no key to send. */
export async function openResend(bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> {
  const free = changeable(found, target);
  if (!free.ok) return refused(bot, act, "resend", free.refusal);
  const electronic = free.value.filter((one) => latestCertificate(one).content.medium === "electronic");
  if (electronic.length === 0) {
    const detail = { kind: free.value[0]?.kind ?? "" };
    return refused(bot, act, "resend", { code: "paper_has_no_key", detail });
  }
  const addresses = await keyAddresses(bot.desk, found, electronic);
  if (addresses.length === 0)
    return refused(bot, act, "resend", { code: "address_not_registered", detail: {} });
  const meta = metaFor(act, found, target, electronic);
  const shown = addresses.slice(0, ADDRESSES_MAX).map((one) => ({ ...one, id: idOf(one) }));
  const head = standingNote(standing(electronic), bot.say, "modal.resend.standing").join("\n");
  const frame = { head, more: addresses.length > ADDRESSES_MAX, meta };
  return { kind: "open", modal: resendModal(found, electronic, shown, frame, bot.say) };
}

/** An address is longer than what an entry of a select may carry; and a position may mean another one by then. */
function idOf({ address }: KeyAddress): string {
  return createHash("sha256").update(address.toLowerCase()).digest("hex").slice(0, 32);
}

/** The modal of `openResend`, submitted: sent at once, or asked for when the address is newer than the guarantee. */
export async function submitResend(
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
): Promise<Reply> {
  const found = await caseById(bot.desk, meta.caseId);
  if (!found.ok) return refused(bot, act, "resend", found.refusal);
  const addresses = await keyAddresses(bot.desk, found.value, found.value.guarantees);
  const chosen = addresses.find((one) => idOf(one) === values.get("to"));
  // Taken out of the registry since the modal was opened.
  if (chosen === undefined)
    return refused(bot, act, "resend", { code: "address_not_registered", detail: {} });
  const target = { caseId: meta.caseId, only: meta.only };
  const sent = await resendNotice(bot.desk, act.by, target, {
    expectedVersion: meta.version,
    guaranteeIds: meta.guarantees.map(({ id }) => id),
    ...{ to: chosen.address, reason: values.get("reason") ?? "" },
  });
  if (!sent.ok) {
    const places = { address_not_registered: "to" };
    return refusedModal(bot, act, "resend", sent.refusal, { places, guarantees: meta.guarantees, values });
  }
  const waits = sent.value.guarantees.some(
    (one) => one.status === "in_force" && one.change?.version === sent.value.version,
  );
  const done = waits ? "resendAsked" : "resend";
  return { kind: "done", screens: confirmation(bot, "resend", sent.value, target, done) };
}
