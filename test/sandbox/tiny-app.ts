import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from "@slack/bolt";
import type { LoopbackSlack } from "./slack/start.ts";

export interface TinyApp {
  stop(): Promise<void>;
}

const plain = (text: string) => ({ type: "plain_text" as const, text });

/** A card with one button, as long as it waits; without it once done. */
function card(done: boolean) {
  const text = { type: "mrkdwn" as const, text: done ? "発行済" : "承認待ち" };
  const button = { type: "button" as const, text: plain("承認する"), action_id: "approve", value: "opaque" };
  const section = { type: "section" as const, text };
  return done ? [section] : [section, { type: "actions" as const, block_id: "acts", elements: [button] }];
}

const AMOUNT_MODAL = {
  type: "modal" as const,
  callback_id: "amount",
  title: plain("発行の承認"),
  submit: plain("承認"),
  blocks: [
    {
      type: "input" as const,
      block_id: "amount",
      label: plain("保証金額（円）"),
      element: { type: "plain_text_input" as const, action_id: "value" },
    },
    {
      type: "input" as const,
      block_id: "medium",
      label: plain("形式"),
      element: {
        type: "radio_buttons" as const,
        action_id: "value",
        options: [{ text: plain("電子保証"), value: "electronic" }],
        initial_option: { text: plain("電子保証"), value: "electronic" },
      },
    },
  ],
};

/** A small Bolt app that does one of each thing, on either transport of a loopback Slack. */
export async function startTinyApp(slack: LoopbackSlack): Promise<TinyApp> {
  const env = slack.env();
  const clientOptions = { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } };
  const logLevel = LogLevel.ERROR;
  const logger = {
    ...console,
    debug() {},
    info() {},
    warn() {},
    error() {},
    setLevel() {},
    getLevel: () => logLevel,
    setName() {},
  };
  const receiver =
    slack.mode === "http"
      ? new HTTPReceiver({ signingSecret: env.SLACK_SIGNING_SECRET ?? "", logger })
      : new SocketModeReceiver({
          appToken: env.SLACK_APP_TOKEN ?? "",
          logger,
          installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
        });
  const app = new App({ token: env.SLACK_BOT_TOKEN ?? "", receiver, clientOptions, logger });
  const channel = env.SLACK_CHANNEL ?? "";

  app.command("/hosho", async ({ command, ack, respond, client, body }) => {
    if (command.text === "黙る") return;
    if (command.text === "ヘルプ") return ack({ response_type: "ephemeral", text: "使い方" });
    await ack();
    if (command.text === "遅く開く") {
      await slack.waitFor(() => true);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    if (command.text.includes("開く")) {
      const opened = await client.views
        .open({ trigger_id: body.trigger_id, view: AMOUNT_MODAL })
        .catch((error: { data?: { error?: string } }) => error.data?.error);
      if (typeof opened === "string") await respond(opened);
      return;
    }
    if (command.text === "掲示") {
      await client.chat.postMessage({
        channel,
        text: "承認待ち",
        blocks: card(false),
        metadata: { event_type: "case", event_payload: { id: "1" } },
      });
    }
    if (command.text === "多すぎ") {
      const blocks = Array.from({ length: 51 }, () => ({ type: "divider" as const }));
      await client.chat.postMessage({ channel, text: "x", blocks }).catch(() => {});
    }
    await respond(`「${command.text}」を受け付けました。`);
  });
  app.view("amount", async ({ ack, view, body, client }) => {
    const amount = view.state.values.amount?.value?.value ?? "";
    if (amount !== "20000000")
      return ack({ response_action: "errors", errors: { amount: "保証金額が一致しません。" } });
    await ack();
    await client.chat.postEphemeral({ channel, user: body.user.id, text: "承認しました。" });
  });
  app.action("approve", async ({ ack, body, client, respond }) => {
    await ack();
    if (body.type !== "block_actions" || body.message === undefined) return;
    const ts = body.message.ts;
    await client.chat.update({ channel, ts, text: "発行済", blocks: card(true) });
    await respond({ response_type: "ephemeral", replace_original: false, text: "発行しました。" });
    const file = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x0d, 0x0a, 0x80]);
    await client.files.uploadV2({
      channel_id: channel,
      thread_ts: ts,
      file,
      filename: "証書.pdf",
      title: "保証証書",
    });
  });
  app.event("app_home_opened", async ({ event, client }) => {
    const blocks = [{ type: "section" as const, text: plain("私の仕事") }];
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
  });

  const server = await app.start(0);
  if (slack.mode === "http" && server !== undefined && "address" in server) {
    const address = server.address();
    if (typeof address === "object" && address !== null) slack.appUrl = `http://127.0.0.1:${address.port}`;
  }
  return { stop: async () => void (await app.stop()) };
}
