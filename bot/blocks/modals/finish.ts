import type { Case } from "../../../core/case.ts";
import {
  type CertificateContent,
  type IssuedGuarantee,
  latestCertificate,
} from "../../../core/guarantee/guarantee.ts";
import type { Day } from "../../../core/terms.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { differenceLines } from "../differences.ts";
import { type Block, heading, input, type Modal, sections } from "../kit.ts";
import { issuedSummary, modal, reasonInput } from "../modals.ts";
import { productChoice } from "./choice.ts";

/** 解約, 終了 and 変更取消: what two people do to a guarantee without a new certificate. */

/** 解約, 終了: what it means, the day and why. `today` is filled in and the last day that can be entered. */
export function finishModal(
  deed: "cancel" | "release",
  found: Case,
  guarantees: readonly IssuedGuarantee[],
  frame: { head: string; today: Day; meta: ModalMeta },
  say: Say,
): Modal {
  const blocks = [
    ...guarantees.slice(0, 1).flatMap((one) => issuedSummary(found, latestCertificate(one).content, say)),
    ...sections(paragraph([say(`modal.${deed}.means`), frame.head, ...numbered(guarantees, say)])),
    ...productChoice(frame.meta, say),
    input(
      "on",
      say(`modal.${deed}.on`),
      { type: "datepicker", initial_date: frame.today },
      say("modal.finishHint"),
    ),
    reasonInput("reason", say(`modal.${deed}.reason`), say("modal.innerHint")),
  ];
  return modal(deed, frame.meta, blocks, say);
}

/** 変更取消: what would hold afterwards, product by product. */
export function unamendModal(
  found: Case,
  ones: readonly { guarantee: IssuedGuarantee; now: CertificateContent; after: CertificateContent }[],
  frame: { head: string; meta: ModalMeta },
  say: Say,
): Modal {
  const blocks: Block[] = [
    ...ones.slice(0, 1).flatMap(({ now }) => issuedSummary(found, now, say)),
    ...sections(paragraph([say("modal.unamend.means"), frame.head])),
    ...ones.flatMap(({ guarantee, now, after }) => [
      ...heading(numbered([guarantee], say).join("")),
      ...sections(`${say("modal.unamend.after")}\n${differenceLines(now, after, say)}`),
    ]),
    ...productChoice(frame.meta, say),
    reasonInput("reason", say("modal.unamend.reason"), say("modal.innerHint")),
  ];
  return modal("unamend", frame.meta, blocks, say);
}

/** `前払金保証　20800-000017`, a line for each. */
export function numbered(guarantees: readonly IssuedGuarantee[], say: Say): string[] {
  return guarantees.map(({ kind, number }) =>
    say("modal.numbered", { product: say(`product.${kind}`), number }),
  );
}

/** Lines without the empty ones: not every modal has something to say at its head. */
export function paragraph(lines: readonly string[]): string {
  return lines.filter((text) => text !== "").join("\n");
}
