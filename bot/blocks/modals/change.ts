import type { Case } from "../../../core/case.ts";
import type { CertificateContent, ChangeRequest } from "../../../core/guarantee/guarantee.ts";
import { maskKeys } from "../../../core/guarantee/mask.ts";
import { formatYen } from "../../../core/money.ts";
import { type ChangeField, type ChangeForm, ENTRIES, fieldBlock } from "../../change-fields.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { unlikeFields } from "../differences.ts";
import { line } from "../facts.ts";
import { type Block, divider, heading, input, type Json, type Modal, sections } from "../kit.ts";
import { modal, mustTick, reasonInput } from "../modals.ts";

/** Printed lines have a bound (core/desk/issue.ts); a certificate's own longer text stays editable. */
const LINE_MAX = 200;
/** Slack's most characters of a text input. */
const INPUT_MAX = 3000;

/** A product of the form: what its certificate says, or what is proposed instead. */
export interface ChangeTarget {
  guaranteeId: string;
  number: string;
  content: CertificateContent;
}

/**
 * 変更 and 訂正, filled in from the certificates that hold: what all products share once, then each product. What
 * cannot be shown whole is not shown, and stays as it is.
 */
export function changeModal(
  form: ChangeForm,
  found: Case,
  targets: readonly ChangeTarget[],
  frame: { head: string; reason: string; meta: ModalMeta },
  say: Say,
): Modal {
  const contents = targets.map(({ content }) => content);
  const unlike = unlikeFields(contents, form.common, say);
  const common = contents[0] === undefined ? [] : form.common.flatMap(field(form, contents[0], say));
  const key = form.change;
  const blocks = [
    ...sections([line(say, "field.receiptNumber", found.receiptNumber), frame.head].join("\n")),
    ...(unlike === "" ? [] : sections(say("modal.change.unlike", { fields: unlike }))),
    ...common,
    ...targets.flatMap((target) => productBlocks(form, target, say)),
    divider,
    reasonInput(
      fieldBlock(form, "reason"),
      say(`modal.${key}.reason`),
      say(`modal.${key}.hint`),
      frame.reason,
    ),
    ...(key === "amend"
      ? [mustTick(fieldBlock(form, "fee"), say("modal.amend.fee"), say("modal.amend.feeLookedAt"))]
      : []),
  ];
  return modal(form.callback, frame.meta, blocks, say);
}

function productBlocks(form: ChangeForm, { guaranteeId, number, content }: ChangeTarget, say: Say): Block[] {
  const title = say("modal.change.product", {
    ...{ product: say(`product.${content.kind}`), medium: say(`medium.${content.medium}`), number },
  });
  return [...heading(title), ...form.perProduct.flatMap(field(form, content, say, guaranteeId))];
}

function field(form: ChangeForm, content: CertificateContent, say: Say, guaranteeId?: string) {
  return (name: ChangeField): Block[] => {
    const entry = ENTRIES[name];
    if (entry.advanceOnly === true && content.kind === "performance") return [];
    const element = elementFor(name, content);
    if (element === null) return [];
    const label =
      guaranteeId === undefined
        ? say(`field.${name}`)
        : say("modal.change.label", { product: say(`product.${content.kind}`), field: say(`field.${name}`) });
    const hint = entry.as === "yen" ? say("modal.change.yenHint") : undefined;
    const block = input(fieldBlock(form, name, guaranteeId), label, element, hint);
    return [entry.optional === true ? { ...block, optional: true } : block];
  };
}

/** `null`: what stands on the certificate cannot be shown whole (too long, or it looks like a key). */
function elementFor(name: ChangeField, content: CertificateContent): { [key: string]: Json } | null {
  const value = content[name];
  if (ENTRIES[name].as === "day") return { type: "datepicker", initial_date: String(value) };
  const text = fieldText(value);
  if (text.length > INPUT_MAX || maskKeys(text) !== text) return null;
  const element = { type: "plain_text_input", max_length: Math.max(LINE_MAX, text.length) };
  return text === "" ? element : { ...element, initial_value: text };
}

/** A value as the form shows it, and as an untouched input says it again. */
export function fieldText(value: string | number | null): string {
  if (value === null) return "";
  return typeof value === "number" ? formatYen(value) : value;
}

/** That somebody's request still waits: another one takes its place. */
export function standingNote(
  changes: readonly ChangeRequest[],
  say: Say,
  key = "modal.change.standing",
): string[] {
  return changes.map(({ maker, proposed }) =>
    say(key, { maker: maker.name, what: say(`modal.what.${proposed.change}`) }),
  );
}
