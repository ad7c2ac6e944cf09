import type { Case } from "../../../core/case.ts";
import type { KeyAddress } from "../../../core/desk/addresses.ts";
import { type IssuedGuarantee, latestCertificate } from "../../../core/guarantee/guarantee.ts";
import type { ModalMeta } from "../../modal-meta.ts";
import type { Say } from "../../words.ts";
import { timeText } from "../facts.ts";
import { input, type Modal, plain, sections } from "../kit.ts";
import { issuedSummary, modal, reasonInput } from "../modals.ts";
import { productChoice } from "./choice.ts";
import { numbered, paragraph } from "./finish.ts";

/** Slack's most characters of an option; a longer address is picked by its number in the list above. */
const OPTION_MAX = 75;

/** 再送: to which of the contractor's registered addresses; `id` stands for an address in what Slack sends back. */
export function resendModal(
  found: Case,
  guarantees: readonly IssuedGuarantee[],
  addresses: readonly (KeyAddress & { id: string })[],
  frame: { head: string; more: boolean; meta: ModalMeta },
  say: Say,
): Modal {
  const rows = addresses.map(({ address, since, newer }, n) =>
    say(newer ? "modal.resend.newer" : "modal.resend.known", {
      ...{ n: String(n + 1), address, since: timeText(since) },
    }),
  );
  const options = addresses.map(({ address, id }, n) => ({
    text: plain(address.length <= OPTION_MAX ? address : say("modal.resend.nth", { n: String(n + 1) })),
    value: id,
  }));
  const [only] = options;
  const chosen = options.length === 1 && only !== undefined ? { initial_option: only } : {};
  const more = frame.more ? [say("modal.resend.more", { count: String(addresses.length) })] : [];
  const blocks = [
    ...guarantees.slice(0, 1).flatMap((one) => issuedSummary(found, latestCertificate(one).content, say)),
    ...sections(paragraph([say("modal.resend.means"), frame.head, ...numbered(guarantees, say)])),
    ...sections([...rows, ...more].join("\n")),
    ...productChoice(frame.meta, say),
    input("to", say("modal.resend.to"), {
      ...{ type: "static_select", options, placeholder: plain(say("modal.resend.placeholder")), ...chosen },
    }),
    { ...reasonInput("reason", say("modal.resend.reason"), say("modal.resend.hint")), optional: true },
  ];
  return modal("resend", frame.meta, blocks, say);
}
