import { refuse, refuseScreen } from "./api-answer.ts";
import { judgeMessage } from "./limits.ts";
import { objects, string } from "./readable.ts";
import type { JsonObject } from "./types.ts";
import { BOT, type ResponseUrl, type Workspace } from "./workspace.ts";

/** Takes one use of a response_url. Returns HTTP status and Slack's answer. */
export function useResponseUrl(
  workspace: Workspace,
  id: string,
  body: JsonObject,
): { status: number; answer: JsonObject } {
  const target = workspace.responseUrls.get(id);
  if (target === undefined || Date.now() > target.expires)
    return { status: 404, answer: refuse("expired_url") };
  if (target.usesLeft <= 0) return { status: 404, answer: refuse("used_url") };
  target.usesLeft -= 1;
  const bad = sayTo(workspace, target, body, "response_url");
  return bad === null ? { status: 200, answer: { ok: true } } : { status: 400, answer: bad };
}

/**
 * Shows what an app said to one interaction: an ephemeral unless it asks for the channel, or a change of the message
 * that was clicked. Null when done, Slack's refusal otherwise.
 */
export function sayTo(
  workspace: Workspace,
  target: Omit<ResponseUrl, "usesLeft" | "expires">,
  body: JsonObject,
  where: string,
): JsonObject | null {
  const text = string(body.text);
  const blocks = objects(body.blocks);
  if (body.delete_original === true) return changeOrigin(workspace, target, null);
  const verdict = body.blocks === undefined ? null : judgeMessage(body.blocks);
  if (verdict !== null) return refuseScreen(workspace, where, verdict);
  if (text === "" && blocks.length === 0) {
    workspace.rejections.push({ where, errors: ["no_text"] });
    return refuse("no_text");
  }
  if (body.replace_original === true) return changeOrigin(workspace, target, { text, blocks });
  const { channel, threadTs, user } = target;
  if (body.response_type === "in_channel") {
    const bot = { user: BOT.userId, botId: BOT.botId };
    workspace.post({ channel, threadTs, ...bot, text, blocks, metadata: null, files: [] });
  } else {
    workspace.whisper({ channel, threadTs: string(body.thread_ts) || threadTs, user, text, blocks });
  }
  return null;
}

function changeOrigin(
  workspace: Workspace,
  { origin, channel }: Omit<ResponseUrl, "usesLeft" | "expires">,
  change: { text: string; blocks: JsonObject[] } | null,
): JsonObject | null {
  if (origin === null) return refuse("no_original_message");
  if (origin.ephemeral) {
    workspace.replaceEphemeral(origin.ts, change);
    return null;
  }
  const message = workspace.find(channel, origin.ts);
  if (message === undefined) return refuse("message_not_found");
  if (change === null) workspace.remove(message);
  else workspace.edit(message, change);
  return null;
}
