import { screenFixtures } from "../bot/screen-fixtures.ts";
import { runContract } from "./contract.ts";

/** `SLACK_BOT_TOKEN=xoxb-… npm run slack:contract`: opt-in, for it needs a workspace. */

const token = process.env.SLACK_BOT_TOKEN;
if (token === undefined || token === "") {
  console.error(
    "SLACK_BOT_TOKEN is not set: a bot token (xoxb-…) of the workspace that is to judge the screens",
  );
  process.exit(1);
}
try {
  const settings = { token, apiUrl: process.env.SLACK_API_URL };
  const { refused } = await runContract(settings, screenFixtures(), (line) => console.log(line));
  process.exit(refused === 0 ? 0 : 1);
} catch (error) {
  console.error(`the screens could not be judged: ${error instanceof Error ? error.message : "unknown"}`);
  process.exit(1);
}
