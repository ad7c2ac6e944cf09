import {
  App,
  type BlockAction,
  HTTPReceiver,
  type Logger,
  LogLevel,
  type Receiver,
  SocketModeReceiver,
  webApi,
} from "@slack/bolt";
import type { Desk, Jobs, Leadership } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import { runAction } from "./actions.ts";
import { announceWith } from "./announce.ts";
import { type Bot, makeBot, type OpenLetter } from "./bot.ts";
import { type ApiClient, interactionCalls, outboxCalls } from "./calls.ts";
import { runCommand } from "./commands.ts";
import { workWhileLeading } from "./lead.ts";
import type { BotLog } from "./log.ts";
import type { AnnouncePace } from "./pauses.ts";
import { quietLogger } from "./quiet-logger.ts";
import { firstSeen } from "./replay.ts";
import { type InteractionCalls, noting } from "./slack.ts";
import { keepConnected } from "./socket.ts";
import { openStaff } from "./staff.ts";
import { channelOf, entered, runSubmission } from "./submissions.ts";
import { provenToken } from "./token.ts";
import { play } from "./turn.ts";
import { promptedTurn, submittedTurn } from "./turns.ts";
import type { BotWords } from "./words.ts";

/** The Slack door, and the only file that knows Slack's library. */
export interface BotDoor {
  /** Slack has accepted our tokens and can reach us (socket mode: it has said hello). */
  connected(): boolean;
  /** False while Slack gives no answer to what the outbox has to say. */
  heard(): boolean;
  /** Takes no new act, waits for those at work, closes. */
  stop(): Promise<void>;
}

const SLASH_COMMAND = "/hosho";
const HTTP_PATH = "/slack/events";
const SIGNATURE = "signature";
/** A trigger lives 3 s: a person who waits is told within that. */
const INTERACTION_TIMEOUT_MS = 2500;
const OUTBOX_TIMEOUT_MS = 15_000;
const DISCONNECT_WAIT_MS = 1000;

/**
 * Opens the door: slash commands, buttons and modals come in, the outbox goes out. Slack being unreachable does not
 * throw, the door keeps trying.
 * @throws when STAFF_FILE cannot be read or, in http mode, the port cannot be listened on.
 */
export async function openBotDoor(parts: {
  settings: Pick<Settings, "slack" | "staffFile">;
  desk: Desk;
  jobs: Jobs;
  leadership: Leadership;
  openLetter: OpenLetter;
  words: BotWords;
  log: BotLog;
  /** For tests: shorter waits of the outbox. */
  pace?: AnnouncePace & { callTimeoutMs?: number };
}): Promise<BotDoor> {
  const { settings, desk, jobs, leadership, openLetter, words, log, pace = {} } = parts;
  const { slack } = settings;
  const logger = quietLogger(log, LogLevel.INFO);
  const bot = makeBot({ desk, staff: openStaff(settings.staffFile, log), openLetter, words, log });
  // One client for each purpose; none retries by itself: a repeated call may post twice.
  const client = (timeout: number) => webClient(slack.botToken, slack.apiUrl, timeout, logger);
  const interaction = client(INTERACTION_TIMEOUT_MS);
  const transport =
    slack.mode === "socket" ? socketTransport(slack, logger, log) : httpTransport(slack, logger);
  const authorize = async () => ({ botToken: slack.botToken });
  const app = new App({
    receiver: transport.receiver,
    authorize,
    logger,
    convoStore: false,
    ignoreSelf: false,
  });
  const fresh = firstSeen(Date.now);
  app.use(async ({ context, next }) => {
    const signature: unknown = context[SIGNATURE];
    if (typeof signature !== "string" || fresh(signature)) return next();
    log.warn({}, "a request that was seen before is ignored");
  });
  const atWork = listen(app, bot, interactionCalls(interaction, log));
  const auth = provenToken(() => interaction.auth.test(), log);
  const { calls, answered } = noting(outboxCalls(client(pace.callTimeoutMs ?? OUTBOX_TIMEOUT_MS)));
  const announce = announceWith(bot, calls, slack.channel, pace);
  // One process at a time says what there is to say, one message after the other; every process hears.
  const outbox = workWhileLeading("slack", leadership, () => jobs.work("slack.post", announce), log);
  await transport.start().catch(async (error: unknown) => {
    await outbox.stop();
    throw error;
  });
  await auth.tried;
  return {
    connected: () => transport.connected() && auth.accepted(),
    heard: answered,
    stop: async () => {
      auth.stop();
      await outbox.stop();
      // Acknowledgements of acts at work still need the connection.
      await Promise.allSettled(atWork);
      await transport.stop();
      await Promise.allSettled(atWork);
    },
  };
}

