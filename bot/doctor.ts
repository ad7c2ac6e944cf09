import { mayDo } from "../core/policy.ts";
import type { Settings } from "../core/settings.ts";
import { askingClient } from "./app.ts";
import { readStaff } from "./staff.ts";

/** What can be wrong with the Slack door; worded in `templates/ja/slack.json` under `doctor`. */
export type SlackDoorFault =
  | "slack_bot_token"
  | "slack_app_token"
  | "slack_channel"
  | "staff_file"
  | "staff_cannot_issue";

/**
 * Checks everything that `npm start` needs of Slack, all faults at once: tokens, the channel (and that we are in
 * it), the staff file, and that it has enough people to issue with ISSUE_APPROVALS.
 */
export async function checkSlack(
  settings: Pick<Settings, "slack" | "staffFile" | "approvals">,
): Promise<SlackDoorFault[]> {
  const { slack } = settings;
  const bot = askingClient(slack.botToken, slack.apiUrl);
  const app = askingClient(slack.appToken ?? "", slack.apiUrl);
  const faults = await Promise.all([
    asked("slack_bot_token", () => bot.apiCall("auth.test", {})),
    asked("slack_channel", () => bot.apiCall("conversations.history", { channel: slack.channel, limit: 1 })),
    slack.mode === "http" ? [] : asked("slack_app_token", () => app.apiCall("apps.connections.open", {})),
    staffFaults(settings),
  ]);
  return faults.flat();
}

async function asked(fault: SlackDoorFault, question: () => Promise<unknown>): Promise<SlackDoorFault[]> {
  try {
    await question();
    return [];
  } catch {
    return [fault];
  }
}

function staffFaults({ staffFile, approvals }: Pick<Settings, "staffFile" | "approvals">): SlackDoorFault[] {
  try {
    const staff = readStaff(staffFile);
    const able = (deed: "issue" | "approve") =>
      staff.filter((person) => mayDo(person, deed)).map(({ employee }) => employee);
    const [makers, checkers] = [able("issue"), able("approve")];
    const together = new Set([...makers, ...checkers]);
    const enough = makers.length > 0 && checkers.length > 0 && together.size >= approvals;
    return enough ? [] : ["staff_cannot_issue"];
  } catch {
    return ["staff_file"];
  }
}
