import type { Act, Bot } from "./bot.ts";
import { submitAccept } from "./deeds/accept.ts";
import { submitApprove } from "./deeds/approve.ts";
import { submitDecline } from "./deeds/decline.ts";
import { submitIssue } from "./deeds/issue.ts";
import { type ModalMeta, unpackMeta } from "./modal-meta.ts";
import type { Reply } from "./reply.ts";

type SubmissionHandler = (
  bot: Bot,
  act: Act,
  meta: ModalMeta,
  values: ReadonlyMap<string, string>,
) => Promise<Reply>;

/** What each modal does when it is submitted, by its callback id. */
const SUBMISSIONS: Readonly<Record<string, SubmissionHandler>> = {
  accept: submitAccept,
  decline: submitDecline,
  issue: submitIssue,
  approve: submitApprove,
};

/** Carries out a submission. `values`: what was entered, by block id. */
export async function runSubmission(
  bot: Bot,
  by: Act["by"],
  modal: { callbackId: string; meta: string; values: ReadonlyMap<string, string> },
): Promise<Reply> {
  const handler = SUBMISSIONS[modal.callbackId];
  if (handler === undefined) throw new Error(`no such modal: ${modal.callbackId}`);
  const meta = unpackMeta(modal.meta);
  return handler(bot, { by, channel: meta.channel }, meta, modal.values);
}

/** The channel that a modal was opened from, to confirm there. */
export function channelOf(meta: string): string | null {
  try {
    return unpackMeta(meta).channel;
  } catch {
    return null;
  }
}

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
