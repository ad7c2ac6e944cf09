import type { Settings } from "../core/config.ts";
import { mayDo } from "../core/policy.ts";
import { askingClient } from "./app.ts";
import type { BotLog } from "./log.ts";
import { faultOf } from "./slack.ts";
import { readStaff } from "./staff.ts";

/** What is wrong with the Slack door, as a code and, where there is one, Slack's own; never a token. */
export interface SlackDoorFault {
  code: "slack_bot_token" | "slack_app_token" | "slack_channel" | "staff_file" | "no_approvers";
  detail: string;
}

/**
 * Checks everything that `npm start` needs of Slack, all faults at once: tokens, the channel (and that we are in
 * it), the staff file, and that with four eyes somebody can approve what another one made.
 */
export async function checkSlack(
  settings: Pick<Settings, "slack" | "staffFile" | "approvals">,
  log: BotLog,
): Promise<SlackDoorFault[]> {
  const { slack } = settings;
  const bot = askingClient(slack.botToken, slack.apiUrl, log);
  const faults = await Promise.all([
    asked("slack_bot_token", () => bot.apiCall("auth.test", {})),
    asked("slack_channel", () => bot.apiCall("conversations.history", { channel: slack.channel, limit: 1 })),
    slack.mode === "http"
      ? []
      : asked("slack_app_token", () =>
          askingClient(slack.appToken ?? "", slack.apiUrl, log).apiCall("apps.connections.open", {}),
        ),
    staffFaults(settings),
  ]);
  return faults.flat();
}

async function asked(
  code: SlackDoorFault["code"],
  question: () => Promise<unknown>,
): Promise<SlackDoorFault[]> {
  try {
    await question();
    return [];
  } catch (error) {
    return [{ code, detail: faultOf(error).code }];
  }
}

function staffFaults({ staffFile, approvals }: Pick<Settings, "staffFile" | "approvals">): SlackDoorFault[] {
  try {
    const staff = readStaff(staffFile);
    const able = (deed: "issue" | "approve") =>
      new Set(staff.filter((person) => mayDo(person, deed)).map(({ employee }) => employee));
    const [makers, checkers] = [able("issue"), able("approve")];
    const together = new Set([...makers, ...checkers]);
    const enough = checkers.size > 0 && makers.size > 0 && together.size >= approvals;
    return enough ? [] : [{ code: "no_approvers", detail: String(checkers.size) }];
  } catch (error) {
    return [{ code: "staff_file", detail: error instanceof Error ? error.message.slice(0, 200) : "" }];
  }
}
