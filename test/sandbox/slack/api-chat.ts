import { type ApiContext, type Method, refuse, refuseScreen } from "./api-answer.ts";
import { judgeMessage } from "./limits.ts";
import { isObject, objects, string } from "./readable.ts";
import type { JsonObject, Message } from "./types.ts";
import { BOT, type Workspace } from "./workspace.ts";

const TEXT_MAX = 40_000;
const METADATA_NEEDS = ["event_type", "event_payload"];

export const chatMethods: Record<string, Method> = {
  "chat.postMessage": postMessage,
  "chat.update": updateMessage,
  "chat.delete": deleteMessage,
  "chat.postEphemeral": postEphemeral,
  "conversations.history": history,
  "conversations.replies": replies,
  "reactions.add": (args, { workspace }) =>
    workspace.find(string(args.channel), string(args.timestamp)) ? { ok: true } : refuse("message_not_found"),
};

/** A channel by id; a user's id stands for the direct messages with that person, as Slack has it. */
export function channelOf(workspace: Workspace, id: string): string | null {
  if (workspace.channels.has(id)) return id;
  if (!workspace.members.has(id)) return null;
  const direct = `D_${id}`;
  workspace.channels.set(direct, { id: direct, name: "direct" });
  return direct;
}

/** Slack's error for the words and blocks of a message; null when it would take them. */
function judge(args: JsonObject, where: string, workspace: Workspace): JsonObject | null {
  const blocks = args.blocks;
  const wordless = string(args.text) === "";
  if (wordless && !(Array.isArray(blocks) && blocks.length > 0)) {
    workspace.rejections.push({ where, errors: ["no_text"] });
    return refuse("no_text");
  }
  // Slack takes blocks without text but warns: notifications and screen readers would say nothing.
  if (wordless) workspace.rejections.push({ where, errors: ["missing_text_in_message"] });
  if (string(args.text).length > TEXT_MAX) return refuse("msg_too_long");
  const verdict = blocks === undefined ? null : judgeMessage(blocks);
  if (verdict !== null) return refuseScreen(workspace, where, verdict);
  const metadata = args.metadata;
  if (metadata === undefined) return null;
  const whole = isObject(metadata) && METADATA_NEEDS.every((name) => metadata[name] !== undefined);
  return whole ? null : refuse("invalid_metadata_format");
}

function postMessage(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, string(args.channel));
  if (channel === null) return refuse("channel_not_found");
  const bad = judge(args, "chat.postMessage", workspace);
  if (bad !== null) return bad;
  const threadTs = string(args.thread_ts) || null;
  if (threadTs !== null && !workspace.find(channel, threadTs)) return refuse("thread_not_found");
  const message = workspace.post({
    channel,
    threadTs,
    user: BOT.userId,
    botId: BOT.botId,
    text: string(args.text),
    blocks: objects(args.blocks),
    metadata: isObject(args.metadata) ? args.metadata : null,
    files: [],
  });
  return { ok: true, channel, ts: message.ts, message: wireMessage(message, workspace, true) };
}

function updateMessage(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, string(args.channel));
  if (channel === null) return refuse("channel_not_found");
  const message = workspace.find(channel, string(args.ts));
  if (message === undefined) return refuse("message_not_found");
  if (message.user !== BOT.userId) return refuse("cant_update_message");
  const bad = judge(args, "chat.update", workspace);
  if (bad !== null) return bad;
  const edited = workspace.edit(message, {
    text: string(args.text),
    // Slack: leaving blocks out of an update that has text removes them.
    blocks: objects(args.blocks),
    ...(isObject(args.metadata) ? { metadata: args.metadata } : {}),
  });
  return {
    ok: true,
    channel,
    ts: edited.ts,
    text: edited.text,
    message: wireMessage(edited, workspace, true),
  };
}

function deleteMessage(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const message = workspace.find(string(args.channel), string(args.ts));
  if (message === undefined) return refuse("message_not_found");
  if (message.user !== BOT.userId) return refuse("cant_delete_message");
  workspace.remove(message);
  return { ok: true, channel: message.channel, ts: message.ts };
}

function postEphemeral(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, string(args.channel));
  if (channel === null) return refuse("channel_not_found");
  const user = string(args.user);
  if (!workspace.members.has(user)) return refuse("user_not_in_channel");
  const bad = judge(args, "chat.postEphemeral", workspace);
  if (bad !== null) return bad;
  const threadTs = string(args.thread_ts) || null;
  const blocks = objects(args.blocks);
  const shown = workspace.whisper({ channel, threadTs, user, text: string(args.text), blocks });
  return { ok: true, message_ts: shown.ts };
}

function history(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, string(args.channel));
  if (channel === null) return refuse("channel_not_found");
  const roots = workspace.messages.filter((m) => m.channel === channel && m.threadTs === null);
  return page(roots.reverse(), args, workspace);
}

function replies(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, string(args.channel));
  if (channel === null) return refuse("channel_not_found");
  const root = string(args.ts);
  if (!workspace.find(channel, root)) return refuse("thread_not_found");
  const thread = workspace.messages.filter(
    (m) => m.channel === channel && (m.ts === root || m.threadTs === root),
  );
  return page(thread, args, workspace);
}

/** One page by `limit` and `cursor` (an offset); `oldest` and `latest` bound the time. */
function page(all: Message[], args: JsonObject, workspace: Workspace): JsonObject {
  const oldest = Number(args.oldest ?? 0);
  const latest = Number(args.latest ?? Number.MAX_VALUE);
  const within = all.filter((m) => Number(m.ts) >= oldest && Number(m.ts) <= latest);
  const start = Number(string(args.cursor) || 0);
  const end = start + Math.min(Number(args.limit ?? 100), 1000);
  const withMetadata =
    String(args.include_all_metadata ?? false) === "true" || args.include_all_metadata === "1";
  const more = end < within.length;
  return {
    ok: true,
    messages: within.slice(start, end).map((m) => wireMessage(m, workspace, withMetadata)),
    has_more: more,
    response_metadata: { next_cursor: more ? String(end) : "" },
  };
}

/** A message in Slack's own shape. */
export function wireMessage(message: Message, workspace: Workspace, withMetadata = false): JsonObject {
  const answers = workspace.messages.filter(
    (m) => m.channel === message.channel && m.threadTs === message.ts,
  );
  const { threadTs, metadata, files, edited, botId } = message;
  return {
    type: "message",
    user: message.user,
    ts: message.ts,
    text: message.text,
    blocks: message.blocks,
    ...(botId === null ? {} : { bot_id: botId, app_id: "A_LOOPBACK" }),
    ...(threadTs === null ? {} : { thread_ts: threadTs }),
    ...(answers.length === 0 ? {} : { thread_ts: message.ts, reply_count: answers.length }),
    ...(edited ? { edited: { user: message.user, ts: message.ts } } : {}),
    ...(withMetadata && metadata !== null ? { metadata } : {}),
    ...(files.length === 0
      ? {}
      : { files: files.map((f) => ({ id: f.id, name: f.name, title: f.title, size: f.bytes.length })) }),
  };
}