/** A client for a few questions outside the door (doctor); it logs nothing. */
export function askingClient(token: string, apiUrl: string | null): ApiClient {
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  return webClient(token, apiUrl, OUTBOX_TIMEOUT_MS, quietLogger(log, LogLevel.INFO));
}

function webClient(token: string, apiUrl: string | null, timeout: number, logger: Logger): webApi.WebClient {
  return new webApi.WebClient(token, clientOptions(apiUrl, timeout, logger));
}

function clientOptions(apiUrl: string | null, timeout: number, logger: Logger) {
  const retryConfig = { retries: 0 };
  const options = { timeout, retryConfig, rejectRateLimitedCalls: true, logger };
  return apiUrl === null ? options : { ...options, slackApiUrl: apiUrl };
}

interface Transport {
  receiver: Receiver;
  start(): Promise<unknown>;
  connected(): boolean;
  stop(): Promise<unknown>;
}

function socketTransport(slack: Settings["slack"], logger: Logger, log: BotLog): Transport {
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken ?? "",
    autoReconnectEnabled: false,
    logger,
    installerOptions: { clientOptions: clientOptions(slack.apiUrl, OUTBOX_TIMEOUT_MS, logger) },
  });
  const { client } = receiver;
  let kept: ReturnType<typeof keepConnected> | null = null;
  const patience = () => new Promise((resolve) => setTimeout(resolve, DISCONNECT_WAIT_MS).unref());
  return {
    receiver,
    start: async () => {
      const disconnect = () => Promise.race([client.disconnect(), patience()]);
      const onLost = (listener: () => void) => void client.on("disconnected", listener);
      kept = keepConnected({ start: () => client.start(), disconnect, onLost }, log);
      await kept.tried;
    },
    connected: () => kept?.connected() ?? false,
    stop: async () => kept?.stop(),
  };
}

function httpTransport(slack: Settings["slack"], logger: Logger): Transport {
  const receiver = new HTTPReceiver({
    signingSecret: slack.signingSecret ?? "",
    endpoints: HTTP_PATH,
    logger,
    customPropertiesExtractor: ({ headers }) => ({ [SIGNATURE]: headers["x-slack-signature"] }),
  });
  let listening = false;
  return {
    receiver,
    start: async () => {
      await receiver.start({ host: slack.host, port: slack.port });
      listening = true;
    },
    connected: () => listening,
    stop: async () => {
      if (!listening) return;
      listening = false;
      await receiver.stop();
    },
  };
}

/** Registers the three kinds of interaction. @returns the acts at work. */
function listen(app: App, bot: Bot, calls: InteractionCalls): Set<Promise<void>> {
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
      ackSpeaks: true,
      ack: (screen) => ack(screen === undefined ? undefined : { response_type: "ephemeral", ...screen }),
      respond: async (screen) => void (await respond({ response_type: "ephemeral", ...screen })),
    });
    return track(play(bot, turn, (by) => runCommand(bot, { by, channel: command.channel_id }, command.text)));
  });
  app.action<BlockAction>(/.*/, ({ body, action, ack, respond }) => {
    const turn = promptedTurn(bot, calls, {
      user: body.user.id,
      what: `button ${action.action_id}`,
      trigger: body.trigger_id,
      channel: body.channel?.id ?? null,
      ackSpeaks: false,
      ack: () => ack(),
      respond: async (screen) =>
        void (await respond({
          response_type: "ephemeral",
          replace_original: false,
          ...inThread(body),
          ...screen,
        })),
    });
    const value = carriedBy(action);
    return track(
      play(bot, turn, (by) =>
        runAction(bot, { by, channel: body.channel?.id ?? null }, action.action_id, value),
      ),
    );
  });
  app.view(/.*/, ({ body, view, ack }) => {
    const turn = submittedTurn(bot, calls, {
      user: body.user.id,
      what: `modal ${view.callback_id}`,
      viewId: view.id,
      channel: channelOf(view.private_metadata),
      ack: (response) => {
        if (response === undefined) return ack();
        if ("errors" in response) return ack({ response_action: "errors", errors: response.errors });
        return ack({ response_action: "update", view: response.update });
      },
    });
    const modal = {
      callbackId: view.callback_id,
      meta: view.private_metadata,
      values: entered(view.state.values),
    };
    return track(play(bot, turn, (by) => runSubmission(bot, by, modal)));
  });
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
