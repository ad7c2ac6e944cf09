import { createHmac } from "node:crypto";
import type { Json, JsonObject } from "../sandbox/slack/types.ts";
import type { Scene } from "./scene.ts";

/**
 * Somebody who has the signing secret, or a client of his own: he sends what no screen would let him send, in the name
 * of any account. A scene over http only; what a person is shown comes back in the answer or as a message to him.
 */
export function forger(scene: Scene) {
  const { slack } = scene;
  let sent = 0;
  const post = (type: string, body: string, secret = slack.signingSecret, at = Date.now()) => {
    const seconds = String(Math.floor(at / 1000));
    const digest = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
    return fetch(`${slack.appUrl ?? ""}/slack/events`, {
      ...{ method: "POST", body, signal: AbortSignal.timeout(10_000) },
      headers: {
        "content-type": type,
        "x-slack-request-timestamp": seconds,
        "x-slack-signature": `v0=${digest}`,
      },
    });
  };
  const interactive = async (user: string, payload: JsonObject, secret?: string): Promise<Answer> => {
    const before = slack.ephemerals(user).length;
    // Each is another request: the very same bytes within a second would be taken for a replay.
    sent += 1;
    const whole = {
      ...payload,
      trigger_id: `1.2.${sent}`,
      user: { id: user, team_id: "T1" },
      team: { id: "T1" },
      api_app_id: "A1",
    };
    const body = `payload=${encodeURIComponent(JSON.stringify(whole))}`;
    const response = await post("application/x-www-form-urlencoded", body, secret);
    const text = await response.text();
    // Acknowledged first, told afterwards.
    for (let tries = 0; tries < 20 && text === "" && slack.ephemerals(user).length === before; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const told = slack.ephemerals(user).slice(before);
    return { status: response.status, text: text + told.map((one) => JSON.stringify(one.blocks)).join("") };
  };
  return {
    post,
    click: (user: string, action: string, value: Json, secret?: string) =>
      interactive(
        user,
        {
          type: "block_actions",
          ...{ channel: { id: "C_DESK", name: "desk" }, container: { type: "message" } },
          // Nothing listens there: the answer comes as a message to that person.
          response_url: "http://127.0.0.1:9/response",
          actions: [{ type: "button", action_id: action, block_id: "b", value, action_ts: "1.0" }],
        },
        secret,
      ),
    submit: (user: string, callbackId: string, meta: string, values: JsonObject | null) =>
      interactive(user, {
        type: "view_submission",
        view: {
          ...{ id: "V_FORGED", type: "modal", callback_id: callbackId, private_metadata: meta, blocks: [] },
          state: values === null ? {} : { values },
        },
      }),
  };
}

interface Answer {
  status: number;
  text: string;
}

/** Values of a submission: one text input a block. */
export function typed(values: Record<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([block, value]) => [
      block,
      { value: { type: "plain_text_input", value } satisfies JsonObject },
    ]),
  );
}
