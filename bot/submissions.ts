import { z } from "zod";
import type { Act, Bot } from "./bot.ts";
import { AMEND, AMEND_AMOUNT, RECTIFY } from "./change-fields.ts";
import { submitAccept } from "./deeds/accept.ts";
import { submitApprove } from "./deeds/approve.ts";
import { submitChange } from "./deeds/change.ts";
import { submitContractor } from "./deeds/contractor.ts";
import { submitEnding } from "./deeds/endings.ts";
import { submitFinish } from "./deeds/finish.ts";
import { submitWords } from "./deeds/home.ts";
import { submitIssue } from "./deeds/issue.ts";
import { submitNew } from "./deeds/new.ts";
import { submitPaid } from "./deeds/paid.ts";
import { submitConfirmChange, submitRefuseChange } from "./deeds/registry.ts";
import { submitResend } from "./deeds/resend.ts";
import { submitReturn } from "./deeds/return.ts";
import { submitReview } from "./deeds/review.ts";
import { submitUnamend } from "./deeds/unamend.ts";
import { chosenProducts, type ModalMeta, PRODUCTS, unpackMeta } from "./modal-meta.ts";
import type { Reply } from "./reply.ts";

/** What a modal says when it is submitted: what it carried along, and what was entered, by block id. */
export interface Submission {
  meta: string;
  values: ReadonlyMap<string, string>;
}
export type SubmissionHandler = (bot: Bot, by: Act["by"], submission: Submission) => Promise<Reply>;
type CaseSubmission = (
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
) => Promise<Reply>;

/** A modal about the products of one case; what is not ticked there is left alone. */
const onCase =
  (submit: CaseSubmission): SubmissionHandler =>
  async (bot, by, { meta: packed, values }) => {
    const meta = chosenProducts(unpackMeta(packed), values);
    if (meta === null) return { kind: "errors", errors: { [PRODUCTS]: bot.say("modal.products.none") } };
    return submit(bot, { by, channel: meta.channel }, meta, values);
  };

/** What each modal does when it is submitted, by its callback id. */
const SUBMISSIONS: Readonly<Record<string, SubmissionHandler>> = {
  accept: onCase(submitAccept),
  paid: onCase(submitPaid),
  return: onCase(submitReturn),
  decline: onCase(submitEnding("decline")),
  withdraw: onCase(submitEnding("withdraw")),
  issue: onCase(submitIssue),
  review: submitReview,
  new: submitNew,
  approve: onCase(submitApprove),
  amend: onCase(submitChange(AMEND)),
  amend_amount: onCase(submitChange(AMEND_AMOUNT)),
  rectify: onCase(submitChange(RECTIFY)),
  unamend: onCase(submitUnamend),
  cancel: onCase(submitFinish("cancel")),
  release: onCase(submitFinish("release")),
  resend: onCase(submitResend),
  contractor: submitContractor,
  words: submitWords,
  registry_confirm: submitConfirmChange,
  registry_refuse: submitRefuseChange,
};

/** Slack's longest text input takes 3,000 characters; ticked boxes are joined (10 of at most 150). */
const VALUE_MAX = 3000;

/** Carries out a submission. */
export async function runSubmission(
  bot: Bot,
  by: Act["by"],
  modal: Submission & { callbackId: string },
): Promise<Reply> {
  const { callbackId } = modal;
  // Own members only: `constructor` is none of ours.
  const handler = Object.hasOwn(SUBMISSIONS, callbackId) ? SUBMISSIONS[callbackId] : undefined;
  if (handler === undefined) throw new Error(`no such modal: ${callbackId.slice(0, 100)}`);
  // Slack lets nobody enter that: it is no person at a screen.
  if ([...modal.values.values()].some((value) => value.length > VALUE_MAX))
    throw new Error("a value is longer than any input takes");
  return handler(bot, by, modal);
}

/** The channel that a modal was opened from, to confirm there; whatever else a modal carries, that stands in it. */
export function channelOf(meta: string): string | null {
  try {
    return carried.parse(JSON.parse(meta)).channel;
  } catch {
    return null;
  }
}

const carried = z.object({ channel: z.string().nullable() });

interface EnteredValue {
  value?: string | null;
  selected_date?: string | null;
  /** One of several: static_select, radio_buttons. */
  selected_option?: { value?: string } | null;
  selected_options?: { value?: string }[] | null;
}

/** What was entered, by block id; every input of ours has one element. */
export function entered(values: Record<string, Record<string, EnteredValue>>): Map<string, string> {
  const texts = Object.entries(values).map(([blockId, elements]): [string, string] => {
    const [one] = Object.values(elements);
    const chosen = one?.selected_options?.map(({ value }) => value ?? "").join(",");
    return [blockId, one?.value ?? one?.selected_date ?? one?.selected_option?.value ?? chosen ?? ""];
  });
  return new Map(texts);
}
