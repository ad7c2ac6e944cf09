import type { Case } from "../../core/case.ts";
import { caseById, type Target } from "../../core/desk/find.ts";
import { differences } from "../../core/guarantee/content.ts";
import { type CertificateContent, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { changeModal, standingNote } from "../blocks/modals/change.ts";
import { TICKED } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import { type ChangeForm, fieldBlock } from "../change-fields.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";
import { ask, changeable, type InForce, shownInForce, standing } from "./ask.ts";
import { enteredContents } from "./change-input.ts";
import { metaFor, type Places } from "./common.ts";
import { notedPrice, ratioLines } from "./price.ts";

/** 変更 and 訂正: opens the form, filled in from the certificates that hold. */
export function openChange(form: ChangeForm) {
  return async (bot: Bot, act: Act, found: Case, target: Target): Promise<Reply> => {
    const free = changeable(found, target);
    if (!free.ok) return refused(bot, act, form.change, free.refusal);
    const kinds = free.value.map(({ kind }) => kind);
    const meta = metaFor(act, found, { ...target, only: kinds }, free.value);
    const head = [bot.say(`modal.${form.change}.means`), ...standingNote(standing(free.value), bot.say)].join(
      "\n",
    );
    const targets = free.value.map((one) => ({
      ...{ guaranteeId: one.id, number: one.number, content: latestCertificate(one).content },
    }));
    return { kind: "open", modal: changeModal(form, found, targets, { head, reason: "", meta }, bot.say) };
  };
}

/** That form, submitted: asks for the change. A price alone is noted instead; no certificate has to be changed for it. */
export function submitChange(form: ChangeForm) {
  return async (bot: Bot, act: Act, meta: ModalMeta, values: ReadonlyMap<string, string>): Promise<Reply> => {
    const found = await caseById(bot.desk, meta.caseId);
    if (!found.ok) return refused(bot, act, form.change, found.refusal);
    const targets = found.value.version === meta.version ? shownInForce(found.value, meta) : null;
    if (targets === null) return refused(bot, act, form.change, { code: "stale_screen", detail: {} });
    const entered = enteredContents(form, targets, values);
    if (!entered.ok) return faulty(bot, act, form, entered.faults);
    const reason = values.get(fieldBlock(form, "reason")) ?? "";
    const places = placesOf(form);
    const contractPriceYen = priceAlone(form, targets, entered.contents);
    if (contractPriceYen !== null)
      return notedPrice(bot, act, { meta, values, places }, { contractPriceYen, reason });
    return ask(bot, act, meta, values, {
      change: form.change,
      proposals: [...entered.contents].map(([guaranteeId, content]) => ({
        guaranteeId,
        proposed: { change: form.change, content, reason },
      })),
      feeLookedAt: values.get(fieldBlock(form, "fee")) === TICKED,
      places,
      notes: ratioLines(bot, found.value, changedOnly(targets, entered.contents)),
    });
  };
}

/** Those contents that differ from the certificate that holds. */
function changedOnly(
  targets: readonly InForce[],
  contents: ReadonlyMap<string, CertificateContent>,
): Map<string, CertificateContent> {
  return new Map(
    targets.flatMap((one) => {
      const after = contents.get(one.id);
      const same = after === undefined || differences(latestCertificate(one).content, after).length === 0;
      return same ? [] : [[one.id, after] as const];
    }),
  );
}

/** The new price, when an amendment would change nothing else on any of the certificates; else null. */
function priceAlone(
  form: ChangeForm,
  targets: readonly InForce[],
  contents: ReadonlyMap<string, CertificateContent>,
): number | null {
  if (form.change !== "amend") return null;
  const changed = targets.flatMap((one) => {
    const after = contents.get(one.id);
    return after === undefined ? [] : differences(latestCertificate(one).content, after);
  });
  if (changed.length === 0 || changed.some(({ field }) => field !== "contractPriceYen")) return null;
  return Number(changed[0]?.after);
}

function placesOf(form: ChangeForm): Places {
  const [reason, fee] = [fieldBlock(form, "reason"), fieldBlock(form, "fee")];
  const amount = fieldBlock(form, "guaranteedYen:");
  const until = form.perProduct.includes("guaranteeUntil") ? fieldBlock(form, "guaranteeUntil:") : amount;
  return {
    ...{ guarantee_until_before_works_end: until, already_ended: until, figures_contradict: amount },
    ...{ reason_missing: reason, settlement_unconfirmed: fee },
    // They concern no field alone, and what was entered must not be lost.
    ...{ nothing_changed: reason, glyph_missing: reason, too_long_to_print: reason },
  };
}

/** Every fault at once, each at its input. */
function faulty(
  bot: Bot,
  act: Act,
  form: ChangeForm,
  faults: ReadonlyMap<string, Parameters<typeof refused>[3]>,
): Reply {
  const errors: Record<string, string> = {};
  for (const [block, refusal] of faults) {
    const at = { about: "", fallback: block, guarantees: [] };
    const reply = refusedInput(bot, act, form.change, refusal, at);
    if (reply.kind === "errors") Object.assign(errors, reply.errors);
  }
  return { kind: "errors", errors };
}
