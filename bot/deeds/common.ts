import type { Case } from "../../core/case.ts";
import { caseCard } from "../../core/desk/card.ts";
import { type Target, targeted } from "../../core/desk/find.ts";
import { applicantMailbox } from "../../core/desk/send.ts";
import type { Guarantee } from "../../core/guarantee/guarantee.ts";
import { wrongStatus as notInStatus } from "../../core/guarantee/steps.ts";
import type { Deed } from "../../core/policy.ts";
import type { Refusal, RefusalCode } from "../../core/refusals.ts";
import { nextOfCase, productLine } from "../blocks/card.ts";
import { message, type Screen } from "../blocks/kit.ts";
import type { Act, Bot } from "../bot.ts";
import type { ModalMeta } from "../modal-meta.ts";
import { refused, refusedInput } from "../refuse.ts";
import type { Reply } from "../reply.ts";

/**
 * What a modal about these guarantees has to remember.
 * @param target as it was named: several that fit a case without a product named are to be chosen from.
 */
export function metaFor(
  act: Act,
  found: Case,
  target: Target,
  guarantees: readonly (Pick<Guarantee, "id" | "kind"> & { hash?: string })[],
): ModalMeta {
  return {
    caseId: found.id,
    version: found.version,
    only: guarantees.map(({ kind }) => kind),
    choose: target.only === null && guarantees.length > 1,
    channel: act.channel,
    guarantees: guarantees.map(({ id, kind, hash }) => ({ id, kind, hash: hash ?? "" })),
  };
}

/** None of the targeted products is in the state that a deed starts from; said with the word on the card. */
export function wrongStatus(found: Case, target: Target): Refusal {
  return notInStatus(targeted(found, target)[0]).refusal;
}

/** Which input a refusal stands at, by its block id; one that ends in a colon is each product's. */
export type Places = Readonly<Partial<Record<RefusalCode, string>>>;

/**
 * A submission refused: at the input that it is about, where one is; else in the place of the modal, for nothing that
 * could be entered there would help.
 */
export function refusedModal(
  bot: Bot,
  act: Act,
  deed: Deed,
  refusal: Refusal,
  modal: { places: Places; guarantees: ModalMeta["guarantees"]; values: ReadonlyMap<string, string> },
): Reply {
  const place = modal.places[refusal.code];
  if (place === undefined) return refused(bot, act, deed, refusal);
  const { guarantees, values } = modal;
  const [about, fallback] = place.endsWith(":") ? [place.slice(0, -1), ""] : ["", place];
  const reply = refusedInput(bot, act, deed, refusal, { about, fallback, guarantees });
  // Slack shows errors at inputs of that modal only.
  const known = reply.kind !== "errors" || Object.keys(reply.errors).every((block) => values.has(block));
  return known ? reply : refused(bot, act, deed, refusal);
}

/** Which sentence says that it was done: an applicant without an address is told by people. */
export function toldOrNot(found: Case, deed: Deed): string {
  return applicantMailbox(found) === null ? `${deed}Untold` : deed;
}

/** What was done, how the case stands now and who is next. `done`: another sentence than the deed's own; then notes. */
export function confirmation(
  bot: Bot,
  deed: Deed,
  found: Case,
  target: Target,
  done: string = deed,
  notes: readonly string[] = [],
): Screen[] {
  const card = caseCard(found);
  const products = card.products.filter(({ kind }) => target.only === null || target.only.includes(kind));
  const lines = [
    bot.say(`done.${done}`, { receiptNumber: found.receiptNumber }),
    ...products.map((product) => productLine(product, bot.say)),
    bot.say("card.next", { next: nextOfCase(card, bot.say) }),
    ...notes,
  ];
  return message(lines.join("\n"));
}
