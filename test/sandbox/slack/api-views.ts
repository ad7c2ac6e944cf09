import { type ApiContext, type Method, refuse, refuseScreen } from "./api-answer.ts";
import { type BlocksVerdict, judgeView } from "./limits.ts";
import { isObject, string } from "./readable.ts";
import type { JsonObject, View } from "./types.ts";
import { APP_ID, BOT, TEAM, type Workspace } from "./workspace.ts";

/** Slack stacks at most three modals. */
const STACK_MAX = 3;

export const viewMethods: Record<string, Method> = {
  "views.open": (args, context) => openView(args, context, false),
  "views.push": (args, context) => openView(args, context, true),
  "views.update": updateView,
  "views.publish": publishHome,
};

function openView(args: JsonObject, { workspace }: ApiContext, push: boolean): JsonObject {
  const spent = workspace.spendTrigger(string(args.trigger_id ?? args.interactivity_pointer));
  if ("error" in spent) return refuse(spent.error);
  const result = show(workspace, spent.user, args.view, push, push ? "views.push" : "views.open");
  return "error" in result ? result.error : { ok: true, view: wireView(result.view) };
}

/** Puts a new modal on a person's screen; on top of the open ones when pushed. */
export function show(
  workspace: Workspace,
  user: string,
  sent: JsonObject[string] | undefined,
  push: boolean,
  where: string,
): { view: View } | { error: JsonObject } {
  const verdict = judgeView(sent) ?? notA("modal", sent);
  if (verdict !== null || !isObject(sent)) {
    return {
      error: verdict === null ? refuse("invalid_arguments") : refuseScreen(workspace, where, verdict),
    };
  }
  const stack = workspace.stack(user);
  if (push && stack.length === 0) return { error: refuse("not_found") };
  if (push && stack.length >= STACK_MAX) return { error: refuse("push_limit_reached") };
  const view = workspace.makeView(sent, user, push ? stack.at(-1) : undefined);
  workspace.setStack(user, push ? [...stack, view] : [view]);
  return { view };
}

/** Puts a view in the place of one that is on the screen. */
export function replace(
  workspace: Workspace,
  old: View,
  sent: JsonObject[string] | undefined,
  where: string,
): { view: View } | { error: JsonObject } {
  const verdict = judgeView(sent) ?? notA(old.type, sent);
  if (verdict !== null || !isObject(sent)) {
    return {
      error: verdict === null ? refuse("invalid_arguments") : refuseScreen(workspace, where, verdict),
    };
  }
  const view = workspace.makeView(sent, old.user, undefined, old);
  if (old.type === "home") {
    workspace.homes.set(old.user, view);
    workspace.changed();
  } else {
    workspace.setStack(
      old.user,
      workspace.stack(old.user).map((open) => (open.id === old.id ? view : open)),
    );
  }
  return { view };
}

function notA(type: string, sent: JsonObject[string] | undefined): BlocksVerdict | null {
  if (!isObject(sent) || sent.type === type) return null;
  return { error: "invalid_arguments", errors: [`view must be a ${type} [json-pointer:/view/type]`] };
}

function updateView(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const external = string(args.external_id);
  const old =
    workspace.viewById(string(args.view_id)) ??
    [...workspace.stacks.values()].flat().find((view) => external !== "" && view.externalId === external);
  if (old === undefined) return refuse("not_found");
  const hash = string(args.hash);
  if (hash !== "" && hash !== old.hash) return refuse("hash_conflict");
  const result = replace(workspace, old, args.view, "views.update");
  return "error" in result ? result.error : { ok: true, view: wireView(result.view) };
}

function publishHome(args: JsonObject, { workspace }: ApiContext): JsonObject {
  const user = string(args.user_id);
  if (!workspace.members.has(user)) return refuse("user_not_found");
  const sent = args.view;
  const verdict = judgeView(sent) ?? notA("home", sent);
  if (verdict !== null) return refuseScreen(workspace, "views.publish", verdict);
  const hash = string(args.hash);
  if (hash !== "" && hash !== workspace.homes.get(user)?.hash) return refuse("hash_conflict");
  const view = workspace.makeView(isObject(sent) ? sent : {}, user, undefined, workspace.homes.get(user));
  workspace.homes.set(user, view);
  workspace.changed();
  return { ok: true, view: wireView(view) };
}

/** A view in Slack's own shape, with what was entered so far. */
export function wireView(view: View): JsonObject {
  const text = (words: string | null) =>
    words === null ? null : { type: "plain_text", text: words, emoji: true };
  return {
    id: view.id,
    team_id: TEAM.id,
    app_id: APP_ID,
    bot_id: BOT.botId,
    type: view.type,
    title: text(view.title),
    submit: text(view.submit),
    close: text(view.close),
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    external_id: view.externalId,
    state: { values: structuredClone(view.values) },
    hash: view.hash,
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    root_view_id: view.rootId,
    previous_view_id: view.previousId,
    app_installed_team_id: TEAM.id,
  };
}
