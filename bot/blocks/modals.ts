import { type Case, type Check, reviewOf } from "../../core/case.ts";
import { type Quote, reliableFee } from "../../core/desk/quote.ts";
import {
  type CertificateContent,
  type Guarantee,
  latestCertificate,
} from "../../core/guarantee/guarantee.ts";
import { formatYen } from "../../core/money.ts";
import type { GuaranteeKind } from "../../core/terms.ts";
import { type ModalMeta, packMeta } from "../modal-meta.ts";
import type { BotWords, Say } from "../words.ts";
import { checkLine, contractorText, line, yenText } from "./facts.ts";
import { type Block, divider, input, type Json, type Modal, plain, sections } from "./kit.ts";
import { ofOneProduct, productChoice } from "./modals/choice.ts";
import { tableText } from "./quote.ts";

/** Longest reason a person may enter: a letter's paragraph. */
const REASON_MAX = 1000;
/** A fee of nothing is none; Slack compares what is entered, and what is filled in, with this. */
/** An amount in any notation, spelled out too. */
const FEE_LENGTH_MAX = 60;
const FEE_MIN = 1;

/** The frame of a modal about a case; its title and button stand under `modal.<deed>` of the wording. */
export function modal(deed: string, meta: ModalMeta, blocks: Block[], say: Say): Modal {
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

/**
 * What case this is about, at the head of a modal.
 * @param kinds what the modal concerns: once that is in force, its certificate counts and not the application.
 */
export function summary(found: Case, say: Say, kinds: readonly GuaranteeKind[] = []): Block[] {
  for (const guarantee of found.guarantees)
    if (guarantee.status === "in_force" && kinds.includes(guarantee.kind))
      return issuedSummary(found, latestCertificate(guarantee).content, say);
  const { application: a } = found;
  const text = [
    line(say, "field.receiptNumber", found.receiptNumber),
    line(say, "field.worksTitle", a.worksTitle),
    line(say, "field.orderer", a.ordererName),
    line(say, "field.contractor", contractorText(a, say)),
    line(say, "field.contractPriceYen", yenText(a.contractPriceYen, say)),
  ].join("\n");
  return sections(text);
}

/** The same about what has been issued, as a certificate that holds says it. */
export function issuedSummary(found: Case, content: CertificateContent, say: Say): Block[] {
  const text = [
    line(say, "field.receiptNumber", found.receiptNumber),
    line(say, "field.worksTitle", content.worksTitle),
    line(say, "field.ordererName", content.ordererName),
    line(say, "field.contractorName", contractorText(content, say)),
    line(say, "field.contractPriceYen", yenText(content.contractPriceYen, say)),
  ].join("\n");
  return sections(text);
}

/** Why something is done; `initial` is filled in. */
export function reasonInput(blockId: string, label: string, hint: string, initial = ""): Block {
  const element = { type: "plain_text_input", multiline: true, max_length: REASON_MAX };
  return input(blockId, label, initial === "" ? element : { ...element, initial_value: initial }, hint);
}

/** One box that has to be ticked before the modal can be sent. */
export function mustTick(blockId: string, label: string, text: string): Block {
  const options: Json[] = [{ text: plain(text), value: TICKED }];
  return input(blockId, label, { type: "checkboxes", options });
}

/** A check, and who has settled it where somebody has. */
function settledLine(found: Case, check: Check, words: BotWords, say: Say): string {
  return checkLine(check, words, say, reviewOf(found, check)?.by.name ?? null);
}

/** What a ticked box says in a submission. */
export const TICKED = "confirmed";

/**
 * 引受: the fee of each product, with the checks before one's eyes.
 * @param quotes by the guarantee's id: a fee by a table is filled in, with its source; one by a sample table never is.
 */
export function acceptModal(
  found: Case,
  open: readonly Guarantee[],
  meta: ModalMeta,
  words: BotWords,
  say: Say,
  quotes: ReadonlyMap<string, Quote> = new Map(),
): Modal {
  const kinds: (GuaranteeKind | null)[] = [null, ...open.map(({ kind }) => kind)];
  const checks = found.checks
    .filter(({ kind }) => kinds.includes(kind))
    .map((check) => settledLine(found, check, words, say));
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
    ...productChoice(meta, say),
    ...open.map(({ id, kind }) => ofOneProduct(meta, feeInput(id, kind, quotes.get(id), say))),
  ];
  return modal("accept", meta, blocks, say);
}

function feeInput(id: string, kind: GuaranteeKind, quote: Quote | undefined, say: Say): Block {
  const label = say("modal.accept.fee", { product: say(`product.${kind}`) });
  const element = { type: "plain_text_input", max_length: FEE_LENGTH_MAX };
  if (quote === undefined || !quote.answer.ok) return input(`fee:${id}`, label, element);
  const fee = reliableFee(quote);
  const table = tableText(quote.answer.table, say);
  if (fee === null) return input(`fee:${id}`, label, element, say("quote.hintSample", { table }));
  if (fee < FEE_MIN) return input(`fee:${id}`, label, element);
  return input(
    `fee:${id}`,
    label,
    { ...element, initial_value: formatYen(fee) },
    say("quote.hint", { table }),
  );
}
