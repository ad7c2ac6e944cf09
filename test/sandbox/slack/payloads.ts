import { wireMessage } from "./api-chat.ts";
import { wireView } from "./api-views.ts";
import type { Placed } from "./inputs.ts";
import { screenValues } from "./inputs.ts";
import { string } from "./readable.ts";
import type { Ephemeral, JsonObject, Member, Message, View } from "./types.ts";
import { APP_ID, TEAM, type Workspace } from "./workspace.ts";

/** What every interaction says about who did it. Slack still sends the old verification `token`; apps ignore it. */
export function actor(person: Member): JsonObject {
  return {
    token: "unused",
    api_app_id: APP_ID,
    team: { id: TEAM.id, domain: TEAM.domain },
    enterprise: null,
    is_enterprise_install: false,
    user: {
      id: person.id,
      username: person.id.toLowerCase(),
      name: person.id.toLowerCase(),
      team_id: TEAM.id,
    },
  };
}

export function commandPayload(
  person: Member,
  channel: Member,
  command: string,
  text: string,
  ids: { trigger: string; responseUrl: string },
): JsonObject {
  return {
    token: "unused",
    team_id: TEAM.id,
    team_domain: TEAM.domain,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: person.id,
    user_name: person.id.toLowerCase(),
    command,
    text,
    api_app_id: APP_ID,
    is_enterprise_install: "false",
    response_url: ids.responseUrl,
    trigger_id: ids.trigger,
  };
}

/** The action of one click or choice. `extra` is what was chosen. */
export function actionOf({ block, element }: Placed, extra: JsonObject): JsonObject {
  const { confirm: _confirm, options: _options, option_groups: _groups, ...rest } = element;
  return {
    ...rest,
    ...extra,
    block_id: string(block.block_id),
    action_ts: (Date.now() / 1000).toFixed(6),
  };
}

export function viewActionPayload(
  person: Member,
  view: View,
  action: JsonObject,
  trigger: string,
): JsonObject {
  return {
    type: "block_actions",
    ...actor(person),
    container: { type: "view", view_id: view.id },
    trigger_id: trigger,
    view: wireView(view),
    state: { values: structuredClone(view.values) },
    actions: [action],
  };
}

export function messageActionPayload(
  workspace: Workspace,
  person: Member,
  on: Message | Ephemeral,
  action: JsonObject,
  ids: { trigger: string; responseUrl: string },
): JsonObject {
  const ephemeral = !("botId" in on);
  const channel = workspace.channels.get(on.channel);
  const thread = on.threadTs === null ? {} : { thread_ts: on.threadTs };
  return {
    type: "block_actions",
    ...actor(person),
    container: {
      type: "message",
      message_ts: on.ts,
      channel_id: on.channel,
      is_ephemeral: ephemeral,
      ...thread,
    },
    trigger_id: ids.trigger,
    channel: { id: on.channel, name: channel?.name ?? on.channel },
    ...(ephemeral ? {} : { message: wireMessage(on, workspace, true) }),
    state: { values: screenValues(on.blocks, {}) },
    response_url: ids.responseUrl,
    actions: [action],
  };
}

export function viewPayload(
  type: "view_submission" | "view_closed",
  person: Member,
  view: View,
  extra: JsonObject,
): JsonObject {
  return { type, ...actor(person), view: wireView(view), ...extra };
}

export function eventPayload(event: JsonObject, eventId: string): JsonObject {
  return {
    token: "unused",
    team_id: TEAM.id,
    api_app_id: APP_ID,
    type: "event_callback",
    event_id: eventId,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [{ team_id: TEAM.id, user_id: "U_BOT", is_bot: true, is_enterprise_install: false }],
    event,
  };
}
