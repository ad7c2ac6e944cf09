import type { Case } from "../../../core/case.ts";
import type { CertificateContent } from "../../../core/guarantee/guarantee.ts";
import { fiscalYearOf } from "../../../core/guarantee/number.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { certificateLines, line, yenText } from "../facts.ts";
import { type Block, divider, heading, input, type Modal, sections } from "../kit.ts";
import { modal, mustTick } from "../modals.ts";
import { ofOneProduct, productChoice } from "./choice.ts";

/** Longest address or representative a person may enter; core bounds printed lines further. */
const ADDRESS_MAX = 300;
/** What the maker enters below, and so is not listed above. */
const ASKED: (keyof CertificateContent)[] = [
  "guaranteeUntil",
  "contractorAddress",
  "contractorRepresentative",
];

/**
 * 発行, the maker's: what will be printed, and what only the maker can confirm.
 * @param certify ask whether the orderer's 認定 of the interim advance payment has been seen.
 */
export function issueModal(
  found: Case,
  drafts: readonly { guaranteeId: string; content: CertificateContent }[],
  meta: ModalMeta,
  say: Say,
  certify = false,
): Modal {
  const [first] = drafts;
  const blocks = [
    ...sections(line(say, "field.receiptNumber", found.receiptNumber)),
    ...drafts.flatMap(({ guaranteeId, content }) => [
      ...heading(say("modal.product", { product: say(`product.${content.kind}`) })),
      ...sections([certificateLines(content, say, ASKED), ...remarks(content, say)].join("\n")),
      input(`until:${guaranteeId}`, say("modal.issue.until", { product: say(`product.${content.kind}`) }), {
        type: "datepicker",
        initial_date: content.guaranteeUntil,
      }),
    ]),
    divider,
    ...productChoice(meta, say),
    input("address", say("modal.issue.address"), textInput(first?.content.contractorAddress ?? "")),
    input(
      "representative",
      say("modal.issue.representative"),
      textInput(first?.content.contractorRepresentative ?? ""),
    ),
    ...(certify ? [ofOneProduct(meta, certification(say))] : []),
    mustTick("confirmed", say("modal.issue.confirm"), say("modal.issue.confirmed")),
  ];
  return modal("issue", meta, blocks, say);
}

/** Required for it: an interim advance payment is guaranteed once the orderer has certified that the works are half done. */
function certification(say: Say): Block {
  return mustTick("certified", say("modal.issue.certify"), say("modal.issue.certified"));
}

/** What maker and checker easily overlook: a joint venture, and works over several fiscal years. */
export function remarks(content: CertificateContent, say: Say): string[] {
  const joint =
    content.jointVentureName === null
      ? []
      : [say("modal.issue.jointVenture", { name: content.jointVentureName, lead: content.contractorName })];
  const several = fiscalYearOf(content.worksFrom) !== fiscalYearOf(content.worksUntil);
  const years = several
    ? [say("modal.issue.multiYear", { amount: yenText(content.fiscalYearYen, say) })]
    : [];
  return [...joint, ...years];
}

function textInput(initial: string): { type: string; max_length: number; initial_value?: string } {
  const element = { type: "plain_text_input", max_length: ADDRESS_MAX };
  return initial === "" ? element : { ...element, initial_value: initial };
}
