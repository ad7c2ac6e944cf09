import {
  App,
  HTTPReceiver,
  type Logger,
  LogLevel,
  type Receiver,
  SocketModeReceiver,
  webApi,
} from "@slack/bolt";
import type { Settings } from "../core/settings.ts";
import type { ApiClient } from "./calls.ts";
import type { BotLog } from "./log.ts";
import { quietLogger } from "./quiet-logger.ts";
import { keepConnected } from "./socket.ts";

/** The only file that knows Slack's library: its clients, its two transports, its app. */

/** A trigger lives 3 s: a person who waits is told within that. */
export const INTERACTION_TIMEOUT_MS = 2500;
export const OUTBOX_TIMEOUT_MS = 15_000;
/** Nobody waits for the directory. */
export const DIRECTORY_TIMEOUT_MS = 5000;

/** A client for a few questions outside the door (doctor); it logs nothing. */
export function askingClient(token: string, apiUrl: string | null): ApiClient {
  const silent = () => {};
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  return webClient(token, apiUrl, OUTBOX_TIMEOUT_MS, libraryLog(log));
}

/**
 * A client of the Web API; one for each purpose, so that none waits behind another. None retries by itself: a repeated
 * call may post twice.
 */
export function webClient(
  token: string,
  apiUrl: string | null,
  timeout: number,
  logger: Logger,
): webApi.WebClient {
  return new webApi.WebClient(token, clientOptions(apiUrl, timeout, logger));
}

function clientOptions(apiUrl: string | null, timeout: number, logger: Logger) {
  const retryConfig = { retries: 0 };
  const options = { timeout, retryConfig, rejectRateLimitedCalls: true, logger };
  return apiUrl === null ? options : { ...options, slackApiUrl: apiUrl };
}

/** How Slack reaches us: a socket that we open, or requests that it signs. */
export interface Transport {
  receiver: Receiver;
  start(): Promise<unknown>;
  connected(): boolean;
  stop(): Promise<unknown>;
}

const HTTP_PATH = "/slack/events";
const DISCONNECT_WAIT_MS = 1000;
/** Where a request's signature stands in the context of its listeners. */
const SIGNATURE = "signature";

export function transportFor(slack: Settings["slack"], logger: Logger, log: BotLog): Transport {
  return slack.mode === "socket" ? socketTransport(slack, logger, log) : httpTransport(slack, logger);
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

/** The library's own log, without tokens. */
export function libraryLog(log: BotLog): Logger {
  return quietLogger(log, LogLevel.INFO);
}

/** The app on its transport. `fresh` is false for a request that was seen before; it is ignored. */
export function makeApp(
  botToken: string,
  { receiver }: Transport,
  logger: Logger,
  fresh: (signature: string) => boolean,
  log: BotLog,
): App {
  const authorize = async () => ({ botToken });
  const app = new App({ receiver, authorize, logger, convoStore: false, ignoreSelf: false });
  app.use(async ({ context, next }) => {
    const signature: unknown = context[SIGNATURE];
    if (typeof signature !== "string" || fresh(signature)) return next();
    log.warn({}, "a request that was seen before is ignored");
  });
  return app;
}
