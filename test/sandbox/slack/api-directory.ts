import { type ApiContext, type Method, refuse } from "./api-answer.ts";
import { channelOf } from "./api-chat.ts";
import { string } from "./readable.ts";
import type { JsonObject, Member } from "./types.ts";
import { APP_ID, BOT, TEAM } from "./workspace.ts";

export const directoryMethods: Record<string, Method> = {
  "auth.test": (_args, { origin }) => ({
    ok: true,
    url: `${origin}/`,
    team: TEAM.domain,
    team_id: TEAM.id,
    user: BOT.name,
    user_id: BOT.userId,
    bot_id: BOT.botId,
    app_id: APP_ID,
    is_enterprise_install: false,
  }),
  "api.test": () => ({ ok: true }),
  "users.info": (args, { workspace }) => {
    const member = workspace.members.get(string(args.user));
    return member === undefined ? refuse("user_not_found") : { ok: true, user: wireMember(member) };
  },
  "usergroups.users.list": (args, { workspace }) => {
    const users = workspace.usergroups.get(string(args.usergroup));
    return users === undefined ? refuse("no_such_subteam") : { ok: true, users };
  },
  "conversations.info": (args, context) => conversation(string(args.channel), context),
  "conversations.open": (args, context) => conversation(string(args.users), context),
};

function conversation(id: string, { workspace }: ApiContext): JsonObject {
  const channel = channelOf(workspace, id);
  if (channel === null) return refuse("channel_not_found");
  const name = workspace.channels.get(channel)?.name ?? channel;
  return { ok: true, channel: { id: channel, name, is_channel: true, is_member: true, is_archived: false } };
}

function wireMember({ id, name, deleted = false }: Member): JsonObject {
  const profile = { real_name: name, display_name: name };
  return {
    id,
    team_id: TEAM.id,
    name: id.toLowerCase(),
    real_name: name,
    deleted,
    is_bot: false,
    profile,
  };
}
