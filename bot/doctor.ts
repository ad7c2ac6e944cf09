import { mayDo } from "../core/policy.ts";
import type { Settings } from "../core/settings.ts";
import { askingClient } from "./app.ts";
import { faultOf } from "./slack.ts";
import { readStaff } from "./staff.ts";

/** What can be wrong with the Slack door; worded in `templates/ja/slack/` under `doctor`. */
export type SlackDoorFault =
  | "slack_unreachable"
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
  const found = new Set(faults.flat());
  // What cannot be asked, or not without a token, is not known to be wrong.
  const first = (["slack_unreachable", "slack_bot_token"] as const).find((fault) => found.has(fault));
  if (first === "slack_unreachable") for (const fault of OF_SLACK) found.delete(fault);
  if (first === "slack_bot_token") found.delete("slack_channel");
  return [...found];
}

const OF_SLACK = ["slack_bot_token", "slack_app_token", "slack_channel"] as const;

async function asked(fault: SlackDoorFault, question: () => Promise<unknown>): Promise<SlackDoorFault[]> {
  try {
    await question();
    return [];
  } catch (error) {
    return [faultOf(error).kind === "uncertain" ? "slack_unreachable" : fault];
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
