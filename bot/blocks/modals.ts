import type { Case } from "../../core/case.ts";
import type { CertificateContent, Guarantee, IssueRequest } from "../../core/guarantee/guarantee.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { type ModalMeta, packMeta } from "../modal-meta.ts";
import type { BotWords, Say } from "../words.ts";
import { certificateLines, checkLine, line, yenText } from "./facts.ts";
import { type Block, divider, heading, input, type Modal, plain, sections } from "./kit.ts";

/** Longest text a person may enter in one field; core bounds printed lines further. */
const ADDRESS_MAX = 300;
const REASON_MAX = 1000;

function modal(deed: string, meta: ModalMeta, blocks: Block[], say: Say): Modal {
  return {
    type: "modal",
    callback_id: deed,
    title: plain(say(`modal.${deed}.title`)),
    submit: plain(say(`modal.${deed}.submit`)),
    close: plain(say("modal.close")),
    private_metadata: packMeta(meta),
    blocks,
  };
}

/** A modal that only tells; nothing can be submitted. */
export function noticeModal(text: string, say: Say): Modal {
  return {
    type: "modal",
    callback_id: "notice",
    title: plain(say("modal.notice.title")),
    close: plain(say("modal.close")),
    private_metadata: "",
    blocks: sections(text),
  };
}

/** What case this is about, at the head of every modal. */
function summary(found: Case, say: Say): Block[] {
  const { application: a } = found;
  const text = [
    line(say, "field.receiptNumber", found.receiptNumber),
    line(say, "field.worksTitle", a.worksTitle),
    line(say, "field.orderer", a.ordererName),
    line(say, "field.contractor", a.contractorName),
    line(say, "field.contractPriceYen", yenText(a.contractPriceYen, say)),
  ].join("\n");
  return sections(text);
}

/** 引受: the fee of each product, with the checks before one's eyes. */
export function acceptModal(
  found: Case,
  open: readonly Guarantee[],
  meta: ModalMeta,
  words: BotWords,
  say: Say,
): Modal {
  const kinds: (GuaranteeKind | null)[] = [null, ...open.map(({ kind }) => kind)];
  const checks = found.checks
    .filter(({ kind }) => kinds.includes(kind))
    .map((check) => checkLine(check, words, say));
  const amounts = open.map(({ kind, requested }) =>
    say("modal.accept.asked", {
      product: say(`product.${kind}`),
      amount: yenText(requested.guaranteedYen, say),
    }),
  );
  const lump = found.contractor?.lumpFee === true ? sections(say("modal.accept.lump")) : [];
  const blocks = [
    ...summary(found, say),
    ...sections(amounts.join("\n")),
    ...(checks.length === 0 ? [] : sections(checks.join("\n"))),
    ...lump,
    divider,
    ...open.map(({ id, kind }) =>
      input(`fee:${id}`, say("modal.accept.fee", { product: say(`product.${kind}`) }), {
        type: "number_input",
        is_decimal_allowed: false,
        min_value: "1",
      }),
    ),
  ];
  return modal("accept", meta, blocks, say);
}

/** 謝絶: the reason, which the sender will read. */
export function declineModal(found: Case, kinds: readonly GuaranteeKind[], meta: ModalMeta, say: Say): Modal {
  const products = kinds.map((kind) => say(`product.${kind}`)).join(say("list.comma"));
  const reason = input(
    "reason",
    say("modal.decline.reason"),
    { type: "plain_text_input", multiline: true, max_length: REASON_MAX },
    say("modal.decline.hint"),
  );
  return modal(
    "decline",
    meta,
    [...summary(found, say), ...sections(say("modal.decline.products", { products })), reason],
    say,
  );
}

/** 発行, the maker's: what will be printed, and what only the maker can confirm. */
export function issueModal(
  found: Case,
  drafts: readonly { guaranteeId: string; content: CertificateContent }[],
  meta: ModalMeta,
  say: Say,
): Modal {
  const [first] = drafts;
  const confirmed = { text: plain(say("modal.issue.confirmed")), value: "confirmed" };
  const address = first?.content.contractorAddress ?? "";
  const representative = first?.content.contractorRepresentative ?? "";
  const asked: (keyof CertificateContent)[] = [
    "guaranteeUntil",
    "contractorAddress",
    "contractorRepresentative",
  ];
  const blocks = [
    ...sections(line(say, "field.receiptNumber", found.receiptNumber)),
    ...drafts.flatMap(({ guaranteeId, content }) => [
      ...heading(say("modal.product", { product: say(`product.${content.kind}`) })),
      ...sections(certificateLines(content, say, asked)),
      input(`until:${guaranteeId}`, say("modal.issue.until", { product: say(`product.${content.kind}`) }), {
        type: "datepicker",
        initial_date: content.guaranteeUntil,
      }),
    ]),
    divider,
    input("address", say("modal.issue.address"), textInput(address)),
    input("representative", say("modal.issue.representative"), textInput(representative)),
    input("confirmed", say("modal.issue.confirm"), { type: "checkboxes", options: [confirmed] }),
  ];
  return modal("issue", meta, blocks, say);
}

function textInput(initial: string): { type: string; max_length: number; initial_value?: string } {
  const element = { type: "plain_text_input", max_length: ADDRESS_MAX };
  return initial === "" ? element : { ...element, initial_value: initial };
}

/** 承認, the checker's: every word of the certificates, and the whole amount to be typed from the papers. */
export function approveModal(
  found: Case,
  requests: readonly { guaranteeId: string; request: IssueRequest }[],
  meta: ModalMeta,
  say: Say,
): Modal {
  const blocks = [
    ...sections(line(say, "field.receiptNumber", found.receiptNumber)),
    ...requests.flatMap(({ request }) => [
      ...heading(say("modal.product", { product: say(`product.${request.content.kind}`) })),
      ...sections(certificateLines(request.content, say)),
      ...sections(line(say, "field.maker", request.maker.name)),
    ]),
    divider,
    ...requests.map(({ guaranteeId, request }) =>
      input(
        `amount:${guaranteeId}`,
        say("modal.approve.amount", { product: say(`product.${request.content.kind}`) }),
        { type: "plain_text_input", max_length: 40 },
        say("modal.approve.hint"),
      ),
    ),
  ];
  return modal("approve", meta, blocks, say);
}
