import { z } from "zod";
import type { Act, Bot } from "./bot.ts";
import { submitAccept } from "./deeds/accept.ts";
import { submitApprove } from "./deeds/approve.ts";
import { submitDecline } from "./deeds/decline.ts";
import { submitIssue } from "./deeds/issue.ts";
import { type ModalMeta, unpackMeta } from "./modal-meta.ts";
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

/** A modal about the products of one case. */
const onCase =
  (submit: CaseSubmission): SubmissionHandler =>
  (bot, by, { meta: packed, values }) => {
    const meta = unpackMeta(packed);
    return submit(bot, { by, channel: meta.channel }, meta, values);
  };

/** What each modal does when it is submitted, by its callback id. */
const SUBMISSIONS: Readonly<Record<string, SubmissionHandler>> = {
  accept: onCase(submitAccept),
  decline: onCase(submitDecline),
  issue: onCase(submitIssue),
  approve: onCase(submitApprove),
};

/** Carries out a submission. */
export async function runSubmission(
  bot: Bot,
  by: Act["by"],
  modal: Submission & { callbackId: string },
): Promise<Reply> {
  const handler = SUBMISSIONS[modal.callbackId];
  if (handler === undefined) throw new Error(`no such modal: ${modal.callbackId}`);
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
  selected_options?: { value?: string }[] | null;
}

/** What was entered, by block id; every input of ours has one element. */
export function entered(values: Record<string, Record<string, EnteredValue>>): Map<string, string> {
  const texts = Object.entries(values).map(([blockId, elements]): [string, string] => {
    const [one] = Object.values(elements);
    const chosen = one?.selected_options?.map(({ value }) => value ?? "").join(",");
    return [blockId, one?.value ?? one?.selected_date ?? chosen ?? ""];
  });
  return new Map(texts);
}
