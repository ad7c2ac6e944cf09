import type { BotLog } from "./log.ts";
import { faultOf } from "./slack.ts";

const RETRY_MS = 15_000;

/** Asks Slack (`auth.test`) whether it takes our bot token, until it does. `tried` resolves after the first attempt. */
export function provenToken(ask: () => Promise<unknown>, log: BotLog) {
  let accepted = false;
  let timer: NodeJS.Timeout | undefined;
  const attempt = async (): Promise<void> => {
    try {
      await ask();
      accepted = true;
    } catch (error) {
      log.error({ reason: faultOf(error).code }, "Slack does not accept the bot token");
      timer = setTimeout(attempt, RETRY_MS).unref();
    }
  };
  return { tried: attempt(), accepted: () => accepted, stop: () => clearTimeout(timer) };
}
