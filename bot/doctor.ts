import type { Settings } from "../core/settings.ts";
import { askingClient } from "./bolt.ts";
import { type ApiClient, directoryCalls } from "./calls.ts";
import { type Directory, keepDirectory } from "./directory.ts";
import { faultOf } from "./slack.ts";
import { ableTo, readStaff, type StaffList, wantedOf } from "./staff.ts";

/** What can be wrong with the Slack door; worded in `templates/ja/slack/` under `doctor`. */
export type SlackDoorFault =
  | "slack_unreachable"
  | "slack_bot_token"
  | "slack_app_token"
  | "slack_channel"
  | "slack_user_group"
  | "slack_directory"
  | "staff_file"
  | "staff_cannot_issue";

/**
 * Checks everything that `npm start` needs of Slack, all faults at once: tokens, the channel (and that we are in
 * it), the staff file and its user groups, and that enough people who are not deactivated can issue with
 * ISSUE_APPROVALS.
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
    staffFaults(settings, bot),
  ]);
  const found = new Set(faults.flat());
  // What cannot be asked, or not without a token, is not known to be wrong.
  const first = (["slack_unreachable", "slack_bot_token"] as const).find((fault) => found.has(fault));
  if (first === "slack_unreachable") for (const fault of OF_SLACK) found.delete(fault);
  if (first === "slack_bot_token") for (const fault of OF_TOKEN) found.delete(fault);
  return [...found];
}

const OF_TOKEN = ["slack_channel", "slack_user_group", "slack_directory"] as const;
const OF_SLACK = ["slack_bot_token", "slack_app_token", ...OF_TOKEN] as const;

async function asked(fault: SlackDoorFault, question: () => Promise<unknown>): Promise<SlackDoorFault[]> {
  try {
    await question();
    return [];
  } catch (error) {
    return [faultOf(error).kind === "uncertain" ? "slack_unreachable" : fault];
  }
}

async function staffFaults(
  { staffFile, approvals }: Pick<Settings, "staffFile" | "approvals">,
  bot: ApiClient,
): Promise<SlackDoorFault[]> {
  let list: StaffList;
  try {
    list = readStaff(staffFile);
  } catch {
    return ["staff_file"];
  }
  const { directory, faults } = await directoryOf(list, bot);
  const able = (deed: "issue" | "approve") => ableTo(deed, list, directory).map(({ employee }) => employee);
  const [makers, checkers] = [able("issue"), able("approve")];
  const together = new Set([...makers, ...checkers]);
  const enough = makers.length > 0 && checkers.length > 0 && together.size >= approvals;
  // Roles that only a group brings are not known to be missing when Slack could not be asked about it.
  const unknown = list.groups.length > 0 && faults.some((fault) => fault !== "slack_user_group");
  return enough || unknown ? faults : [...faults, "staff_cannot_issue"];
}

/** What Slack says about the people and groups of the list, in one round; and whether it said so. */
async function directoryOf(
  list: StaffList,
  bot: ApiClient,
): Promise<{ directory: Directory; faults: SlackDoorFault[] }> {
  const faults = new Set<SlackDoorFault>();
  const silent = () => {};
  const log = { debug: silent, info: silent, error: silent, warn: silent };
  const calls = directoryCalls(bot);
  const noting = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      const { kind } = faultOf(error);
      // "Later" is asked again.
      if (kind !== "limited") faults.add(kind === "uncertain" ? "slack_unreachable" : "slack_directory");
      throw error;
    }
  };
  const directory = keepDirectory(
    {
      membersOf: async (group) => {
        const members = await noting(calls.membersOf(group));
        if (members === null) faults.add("slack_user_group");
        return members;
      },
      isDeactivated: (user) => noting(calls.isDeactivated(user)),
    },
    log,
  );
  directory.follow(wantedOf(list));
  await directory.asked();
  directory.stop();
  return { directory, faults: [...faults] };
}
