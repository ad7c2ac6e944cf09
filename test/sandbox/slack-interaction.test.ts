import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { type LoopbackSlack, startSlack } from "./slack/start.ts";

type Call = (method: string, args: object) => Promise<unknown>;

const modal = (title: string) => ({ type: "modal", title: { type: "plain_text", text: title }, blocks: [] });

/** An app of a few lines: acknowledges one slash command, then does `work` with the ids it brought. */
async function withApp<T>(
  work: (ids: { trigger: string; responseUrl: string }, call: Call) => Promise<T>,
  act: (slack: LoopbackSlack) => Promise<void>,
): Promise<T> {
  const slack = await startSlack({ mode: "http" });
  const call: Call = async (method, args) => {
    const url = method.startsWith("http") ? method : `${slack.apiUrl}${method}`;
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${slack.env().SLACK_BOT_TOKEN}`,
    };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify(args) })).json();
  };
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    response.end();
    work({ trigger: form.get("trigger_id") ?? "", responseUrl: form.get("response_url") ?? "" }, call).then(
      resolve,
      reject,
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  slack.appUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await act(slack);
  const result = await promise;
  server.close();
  await slack.stop();
  return result;
}

it("opens one modal for a trigger, not two", async () => {
  const answers = await withApp(
    async ({ trigger }, call) => [
      await call("views.open", { trigger_id: trigger, view: modal("一") }),
      await call("views.open", { trigger_id: trigger, view: modal("二") }),
    ],
    async (slack) => {
      const seen = await slack.person("U_CLERK").command("/hosho");
      expect(seen.view?.title).toBe("一");
    },
  );
  expect(answers).toMatchObject([{ ok: true }, { ok: false, error: "exchanged_trigger_id" }]);
});

it("refuses to update a modal that changed meanwhile", async () => {
  const answers = await withApp(
    async ({ trigger }, call) => {
      const opened = await call("views.open", { trigger_id: trigger, view: modal("一") });
      const { id, hash } = (opened as { view: { id: string; hash: string } }).view;
      return [
        await call("views.update", { view_id: id, hash, view: modal("二") }),
        await call("views.update", { view_id: id, hash, view: modal("三") }),
      ];
    },
    async (slack) => {
      await slack.person("U_CLERK").command("/hosho");
      await slack.waitFor(() => slack.view("U_CLERK")?.title === "二");
    },
  );
  expect(answers).toMatchObject([{ ok: true }, { ok: false, error: "hash_conflict" }]);
});

it("takes five answers at a response_url, not six", async () => {
  const answers = await withApp(
    async ({ responseUrl }, call) => {
      const given: unknown[] = [];
      for (const text of ["1", "2", "3", "4", "5", "6"]) given.push(await call(responseUrl, { text }));
      return given;
    },
    async (slack) => {
      const seen = await slack.person("U_CLERK").command("/hosho");
      await slack.waitFor(() => seen.ephemerals.length === 5);
    },
  );
  expect(answers.slice(4)).toEqual([{ ok: true }, { ok: false, error: "used_url" }]);
});

it("says that the app cannot be reached when nobody listens", async () => {
  const slack = await startSlack({ mode: "socket" });
  const seen = await slack.person("U_CLERK").command("/hosho");
  expect(seen).toMatchObject({ ok: false, error: "app_unreachable" });
  await slack.stop();
});
