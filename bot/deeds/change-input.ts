import { PRINTED_LINE_MAX } from "../../core/guarantee/content.ts";
import { type CertificateContent, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { typedAmount } from "../../core/money.ts";
import type { Refusal } from "../../core/refusals.ts";
import { foldText, keepable, squeeze } from "../../core/text.ts";
import { fieldText } from "../blocks/modals/change.ts";
import { type ChangeField, type ChangeForm, ENTRIES, fieldBlock } from "../change-fields.ts";
import type { InForce } from "./ask.ts";

/** What was entered in 変更 or 訂正, understood; or every fault, by the block it stands at. */
type Entered =
  | { ok: true; contents: Map<string, CertificateContent> }
  | { ok: false; faults: Map<string, Refusal> };

/**
 * The contents that the form asks for. A common field that nobody touched leaves every product what its own certificate
 * says; the form shows the first one's.
 */
export function enteredContents(
  form: ChangeForm,
  targets: readonly InForce[],
  values: ReadonlyMap<string, string>,
): Entered {
  const contents = new Map<string, CertificateContent>();
  const faults = new Map<string, Refusal>();
  const [first] = targets;
  const common = first === undefined ? {} : touched(form, form.common, first, values, faults);
  for (const one of targets) {
    const own = touched(form, form.perProduct, one, values, faults, one.id);
    contents.set(one.id, { ...latestCertificate(one).content, ...common, ...own });
  }
  return faults.size > 0 ? { ok: false, faults } : { ok: true, contents };
}

/** The fields whose input says something else than this product's certificate. */
function touched(
  form: ChangeForm,
  fields: readonly ChangeField[],
  one: InForce,
  values: ReadonlyMap<string, string>,
  faults: Map<string, Refusal>,
  guaranteeId?: string,
): Partial<CertificateContent> {
  const { content } = latestCertificate(one);
  const changed: Record<string, string | number | null> = {};
  for (const field of fields) {
    const block = fieldBlock(form, field, guaranteeId);
    const typed = values.get(block);
    if (typed === undefined || squeeze(typed) === squeeze(fieldText(content[field]))) continue;
    const understood = understand(field, typed, fieldText(content[field]).length);
    if (understood === undefined)
      faults.set(block, { code: "value_not_understood", detail: { kind: one.kind } });
    else changed[field] = understood;
  }
  return changed;
}

/** `undefined`: not understood. */
function understand(
  field: ChangeField,
  typed: string,
  longBefore: number,
): string | number | null | undefined {
  const { as, optional } = ENTRIES[field];
  const text = squeeze(keepable(typed).normalize("NFC"));
  if (text === "") return optional === true ? null : undefined;
  if (as === "day") return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
  if (as === "yen") return typedAmount(typed) ?? undefined;
  const kept = as === "name" ? foldText(text) : text;
  return kept === "" || kept.length > Math.max(PRINTED_LINE_MAX, longBefore) ? undefined : kept;
}
