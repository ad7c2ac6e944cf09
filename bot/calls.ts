import { z } from "zod";
import type { DirectoryCalls } from "./directory.ts";
import type { BotLog } from "./log.ts";
import { faultOf, type InteractionCalls, type OutboxCalls, SlackFault, told } from "./slack.ts";

/** The part of Slack's Web API client that this door uses. */
export interface ApiClient {
  apiCall(method: string, args: Record<string, unknown>): Promise<unknown>;
  filesUploadV2(args: {
    channel_id: string;
    thread_ts: string;
    file: Buffer;
    filename: string;
    title: string;
  }): Promise<unknown>;
}

/** Marks our messages with their outbox row, so that an interrupted post can be found again. */
const METADATA_TYPE = "hosho_desk";
/** Pages of a hundred messages that are searched for an interrupted post. */
const SEARCH_PAGES_MAX = 5;

const posted = z.object({ channel: z.string(), ts: z.string() });
const found = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
          .optional(),
        files: z.array(z.object({ title: z.string().nullish() })).optional(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
type FoundMessage = z.infer<typeof found>["messages"][number];

/** A person who was promised an answer waits this long for it when Slack says "later"; a stop waits as long. */
const LATER_MAX_MS = 10_000;

/** Answers to a person: one attempt, soon or never; a message that Slack put off (429: not done) is tried once more. */
export function interactionCalls(client: ApiClient, log: BotLog): InteractionCalls {
  const put = (method: string, args: Record<string, unknown>) =>
    onceMore(() => client.apiCall(method, args), log);
  return {
    openView: (trigger, view) =>
      told(async () => void (await client.apiCall("views.open", { trigger_id: trigger, view }))),
    updateView: (viewId, view) =>
      told(async () => void (await client.apiCall("views.update", { view_id: viewId, view }))),
    whisper: (channel, user, screen) =>
      told(async () => {
        try {
          if (channel === null) throw new SlackFault("refused", "no_channel");
          await put("chat.postEphemeral", { channel, user, ...screen });
        } catch (error) {
          log.debug({ reason: faultOf(error).code }, "no ephemeral message possible, sent directly");
          await put("chat.postMessage", { channel: user, ...screen });
        }
      }),
    publishHome: (user, view) => told(async () => void (await put("views.publish", { user_id: user, view }))),
  };
}

async function onceMore(call: () => Promise<unknown>, log: BotLog): Promise<void> {
  try {
    await call();
  } catch (error) {
    const { kind, retryAfterMs } = faultOf(error);
    if (kind !== "limited" || retryAfterMs > LATER_MAX_MS) throw error;
    log.debug({ retryAfterMs }, "Slack put an answer to a person off");
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    await call();
  }
}

const groupMembers = z.object({ users: z.array(z.string()) });
const account = z.object({ user: z.object({ deleted: z.boolean().default(false) }) });

/** What the directory of people and groups is asked. */
export function directoryCalls(client: ApiClient): DirectoryCalls {
  return {
    membersOf: (usergroup) =>
      told(() =>
        unless(["no_such_subteam", "subteam_not_found"], null, async () => {
          const answer = await client.apiCall("usergroups.users.list", { usergroup });
          return groupMembers.parse(answer).users;
        }),
      ),
    // An account that the workspace does not have helps nobody either; one that we may not see is not known to be gone.
    isDeactivated: (user) =>
      told(() =>
        unless(["user_not_found"], true, () =>
          unless(["user_not_visible"], false, async () => {
            const answer = await client.apiCall("users.info", { user });
            return account.parse(answer).user.deleted;
          }),
        ),
      ),
  };
}

/** Some of Slack's refusals are answers. */
async function unless<T>(codes: readonly string[], value: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { kind, code } = faultOf(error);
    if (kind === "refused" && codes.includes(code)) return value;
    throw error;
  }
}

/** What the outbox does: one attempt each, with the row's id on it. */
export function outboxCalls(client: ApiClient): OutboxCalls {
  const metadata = (rowId: string) => ({ event_type: METADATA_TYPE, event_payload: { row: rowId } });
  const quiet = { unfurl_links: false, unfurl_media: false };
  return {
    post: (channel, screen, { threadTs, rowId }) =>
      told(async () => {
        const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
        const args = { channel, ...screen, ...thread, ...quiet, metadata: metadata(rowId) };
        return posted.parse(await client.apiCall("chat.postMessage", args));
      }),
    update: (place, screen, rowId) =>
      told(
        async () =>
          void (await client.apiCall("chat.update", { ...place, ...screen, metadata: metadata(rowId) })),
      ),
    upload: (place, { filename, title, bytes }) =>
      told(async () => {
        const file = Buffer.from(bytes);
        await client.filesUploadV2({ channel_id: place.channel, thread_ts: place.ts, file, filename, title });
      }),
    findPosted: (channel, threadTs, rowId) =>
      told(async () => {
        for await (const { metadata: own, ts } of messagesIn(client, channel, threadTs))
          if (own?.event_type === METADATA_TYPE && own.event_payload.row === rowId) return { channel, ts };
        return null;
      }),
    hasFile: (place, title) =>
      told(async () => {
        for await (const { files } of messagesIn(client, place.channel, place.ts))
          if (files?.some((file) => file.title === title)) return true;
        return false;
      }),
  };
}

/** The latest messages of a channel, or those of a thread. */
async function* messagesIn(
  client: ApiClient,
  channel: string,
  threadTs: string | null,
): AsyncGenerator<FoundMessage> {
  const [method, place] =
    threadTs === null
      ? ["conversations.history", { channel }]
      : ["conversations.replies", { channel, ts: threadTs }];
  let cursor: string | undefined;
  for (let page = 0; page < SEARCH_PAGES_MAX; page += 1) {
    const answer = await client.apiCall(method, { ...place, limit: 100, include_all_metadata: true, cursor });
    const { messages, response_metadata } = found.parse(answer);
    yield* messages;
    cursor = response_metadata?.next_cursor;
    if (cursor === undefined || cursor === "") return;
  }
}
