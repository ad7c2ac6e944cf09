import { afterAll, beforeAll, expect, it } from "vitest";
import type { ScreenFixture } from "../bot/fixture.ts";
import { screenFixtures } from "../bot/screen-fixtures.ts";
import { type LoopbackSlack, startSlack } from "../sandbox/slack/start.ts";
import { runContract } from "./contract.ts";

let slack: LoopbackSlack;
beforeAll(async () => {
  slack = await startSlack({ mode: "http" });
});
afterAll(() => slack.stop());

const asked = async (fixtures: readonly ScreenFixture[], token = "xoxb-loopback-bot") => {
  const lines: string[] = [];
  const counts = await runContract({ token, apiUrl: slack.apiUrl }, fixtures, (line) => lines.push(line));
  return { ...counts, lines };
};

it("every screen of ours is accepted, and Slack's asking for patience is heeded", async () => {
  slack.fail("blocks.validate", { status: 429, retryAfter: 1 });
  const fixtures = screenFixtures();
  const { accepted, refused, lines } = await asked(fixtures);
  expect(lines.filter((line) => line.startsWith("REFUSED"))).toEqual([]);
  expect([accepted, refused]).toEqual([fixtures.length, 0]);
  expect(accepted).toBeGreaterThan(80);
  expect(lines.at(-1)).toBe(`${accepted} accepted, 0 refused`);
  // Nothing is posted.
  expect(new Set(slack.calls.map(({ method }) => method))).toEqual(new Set(["blocks.validate"]));
});

it("a screen that Slack would refuse is named, with the place of the fault", async () => {
  const title = { type: "plain_text", text: "二十五文字より長い題名は画面に出せないのでここで必ず断られる" };
  const planted: ScreenFixture[] = [
    { name: "good", kind: "message", payload: { text: "よい", blocks: [{ type: "divider" }] } },
    { name: "bad message", kind: "message", payload: { text: "悪い", blocks: [{ type: "header" }] } },
    { name: "bad view", kind: "view", payload: { type: "modal", title, blocks: [] } as never },
  ];
  const { accepted, refused, lines } = await asked(planted);
  expect([accepted, refused]).toEqual([1, 2]);
  expect(lines[1]).toMatch(/^REFUSED {3}bad message\n {2}\/blocks\/0\/text /);
  expect(lines[2]).toMatch(/^REFUSED {3}bad view\n {2}\/title\/text .*24/);
});

it("a token that Slack refuses is no verdict", async () => {
  await expect(asked(screenFixtures().slice(0, 1), "xoxb-wrong")).rejects.toThrow("invalid_auth");
});
