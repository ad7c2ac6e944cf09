import type { Case } from "../../core/case.ts";
import { notePrice } from "../../core/desk/price.ts";
import { type RatioFinding, ratiosUnder } from "../../core/desk/ratios.ts";
import { type CertificateContent, latestCertificate } from "../../core/guarantee/guarantee.ts";
import { formatYen } from "../../core/money.ts";
import { checkLine } from "../blocks/facts.ts";
import { type ChangeTarget, changeModal } from "../blocks/modals/change.ts";
import { noticeModal } from "../blocks/modals.ts";
import type { Act, Bot } from "../bot.ts";
import { AMEND_AMOUNT } from "../change-fields.ts";
import type { ModalMeta } from "../modal-meta.ts";
import type { Reply } from "../reply.ts";
import { metaFor, type Places, refusedModal } from "./common.ts";

/**
 * A change of the price alone (certificate note 2): noted, nothing asked for. The modal's place is taken by what the
 * ratios say now; where one is broken, by the form that asks for the amount that fits.
 */
export async function notedPrice(
  bot: Bot,
  act: Act,
  modal: { meta: ModalMeta; values: ReadonlyMap<string, string>; places: Places },
  { contractPriceYen, reason }: { contractPriceYen: number; reason: string },
): Promise<Reply> {
  const { meta, values, places } = modal;
  const target = { caseId: meta.caseId, only: meta.only };
  const input = { expectedVersion: meta.version, contractPriceYen, reason };
  const noted = await notePrice(bot.desk, act.by, target, input);
  if (!noted.ok)
    return refusedModal(bot, act, "amend", noted.refusal, { places, guarantees: meta.guarantees, values });
  const { found, findings } = noted.value;
  const { say, words } = bot;
  const unfitting = findings.filter(
    ({ check, fittingYen }) => check.verdict === "fail" && fittingYen === null,
  );
  const head = [
    say("modal.price.noted", { receiptNumber: found.receiptNumber, amount: formatYen(contractPriceYen) }),
    ...findings.map(({ check }) => checkLine(check, words, say)),
    ...unfitting.map(({ kind }) => say("modal.price.unfitting", { product: say(`product.${kind}`) })),
  ];
  const offered = fittingTargets(found, findings, contractPriceYen);
  if (offered.length === 0) return { kind: "open", modal: noticeModal(head.join("\n"), say) };
  const shown = found.guarantees.filter(({ id }) => offered.some(({ guaranteeId }) => guaranteeId === id));
  const next = metaFor(act, found, { ...target, only: shown.map(({ kind }) => kind) }, shown);
  const frame = { head: [...head, say("modal.price.offer")].join("\n"), reason, meta: next };
  return { kind: "open", modal: changeModal(AMEND_AMOUNT, found, offered, frame, say) };
}

/** The ratios under contents that are asked for, with the rule, a line or two each. */
export function ratioLines(
  { desk, words, say }: Bot,
  found: Case,
  contents: ReadonlyMap<string, CertificateContent>,
): string[] {
  return ratiosUnder(desk, found, contents).map(({ check }) => checkLine(check, words, say));
}

/** The products whose ratio breaks, with the new price and the amount that keeps the rule. */
function fittingTargets(
  found: Case,
  findings: readonly RatioFinding[],
  contractPriceYen: number,
): ChangeTarget[] {
  return findings.flatMap(({ guaranteeId, fittingYen }) => {
    const one = found.guarantees.find(({ id }) => id === guaranteeId);
    if (fittingYen === null || one?.status !== "in_force") return [];
    const { content } = latestCertificate(one);
    const proposed = { ...content, contractPriceYen, guaranteedYen: fittingYen };
    return [{ guaranteeId, number: one.number, content: proposed }];
  });
}
