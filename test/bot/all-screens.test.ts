import { describe, expect, it } from "vitest";
import { judgeMessage, judgeView } from "../sandbox/slack/limits.ts";
import { modalFixtures } from "./modal-fixtures.ts";
import { screenFixtures } from "./screen-fixtures.ts";

/** Every screen as it is sent, a block a line; what stands in a snapshot of its own (modals about a case) does not again. */
const ELSEWHERE = new Set(modalFixtures(8).map(({ name }) => `${name} short`));
/** The same screens at the limits of what a letter can hold are judged only: nobody reads those. */
const AT_THE_LIMIT = / (?:heading|long)(?: \d+\/\d+)?$/;
const all = screenFixtures();

describe("a screen of ours", () => {
  const read = all.filter(({ name }) => !AT_THE_LIMIT.test(name) && !ELSEWHERE.has(name));
  it.each(read.map((one) => [one.name, one.payload] as const))("%s", (_, payload) => {
    const { blocks, ...frame } = payload;
    expect([frame, ...blocks].map((part) => JSON.stringify(part)).join("\n")).toMatchSnapshot();
  });

  it("has a name of its own, and Slack would take it", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const refused = all.flatMap(({ name, kind, payload }) => {
      const verdict = kind === "message" ? judgeMessage(payload.blocks) : judgeView(payload as never);
      return verdict === null ? [] : [[name, verdict]];
    });
    expect(refused).toEqual([]);
  });
});
