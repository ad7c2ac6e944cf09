import type { Desk, Jobs, Leadership } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import { announceWith } from "./announce.ts";
import {
  DIRECTORY_TIMEOUT_MS,
  INTERACTION_TIMEOUT_MS,
  libraryLog,
  makeApp,
  OUTBOX_TIMEOUT_MS,
  transportFor,
  webClient,
} from "./bolt.ts";
import { makeBot, type OpenLetter } from "./bot.ts";
import { directoryCalls, interactionCalls, outboxCalls } from "./calls.ts";
import { keepDirectory } from "./directory.ts";
import { workWhileLeading } from "./lead.ts";
import { listen } from "./listen.ts";
import type { BotLog } from "./log.ts";
import type { AnnouncePace } from "./pauses.ts";
import { firstSeen } from "./replay.ts";
import { noting } from "./slack.ts";
import { openStaff, type Staff } from "./staff.ts";
import { provenToken } from "./token.ts";
import type { BotWords } from "./words.ts";

/** The Slack door. */
export interface BotDoor {
  /** Slack has accepted our tokens and can reach us (socket mode: it has said hello). */
  connected(): boolean;
  /** False while Slack gives no answer to what the outbox has to say. */
  heard(): boolean;
  /** Takes no new act, waits for those at work, closes. */
  stop(): Promise<void>;
}

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
  /** For tests: shorter waits of the outbox and the directory. */
  pace?: AnnouncePace & { callTimeoutMs?: number; directoryEveryMs?: number };
}): Promise<BotDoor> {
  const { settings, desk, jobs, leadership, openLetter, words, log, pace = {} } = parts;
  const { slack } = settings;
  const logger = libraryLog(log);
  const client = (timeout: number) => webClient(slack.botToken, slack.apiUrl, timeout, logger);
  const asking = directoryCalls(client(DIRECTORY_TIMEOUT_MS));
  const directory = keepDirectory(asking, log, pace.directoryEveryMs);
  const staff = staffOrStop(settings.staffFile, log, directory);
  const bot = makeBot({ desk, staff, openLetter, words, log });
  const interaction = client(INTERACTION_TIMEOUT_MS);
  const transport = transportFor(slack, logger, log);
  const app = makeApp(slack.botToken, transport, logger, firstSeen(Date.now), log);
  const atWork = listen(app, bot, interactionCalls(interaction, log));
  const auth = provenToken(() => interaction.auth.test(), log);
  const { calls, answered } = noting(outboxCalls(client(pace.callTimeoutMs ?? OUTBOX_TIMEOUT_MS)));
  const announce = announceWith(bot, calls, slack.channel, pace);
  // One process at a time says what there is to say, one message after the other; every process hears.
  const outbox = workWhileLeading("slack", leadership, () => jobs.work("slack.post", announce), log);
  await transport.start().catch(async (error: unknown) => {
    directory.stop();
    await outbox.stop();
    throw error;
  });
  await auth.tried;
  return {
    connected: () => transport.connected() && auth.accepted(),
    heard: answered,
    stop: async () => {
      auth.stop();
      directory.stop();
      await outbox.stop();
      // Acknowledgements of acts at work still need the connection.
      await Promise.allSettled(atWork);
      await transport.stop();
      await Promise.allSettled(atWork);
    },
  };
}

/** A door that cannot open leaves nobody asking behind. */
function staffOrStop(file: string, log: BotLog, directory: ReturnType<typeof keepDirectory>): Staff {
  try {
    return openStaff(file, log, directory);
  } catch (error) {
    directory.stop();
    throw error;
  }
}
