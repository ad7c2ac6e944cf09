import type { App, BlockAction } from "@slack/bolt";
import { runAction } from "./actions.ts";
import type { Bot } from "./bot.ts";
import { runCommand } from "./commands.ts";
import { showHome } from "./home.ts";
import type { InteractionCalls } from "./slack.ts";
import { channelOf, entered, runSubmission } from "./submissions.ts";
import { play } from "./turn.ts";
import { promptedTurn, submittedTurn } from "./turns.ts";

const SLASH_COMMAND = "/hosho";

/** Registers the kinds of interaction: commands, clicks, submissions, the home tab. @returns the acts at work. */
export function listen(app: App, bot: Bot, calls: InteractionCalls): Set<Promise<void>> {
  const atWork = new Set<Promise<void>>();
  const track = (act: Promise<void>): Promise<void> => {
    atWork.add(act);
    return act.finally(() => atWork.delete(act));
  };
  app.command(SLASH_COMMAND, ({ command, ack, respond }) => {
    const turn = promptedTurn(bot, calls, {
      user: command.user_id,
      what: "command",
      trigger: command.trigger_id,
      channel: command.channel_id,
      view: null,
      ackSpeaks: true,
      ack: (screen) => ack(screen === undefined ? undefined : { response_type: "ephemeral", ...screen }),
      respond: async (screen) => void (await respond({ response_type: "ephemeral", ...screen })),
    });
    return track(play(bot, turn, (by) => runCommand(bot, { by, channel: command.channel_id }, command.text)));
  });
  app.action<BlockAction>(/.*/, ({ body, action, ack, respond }) => {
    const { view } = body;
    const channel = body.channel?.id ?? null;
    const onMessage = { response_type: "ephemeral", replace_original: false, ...inThread(body) } as const;
    const turn = promptedTurn(bot, calls, {
      user: body.user.id,
      what: `action ${action.action_id}`,
      trigger: body.trigger_id,
      channel,
      view: view === undefined ? null : { id: view.id, type: view.type },
      ackSpeaks: false,
      ack: () => ack(),
      respond:
        view === undefined ? async (screen) => void (await respond({ ...onMessage, ...screen })) : null,
    });
    const value = carriedBy(action);
    const act = play(bot, turn, (by) => runAction(bot, { by, channel }, action.action_id, value));
    // What was clicked there has changed what stands there.
    return track(view?.type === "home" ? act.then(() => showHome(bot, calls, body.user.id)) : act);
  });
  app.view(/.*/, ({ body, view, ack }) => {
    const channel = channelOf(view.private_metadata);
    const turn = submittedTurn(bot, calls, {
      user: body.user.id,
      what: `modal ${view.callback_id}`,
      viewId: view.id,
      channel,
      ack: (response) => {
        if (response === undefined) return ack();
        if ("errors" in response) return ack({ response_action: "errors", errors: response.errors });
        return ack({ response_action: "update", view: response.update });
      },
    });
    const values = entered(view.state.values);
    const modal = { callbackId: view.callback_id, meta: view.private_metadata, values };
    const act = play(bot, turn, (by) => runSubmission(bot, by, modal));
    // A modal of no channel was opened from the home tab.
    return track(channel === null ? act.then(() => showHome(bot, calls, body.user.id)) : act);
  });
  app.event("app_home_opened", ({ event }) =>
    event.tab === "home" ? track(showHome(bot, calls, event.user)) : Promise.resolve(),
  );
  return atWork;
}

/** What a button carries, or the chosen entry of a menu. */
function carriedBy(action: BlockAction["actions"][number]): string {
  if (action.type === "button") return action.value ?? "";
  if (action.type === "static_select" || action.type === "overflow")
    return action.selected_option?.value ?? "";
  return "";
}

/** A reply to a click in a thread stays in it; Slack puts it into the channel unless the thread is named. */
function inThread({ message }: BlockAction): { thread_ts?: string } {
  const thread: unknown = message?.thread_ts;
  // A root message names itself as its thread.
  return typeof thread === "string" && thread !== message?.ts ? { thread_ts: thread } : {};
}
