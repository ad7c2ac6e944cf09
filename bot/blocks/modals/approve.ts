import type { Case } from "../../../core/case.ts";
import type { GuaranteeKind } from "../../../core/terms.ts";
import { list } from "../../grammar.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { differenceLines } from "../differences.ts";
import { certificateLines, dayText, line, timeText } from "../facts.ts";
import { type Block, context, divider, heading, input, type Modal, plain, sections } from "../kit.ts";
import { modal } from "../modals.ts";
import type { Asked } from "./asked.ts";
import { ofOneProduct, productChoice } from "./choice.ts";
import { remarks } from "./issue.ts";

/** An amount in words is short: 「金壱億弐千参百四拾五万六千七百八拾九円也」 has 22 characters. */
const AMOUNT_MAX = 40;

/**
 * 承認, the checker's: what is asked, the difference since the last version, every word of the certificates, and the
 * whole amount to be typed from the papers. `asked` are of one kind.
 * @param beside what else waits in the case, and the ratios under what is asked.
 */
export function approveModal(
  found: Case,
  asked: readonly Asked[],
  beside: {
    others: readonly { kind: GuaranteeKind; what: Asked["what"] }[];
    ratios: readonly string[];
  },
  meta: ModalMeta,
  say: Say,
): Modal {
  const what = asked[0]?.what ?? "issue";
  const blocks = [
    ...sections(line(say, "field.receiptNumber", found.receiptNumber)),
    ...sections(say("modal.approve.sendBack", { reference: referenceOf(found, asked, beside.others, say) })),
    ...asked.flatMap((one) => askedBlocks(one, say)),
    ...sections(beside.ratios.join("\n")),
    ...waitsToo(beside.others, say),
    divider,
    ...productChoice(meta, say),
    ...asked.map((one) => ofOneProduct(meta, amountInput(one, say))),
  ];
  return { ...modal("approve", meta, blocks, say), title: plain(say(`modal.approve.titles.${what}`)) };
}

function amountInput({ guaranteeId, kind }: Asked, say: Say): Block {
  const label = say("modal.approve.amount", { product: say(`product.${kind}`) });
  const element = { type: "plain_text_input", max_length: AMOUNT_MAX };
  return input(`amount:${guaranteeId}`, label, element, say("modal.approve.hint"));
}

/** What sends back exactly this: the case, and its products by name where something else of it would go first. */
function referenceOf(found: Case, asked: readonly Asked[], others: readonly unknown[], say: Say): string {
  const alone = others.length === 0 && found.guarantees.every(({ status }) => status !== "applied");
  const flags = alone ? [] : asked.map(({ kind }) => `-${list(say(`flag.${kind}`))[0] ?? ""}`);
  return [found.receiptNumber, ...flags].join(" ");
}

function askedBlocks(one: Asked, say: Say): Block[] {
  const facts = [
    say("modal.approve.maker", { maker: one.maker.name, at: timeText(one.requestedAt) }),
    ...(one.reason === null ? [] : [line(say, "field.reason", one.reason)]),
    ...(one.on === null ? [] : [say("modal.approve.on", { day: dayText(one.on, say) })]),
    ...(one.to === null ? [] : [say("modal.approve.to", { address: one.to })]),
  ];
  const title = say("modal.approve.asked", {
    product: say(`product.${one.kind}`),
    what: say(`modal.what.${one.what}`),
  });
  return [
    ...heading(title),
    ...sections([say(`modal.approve.effects.${one.what}`), ...facts].join("\n")),
    ...(one.before === null
      ? []
      : sections(
          `${say(`modal.approve.since.${one.what}`)}\n${differenceLines(one.before, one.after, say)}`,
        )),
    ...sections(
      [
        say(`modal.approve.content.${one.what}`),
        certificateLines(one.after, say),
        ...remarks(one.after, say),
      ].join("\n"),
    ),
  ];
}

function waitsToo(others: readonly { kind: GuaranteeKind; what: Asked["what"] }[], say: Say): Block[] {
  if (others.length === 0) return [];
  const list = others.map(({ kind, what }) =>
    say("modal.approve.asked", { product: say(`product.${kind}`), what: say(`modal.what.${what}`) }),
  );
  return context(say("modal.approve.others", { list: list.join(say("list.comma")) }));
}
